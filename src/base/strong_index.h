// One type for each id space, so that an object's number can never be taken for a class's.
// A StrongIndex is a 32-bit number with no arithmetic; kNone of each space is the largest value.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace tidemark {

template <class Tag>
struct StrongIndex {
  std::uint32_t value = std::numeric_limits<std::uint32_t>::max();

  constexpr StrongIndex() = default;
  constexpr explicit StrongIndex(std::uint32_t v) : value(v) {}

  static constexpr StrongIndex none() { return StrongIndex(); }
  [[nodiscard]] constexpr bool valid() const {
    return value != std::numeric_limits<std::uint32_t>::max();
  }
  friend constexpr auto operator<=>(StrongIndex, StrongIndex) = default;
};

}  // namespace tidemark

template <class Tag>
struct std::hash<tidemark::StrongIndex<Tag>> {
  std::size_t operator()(tidemark::StrongIndex<Tag> index) const noexcept { return index.value; }
};
