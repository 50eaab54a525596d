#include "inject/code_site.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "inject/machine_code.h"
#include "inject/module.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kDistance = 64;  // from the last byte of the library's own code
constexpr std::uint64_t kSiteMagic = 0x3153'4b52'4d44'4954;  // "TIDMRKS1"

std::uint64_t align_up(std::uint64_t address, std::uint64_t to) {
  return (address + to - 1) / to * to;
}

std::size_t needed_bytes() { return sizeof(SiteHeader) + machine_code().bytes.size(); }

// The free ends of a module's code, as addresses of a site.
std::vector<std::uint64_t> free_ends(const Module& module, std::span<const Mapping> maps) {
  std::vector<std::uint64_t> ends;
  for (const ElfSegment& part : module.elf.segments()) {
    if (!part.executable || part.writable || part.file_bytes != part.memory_bytes) continue;
    const std::uint64_t end = module.bias + part.address + part.file_bytes;
    const std::uint64_t begin = align_up(end + kDistance, 64);
    if (begin + needed_bytes() > align_up(end, kPage)) continue;
    const Mapping* mapping = mapping_at(maps, begin);
    const bool ours = mapping != nullptr && mapping->path == module.path && mapping->executable &&
                      !mapping->writable && !mapping->shared &&
                      begin + needed_bytes() <= mapping->end;
    if (ours) ends.push_back(begin);
  }
  return ends;
}

// Does our page lie there already?
bool page_is_mapped(std::uint64_t address, std::span<const Mapping> maps,
                    const ProcessMemory& memory) {
  const Mapping* mapping = mapping_at(maps, address);
  std::uint64_t magic = 0;
  return mapping != nullptr && mapping->writable && address + kTargetPageBytes <= mapping->end &&
         memory.read(address, magic) && magic == kTargetPageMagic;
}

// A site at this address, if what lies there is nothing or ours.
bool usable(std::uint64_t address, std::span<const Mapping> maps, const ProcessMemory& memory,
            CodeSite& site) {
  std::vector<std::byte> there(needed_bytes());
  if (!memory.read(address, std::span(there))) return false;
  site = {.address = address, .page = 0, .written = false, .page_mapped = false};
  if (std::ranges::all_of(there, [](std::byte b) { return b == std::byte{0}; })) {
    site.page = free_range(maps, kTargetPageBytes);
    return site.page != 0;
  }
  SiteHeader header;
  std::memcpy(&header, there.data(), sizeof header);
  const auto code = std::span(there).subspan(sizeof header);
  if (header.magic != kSiteMagic || !std::ranges::equal(code, machine_code().bytes)) return false;
  site.page_mapped = page_is_mapped(header.page, maps, memory);
  site.page = header.page;
  site.written = true;
  // A capture that ended before its page was mapped may have chosen a place that is taken by now.
  if (!site.page_mapped && mapping_at(maps, header.page) != nullptr) {
    site.page = free_range(maps, kTargetPageBytes);
    site.written = false;
  }
  return site.page != 0;
}

}  // namespace

Result<CodeSite> find_code_site(pid_t pid, std::span<const Mapping> maps,
                                const ProcessMemory& memory) {
  for (const std::string& path : executable_files(maps)) {
    const auto module = open_module(pid, maps, path);
    if (!module) continue;
    for (const std::uint64_t address : free_ends(*module, maps)) {
      CodeSite site;
      if (usable(address, maps, memory, site)) return site;
    }
  }
  return fail(ErrorCode::kUnsupported,
              "none of the program's libraries has room for 1 kB of code at its end",
              "please report this with /proc/PID/maps of the process");
}

Result<void> write_code(CodeSite& site, const ProcessMemory& memory) {
  const auto code = machine_code().bytes;
  std::vector<std::byte> bytes(needed_bytes());
  const SiteHeader header{.magic = kSiteMagic, .page = site.page};
  std::memcpy(bytes.data(), &header, sizeof header);
  std::ranges::copy(code, bytes.begin() + sizeof header);
  if (!memory.write(site.address, std::span<const std::byte>(bytes))) {
    return fail(ErrorCode::kUnsupported, "the kernel refuses to change the code of the process",
                "a security module (SELinux, proc_mem.force_override=never) forbids it");
  }
  site.written = true;
  return {};
}

}  // namespace tidemark
