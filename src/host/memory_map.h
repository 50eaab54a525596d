// A process's address space, out of /proc/PID/maps and /proc/PID/smaps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"

namespace tidemark {

struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t offset = 0;  // in the file
  std::uint64_t inode = 0;   // 0: anonymous
  bool readable = false;
  bool writable = false;
  bool executable = false;
  bool shared = false;
  // Only read_smaps() knows these.
  bool not_forked = false;           // MADV_DONTFORK: a forked copy has a hole here
  std::uint64_t resident_bytes = 0;  // Rss
  std::string path;                  // or "[heap]", "[stack]"; " (deleted)" at the end is kept

  [[nodiscard]] std::uint64_t size() const { return end - begin; }
  friend bool operator==(const Mapping&, const Mapping&) = default;
};

// By address. Lines that are not understood are left out.
std::vector<Mapping> parse_maps(std::string_view text);
std::vector<Mapping> parse_smaps(std::string_view text);

// Errors: kIo when we may not read it.
Result<std::vector<Mapping>> read_maps(const Host& host, pid_t pid);
Result<std::vector<Mapping>> read_smaps(const Host& host, pid_t pid);

const Mapping* mapping_at(std::span<const Mapping> maps, std::uint64_t address);

// Addresses [begin, begin + bytes) that nothing is mapped at, with an empty page on either side;
// 0 when there are none. Far from where the heap and the stack grow to.
std::uint64_t free_range(std::span<const Mapping> maps, std::uint64_t bytes);

}  // namespace tidemark
