#include "inject/process_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "host/process.h"

namespace tidemark {

Result<ProcessMemory> ProcessMemory::open(pid_t pid) {
  ProcessMemory memory;
  memory.file_ = FileDescriptor(::open(proc_path(pid, "mem").c_str(), O_RDWR | O_CLOEXEC));
  if (memory.file_.open()) return memory;
  return fail(ErrorCode::kUnsupported,
              fmt::format("cannot reach the memory of process {}: {}", pid, system_reason(errno)),
              fmt::format("`tidemark doctor {}` says what is missing", pid));
}

bool ProcessMemory::read(std::uint64_t address, std::span<std::byte> out) const {
  return pread(file_.get(), out.data(), out.size(), static_cast<off_t>(address)) ==
         static_cast<ssize_t>(out.size());
}

bool ProcessMemory::write(std::uint64_t address, std::span<const std::byte> bytes) const {
  return pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(address)) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace tidemark
