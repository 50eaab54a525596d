// Words that the pages of a summary share.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "analysis/grouping.h"
#include "base/units.h"

namespace tidemark::summary_words {

inline std::string count_text(std::uint64_t count) {
  return format_count(static_cast<std::int64_t>(count));
}
inline std::string bytes_text(std::uint64_t bytes) { return format_bytes(bytes); }
inline std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return format_percent(static_cast<double>(part), static_cast<double>(whole));
}
inline std::string others_text(std::size_t groups) {
  return groups == 1 ? "(1 other)" : "(" + count_text(groups) + " others)";
}

// The value that a group stands for, as a person reads it.
inline std::string label_text(const GroupKey& key) {
  return key.label.empty() ? "(not recorded)" : key.label;
}

inline constexpr std::array kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// A bar chart on one line, in which each step up stands for twice as much and the highest for
// the largest value; a space stands for nothing.
inline std::string sparkline(std::span<const std::uint64_t> values) {
  std::uint64_t largest = 0;
  for (const std::uint64_t value : values) largest = std::max(largest, value);
  std::string out;
  for (const std::uint64_t value : values) {
    std::size_t block = kBlocks.size() - 1;
    for (std::uint64_t step = largest / 2; block > 0 && value <= step; step /= 2) --block;
    out += value == 0 ? " " : kBlocks[block];
  }
  return out;
}

}  // namespace tidemark::summary_words
