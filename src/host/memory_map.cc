#include "host/memory_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/numbers.h"
#include "host/kernel_text.h"
#include "host/process.h"

namespace tidemark {
namespace {

constexpr std::uint64_t kPage = 4096;

// The first word of `line`, which is cut off.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

// "7f12-7f34 r-xp 00033000 fe:00 1234   /usr/lib/libruby.so"
std::optional<Mapping> parse_mapping(std::string_view line) {
  const std::string_view range = take_word(line);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = leading_number<std::uint64_t>(range.substr(0, dash), 16);
  const auto end = leading_number<std::uint64_t>(range.substr(dash + 1), 16);
  const std::string_view rights = take_word(line);
  const auto offset = leading_number<std::uint64_t>(take_word(line), 16);
  take_word(line);  // device
  const auto inode = leading_number<std::uint64_t>(take_word(line));
  if (!begin || !end || !offset || !inode || rights.size() < 4 || *begin >= *end) {
    return std::nullopt;
  }
  Mapping mapping;
  mapping.begin = *begin;
  mapping.end = *end;
  mapping.offset = *offset;
  mapping.inode = *inode;
  mapping.readable = rights[0] == 'r';
  mapping.writable = rights[1] == 'w';
  mapping.executable = rights[2] == 'x';
  mapping.shared = rights[3] == 's';
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  mapping.path = line;
  return mapping;
}

constexpr std::size_t kMostText = std::size_t{1} << 28;

Result<std::string> read_text(const Host& host, pid_t pid, std::string_view name) {
  std::string text = read_proc(host, pid, name, kMostText);
  if (!text.empty()) return text;
  return fail(ErrorCode::kIo, fmt::format("cannot read {}", proc_path(pid, name)),
              "run it as root or as the user of the process; "
              "`tidemark doctor " +
                  std::to_string(pid) + "` says what is missing");
}

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> maps;
  for (std::string_view line; next_line(text, line);) {
    if (auto mapping = parse_mapping(line)) maps.push_back(std::move(*mapping));
  }
  return maps;
}

std::vector<Mapping> parse_smaps(std::string_view text) {
  std::vector<Mapping> maps;
  for (std::string_view line; next_line(text, line);) {
    const std::size_t colon = line.find(':');
    const std::size_t blank = line.find(' ');
    if (colon == std::string_view::npos || blank < colon) {
      if (auto mapping = parse_mapping(line)) maps.push_back(std::move(*mapping));
      continue;
    }
    if (maps.empty()) continue;
    if (line.starts_with("Rss:")) {
      maps.back().resident_bytes = status_number(line, "Rss").value_or(0) * 1024;
    } else if (line.starts_with("VmFlags:")) {
      maps.back().not_forked = (std::string(line) + " ").find(" dc ") != std::string::npos;
    }
  }
  return maps;
}

Result<std::vector<Mapping>> read_maps(const Host& host, pid_t pid) {
  const auto text = read_text(host, pid, "maps");
  if (!text) return std::unexpected(text.error());
  return parse_maps(*text);
}

Result<std::vector<Mapping>> read_smaps(const Host& host, pid_t pid) {
  const auto text = read_text(host, pid, "smaps");
  if (!text) return std::unexpected(text.error());
  return parse_smaps(*text);
}

const Mapping* mapping_at(std::span<const Mapping> maps, std::uint64_t address) {
  const auto after = std::ranges::upper_bound(maps, address, {}, &Mapping::begin);
  if (after == maps.begin()) return nullptr;
  const Mapping& mapping = *(after - 1);
  return address < mapping.end ? &mapping : nullptr;
}

std::uint64_t free_range(std::span<const Mapping> maps, std::uint64_t bytes) {
  // The middle of the largest gap, away from what grows: heap upwards, stack and mappings
  // downwards.
  constexpr std::uint64_t kLowest = std::uint64_t{1} << 32;
  constexpr std::uint64_t kHighest = std::uint64_t{1} << 47;  // above is the kernel's
  std::uint64_t best = 0;
  std::uint64_t widest = bytes + 2 * kPage;
  for (std::size_t i = 1; i < maps.size(); ++i) {
    const std::uint64_t begin = std::max(maps[i - 1].end, kLowest);
    const std::uint64_t end = std::min(maps[i].begin, kHighest);
    if (end <= begin || end - begin < widest) continue;
    widest = end - begin;
    best = (begin + widest / 2) / kPage * kPage;
  }
  return best;
}

}  // namespace tidemark
