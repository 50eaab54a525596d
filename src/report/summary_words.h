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
#include <vector>

#include "answers/heap/summary.h"
#include "base/units.h"

namespace tidemark::summary_words {

inline std::string count_text(std::uint64_t count) {
  return format_count(static_cast<std::int64_t>(count));
}
inline std::string bytes_text(std::uint64_t bytes) { return format_bytes(bytes); }
inline std::string share_text(std::uint64_t part, std::uint64_t whole) {
  return format_percent(static_cast<double>(part), static_cast<double>(whole));
}
inline std::string others_text(std::uint64_t groups) {
  return groups == 1 ? "(1 other)" : "(" + count_text(groups) + " others)";
}

// The value that a group stands for, as a person reads it.
inline std::string label_text(const GroupLabel& name) {
  return name.label.value_or("(not recorded)");
}
inline std::string class_text(const GroupLabel& name) { return name.class_name.value_or(""); }

// The first groups of a table by what of them is data, or by all, and the sum of the others.
struct TopGroups {
  std::vector<const HeapGroup*> rows;
  Amount others{};
  std::uint64_t other_groups = 0;
};

inline Amount amount_of(const Portion& portion, bool data_only) {
  return data_only ? portion.data() : portion.all;
}

inline TopGroups top_groups(const HeapGroups& table, SummarySort sort, bool data_only,
                            std::size_t limit) {
  TopGroups top;
  GroupSum others = table.left_out;
  for (const HeapGroup& group : table.rows) {
    if (amount_of(group.portion, data_only).objects > 0) top.rows.push_back(&group);
    others.add(group.portion);
  }
  const auto weight = [&](const HeapGroup& group) -> std::pair<std::uint64_t, std::uint64_t> {
    const Amount amount = amount_of(group.portion, data_only);
    if (sort == SummarySort::kCount) return {amount.objects, amount.bytes};
    if (sort == SummarySort::kRetained) return {group.retained_bytes.value_or(0), amount.bytes};
    return {amount.bytes, amount.objects};
  };
  const std::size_t kept = std::min(limit, top.rows.size());
  std::ranges::partial_sort(top.rows, top.rows.begin() + static_cast<std::ptrdiff_t>(kept),
                            [&](const HeapGroup* a, const HeapGroup* b) {
                              const auto left = weight(*a);
                              const auto right = weight(*b);
                              return left != right ? left > right : a->order < b->order;
                            });
  top.rows.resize(kept);
  top.others = amount_of(others.portion, data_only);
  for (const HeapGroup* row : top.rows) {
    top.others = top.others - amount_of(row->portion, data_only);
  }
  top.other_groups = (data_only ? others.data_groups : others.groups) - kept;
  return top;
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
