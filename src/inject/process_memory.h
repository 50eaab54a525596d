// Another process's memory, through /proc/PID/mem: read and written while the process runs on.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

// Not thread-safe.
class ProcessMemory {
 public:
  // Errors: kUnsupported when we may not.
  static Result<ProcessMemory> open(pid_t pid);

  // False when a part of it is not mapped, or the process has ended.
  [[nodiscard]] bool read(std::uint64_t address, std::span<std::byte> out) const;
  // Also over write protection, for code: the page becomes the process's own copy, the file stays.
  [[nodiscard]] bool write(std::uint64_t address, std::span<const std::byte> bytes) const;

  template <class T>
  [[nodiscard]] bool read(std::uint64_t address, T& out) const {
    return read(address, std::as_writable_bytes(std::span(&out, 1)));
  }
  template <class T>
  [[nodiscard]] bool write(std::uint64_t address, const T& value) const {
    return write(address, std::as_bytes(std::span(&value, 1)));
  }

 private:
  FileDescriptor file_;
};

}  // namespace tidemark
