// Are the values of a column in range? Loops in a shape that the compiler turns into vector code: a
// column of some millions takes a few milliseconds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/strong_index.h"

namespace tidemark {

// Is bad(i) true for any i below `count`? It is asked for every one of them.
template <class Bad>
bool any_bad(std::size_t count, const Bad& bad) {
  constexpr std::size_t kLanes = 16;
  std::array<std::uint32_t, kLanes> found{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) found[lane] |= bad(i + lane) ? 1U : 0U;
  }
  for (; i < count; ++i) found[0] |= bad(i) ? 1U : 0U;
  return std::ranges::max(found) != 0;
}

// Is every value below `limit`?
inline bool all_below(std::span<const std::uint32_t> values, std::uint64_t limit) {
  if (limit > 0xffffffffU) return true;
  const std::uint32_t* const value = values.data();
  const auto end = static_cast<std::uint32_t>(limit);
  return !any_bad(values.size(), [=](std::size_t i) { return value[i] >= end; });
}

// Is every value below `limit` or 0xffffffff?
inline bool all_below_or_none(std::span<const std::uint32_t> values, std::uint32_t limit) {
  const std::uint32_t* const value = values.data();
  return !any_bad(values.size(), [=](std::size_t i) { return value[i] + 1 > limit; });
}

template <class Tag>
bool all_below_or_none(std::span<const StrongIndex<Tag>> ids, std::uint32_t limit) {
  static_assert(sizeof(StrongIndex<Tag>) == sizeof(std::uint32_t));
  const auto* const values = reinterpret_cast<const std::uint32_t*>(ids.data());
  return all_below_or_none(std::span(values, ids.size()), limit);
}

// Is every value greater than the one before it?
template <class Value>
bool ascending(std::span<const Value> values) {
  const Value* const value = values.data();
  const std::size_t steps = values.empty() ? 0 : values.size() - 1;
  return !any_bad(steps, [=](std::size_t i) { return value[i] >= value[i + 1]; });
}

}  // namespace tidemark
