// Where our code lies in a target: in the unused end of the last page of a library's code, that the
// linker left. Nothing has to be mapped executable for it, and a later capture finds it again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "base/result.h"
#include "host/memory_map.h"
#include "inject/process_memory.h"

namespace tidemark {

// What stands before the code.
struct SiteHeader {
  std::uint64_t magic = 0;
  std::uint64_t page = 0;  // address of the TargetPage; it may not be mapped yet
};

struct CodeSite {
  std::uint64_t address = 0;  // of the SiteHeader
  std::uint64_t page = 0;     // where the TargetPage is, or is to be
  bool written = false;       // the code is there already, of an earlier capture
  bool page_mapped = false;   // so is the page

  [[nodiscard]] std::uint64_t code() const { return address + sizeof(SiteHeader); }
};

// Reads only. Errors: kUnsupported when no library has that much room.
Result<CodeSite> find_code_site(pid_t pid, std::span<const Mapping> maps,
                                const ProcessMemory& memory);

// Writes header and code; for a target that is stopped. Errors: kUnsupported when the kernel
// refuses.
Result<void> write_code(CodeSite& site, const ProcessMemory& memory);

}  // namespace tidemark
