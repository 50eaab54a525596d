#include "analysis/age_spread.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "analysis/accumulators.h"
#include "heap/graph.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

constexpr GenerationRange kRange{.first = 100, .last = 299, .known = true};

AgeSpread spread_of(const std::vector<std::uint32_t>& generations) {
  AgeSpread spread;
  for (const std::uint32_t generation : generations) kRange.add(spread, generation);
  return spread;
}

// `count` generations from first to last, evenly.
std::vector<std::uint32_t> evenly(std::uint32_t first, std::uint32_t last, std::uint32_t count) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < count; ++i) {
    all.push_back(first + (last - first) * i / (count - 1));
  }
  return all;
}

TEST(AgeSpread, EveryObjectIsInOneBin) {
  AgeSpread spread = spread_of(evenly(100, 299, 200));
  for (const std::uint32_t bin : spread.bins) EXPECT_EQ(bin, 10U);
  EXPECT_EQ(spread.traced, 200U);
  kRange.add(spread, kNoGeneration);
  EXPECT_EQ(spread.untraced, 1U);
  // What lies outside the range goes to its ends.
  kRange.add(spread, 0);
  kRange.add(spread, 5000);
  EXPECT_EQ(spread.bins.front(), 11U);
  EXPECT_EQ(spread.bins.back(), 11U);
  EXPECT_EQ(std::accumulate(spread.bins.begin(), spread.bins.end(), 0U), spread.traced);
}

TEST(AgeSpread, RangesOfAnyWidth) {
  for (const std::uint32_t width : {1U, 2U, 19U, 21U, 1000U, 0xfffffffeU}) {
    const GenerationRange range{.first = 0, .last = width - 1, .known = true};
    AgeSpread spread;
    for (const std::uint32_t at : {0U, width / 2, width - 1}) range.add(spread, at);
    EXPECT_EQ(std::accumulate(spread.bins.begin(), spread.bins.end(), 0U), 3U) << width;
  }
}

TEST(AgeSpread, AnUnknownRangeCountsAsUntraced) {
  AgeSpread spread;
  GenerationRange{}.add(spread, 7);
  EXPECT_EQ(spread.untraced, 1U);
  EXPECT_EQ(spread.pattern(), AgePattern::kUnknown);
}

TEST(AgeSpread, Patterns) {
  EXPECT_EQ(spread_of({}).pattern(), AgePattern::kUnknown);
  EXPECT_EQ(spread_of(evenly(100, 299, 39)).pattern(), AgePattern::kUnknown);  // too few
  EXPECT_EQ(spread_of(evenly(100, 299, 400)).pattern(), AgePattern::kEveryAge);
  EXPECT_EQ(spread_of(evenly(150, 299, 400)).pattern(), AgePattern::kEveryAge);  // began later
  EXPECT_EQ(spread_of(evenly(210, 299, 400)).pattern(), AgePattern::kYoungOnly);
  EXPECT_EQ(spread_of(evenly(299, 299, 400)).pattern(), AgePattern::kYoungOnly);
  EXPECT_EQ(spread_of(evenly(100, 190, 400)).pattern(), AgePattern::kOldOnly);
  EXPECT_EQ(spread_of(evenly(100, 240, 400)).pattern(), AgePattern::kMixed);  // it stopped
  // Made in one go, with stragglers up to now.
  std::vector<std::uint32_t> start(900, 105);
  const std::vector<std::uint32_t> later = evenly(100, 299, 200);
  start.insert(start.end(), later.begin(), later.end());
  EXPECT_EQ(spread_of(start).pattern(), AgePattern::kMixed);
}

TEST(AgeSpread, MostlyUntracedSaysNothing) {
  AgeSpread spread = spread_of(evenly(100, 299, 100));
  spread.untraced = 101;
  EXPECT_EQ(spread.pattern(), AgePattern::kUnknown);
}

TEST(AgeSpread, RangeOfAHeap) {
  GraphBuilder heap;
  heap.root("vm");
  EXPECT_FALSE(generation_range(heap.build()).known);
  for (const std::uint32_t generation : {17U, 5U, 11U}) {
    heap.set_generation(heap.object("A"), generation);
  }
  heap.object("A");
  const GenerationRange range = generation_range(heap.build());
  EXPECT_TRUE(range.known);
  EXPECT_EQ(range.first, 5U);
  EXPECT_EQ(range.last, 17U);
}

}  // namespace
}  // namespace tidemark
