// A program or library that is mapped into a process: its symbols, where they are in that process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/memory_map.h"
#include "inject/elf_symbols.h"

namespace tidemark {

struct Module {
  std::string path;        // as the process sees it, in its own mount namespace
  std::uint64_t bias = 0;  // what is added to the file's addresses
  ElfSymbols elf;

  // Addresses in the process, one for each version of the name; 0 where find() has none.
  [[nodiscard]] std::vector<std::uint64_t> find_all(std::string_view name) const;
  [[nodiscard]] std::uint64_t find(std::string_view name) const;
};

// The file that is mapped there, opened through the process's own mount namespace, or, when it was
// deleted or replaced since (a deploy), through the mapping itself. Errors: kIo, kNotADump.
Result<Module> open_module(pid_t pid, std::span<const Mapping> maps, const std::string& path);

// Paths of all files that have an executable mapping, in order of address, each once.
std::vector<std::string> executable_files(std::span<const Mapping> maps);

}  // namespace tidemark
