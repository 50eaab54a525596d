// How the number of a group's members goes over the heaps of one process.
#pragma once

#include <cstdint>
#include <vector>

namespace tidemark {

enum class Trend : std::uint8_t {
  kGrows,       // more at each dump
  kBounded,     // filled up or full: flat now, although members come and go or came
  kFluctuates,  // up and down
  kSteady,      // nothing new that stayed
  kShrinks,
  kNew,  // two dumps only: more than before, which may or may not go on
};

// Trend of a group from its counts at each dump, and how many died in the last interval.
Trend trend_of(const std::vector<std::uint64_t>& counts, std::uint64_t died_last);

}  // namespace tidemark
