// When the members of a group were allocated, as far as the runtime recorded it (Ruby counts
// garbage collections: an object's generation is that count at its birth).
//
// One heap is enough to tell growth from a plateau this way: survivors of a leak come from every
// time since it began, evenly; a bounded cache has young members only, since it let the old ones
// go; what was built at start-up is old only.
#pragma once

#include <array>
#include <cstdint>

namespace tidemark {

enum class AgePattern : std::uint8_t {
  kUnknown,    // not traced, or too few
  kEveryAge,   // from then to now without a gap: accumulates
  kYoungOnly,  // the old ones were let go: bounded
  kOldOnly,    // made once
  kMixed,
};

inline constexpr std::size_t kAgeBins = 20;

struct AgeSpread {
  std::array<std::uint32_t, kAgeBins> bins{};  // oldest first
  std::uint64_t traced = 0;
  std::uint64_t untraced = 0;

  [[nodiscard]] AgePattern pattern() const;
};

// The range of generations that the bins divide.
struct GenerationRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool known = false;

  // Adds one object with this generation (kNoGeneration: untraced).
  void add(AgeSpread& spread, std::uint32_t generation) const;
};

}  // namespace tidemark
