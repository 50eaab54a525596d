// Heap dumps of an imaginary Ruby app whose content is known: an audit log that grows, a cache that
// fills up, what passes by and is garbage, and settings that stay as they are.
#pragma once

#include <cstdint>
#include <string>

namespace tidemark {

struct LeakingApp {
  static constexpr std::uint64_t kEntriesAtFirst = 10;  // of the log; each has a text of its own
  static constexpr std::uint64_t kEntriesMore = 20;     // at each further dump
  static constexpr std::uint64_t kPages = 30;           // of the cache, from the second dump on
  static constexpr std::uint64_t kSettings = 12;        // strings with the same text
  static constexpr std::uint64_t kPassing = 7;          // garbage; others in each dump
};

// Dump number 0, 1, 2... of one process. `traced`: with file, line and generation.
std::string leaking_app_dump(std::uint64_t number, bool traced = true);

}  // namespace tidemark
