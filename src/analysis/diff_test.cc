#include "analysis/diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

// An object as a test makes it up, and what makes two records the same object.
struct Thing {
  std::uint64_t address = 0;
  std::string class_name;
  std::uint32_t generation = kNoGeneration;
  std::uint32_t content = 0;
  std::uint32_t line = 1;  // of its site, when traced
  std::uint32_t bytes = 40;
};
using Heap = std::map<std::uint64_t, Thing>;

HeapGraph graph_of(const Heap& heap, const std::shared_ptr<Vocabulary>& words, bool traced) {
  GraphBuilder builder(words);
  const auto vm = builder.root("vm");
  std::uint64_t with_generation = 0;
  for (const auto& [address, thing] : heap) {
    const auto node = builder.object(thing.class_name, thing.bytes);
    builder.set_address(node, address);
    builder.edge(vm, node);
    if (thing.content != 0) builder.set_content(node, thing.content);
    if (thing.generation == kNoGeneration) continue;
    builder.set_generation(node, thing.generation);
    builder.set_site(node, "app.rb", thing.line);
    ++with_generation;
  }
  HeapGraph graph = builder.build();
  graph.report.traced_objects = traced ? std::max<std::uint64_t>(with_generation, 1) : 0;
  return graph;
}

bool same_object(const Thing& old, const Thing& now) {
  const auto identity = [](const Thing& t) {
    const bool traced = t.generation != kNoGeneration;
    return std::tuple(t.class_name, t.generation, traced ? t.line : 0, traced ? 0 : t.content);
  };
  return identity(old) == identity(now);
}

// The comparison with sets, as one would do it by hand.
struct Oracle {
  std::vector<std::map<std::uint64_t, std::size_t>> first_seen;  // by dump: address -> dump
  std::vector<std::uint64_t> same;
  std::uint64_t churned = 0;

  explicit Oracle(const std::vector<Heap>& heaps) {
    for (std::size_t dump = 0; dump < heaps.size(); ++dump) {
      first_seen.emplace_back();
      std::uint64_t matched = 0;
      for (const auto& [address, thing] : heaps[dump]) {
        const auto old = dump == 0 ? heaps[0].end() : heaps[dump - 1].find(address);
        const bool known =
            dump > 0 && old != heaps[dump - 1].end() && same_object(old->second, thing);
        matched += known ? 1 : 0;
        first_seen[dump][address] = known ? first_seen[dump - 1].at(address) : dump;
      }
      if (dump == 0) continue;
      same.push_back(matched);
      for (const auto& [address, seen] : first_seen[dump - 1]) {
        const auto now = heaps[dump].find(address);
        const bool gone =
            now == heaps[dump].end() || !same_object(heaps[dump - 1].at(address), now->second);
        if (gone && seen > 0) ++churned;
      }
    }
  }
  [[nodiscard]] bool stayed(std::uint64_t address) const {
    const std::size_t seen = first_seen.back().at(address);
    const std::size_t last = first_seen.size() - 1;
    return seen > 0 && (last == 1 || seen < last);
  }
};

std::vector<Heap> random_heaps(std::uint32_t seed, std::size_t dumps, bool traced) {
  std::mt19937 dice(seed);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(dice() % limit);
  };
  std::vector<Heap> heaps;
  Heap heap;
  for (std::size_t dump = 0; dump < dumps; ++dump) {
    for (auto at = heap.begin(); at != heap.end();) {
      at = below(5) == 0 ? heap.erase(at) : std::next(at);
    }
    for (std::uint32_t i = 0; i < 60; ++i) {
      // Few addresses, over several pages: many are used again at once.
      const std::uint64_t address = 0x7f0000000000 + below(3) * 0x10000 + below(40) * 40;
      Thing thing{.address = address, .class_name = "Class" + std::to_string(below(3))};
      // Now and then an object without a generation stands among traced ones.
      if (traced && below(8) != 0) {
        thing.generation = static_cast<std::uint32_t>(dump * 2 + below(2));
        thing.line = 1 + below(3);
      } else if (below(2) == 0) {
        thing.content = 1 + below(4);
      }
      thing.bytes = 40 + below(100);
      heap[address] = thing;
    }
    heaps.push_back(heap);
  }
  return heaps;
}

class RandomHeaps : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(, RandomHeaps, testing::Bool(),
                         [](const auto& traced) { return traced.param ? "Traced" : "Untraced"; });

TEST_P(RandomHeaps, AgreeWithSets) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    const std::vector<Heap> heaps = random_heaps(seed, 2 + seed % 4, GetParam());
    const Oracle oracle(heaps);
    const auto words = std::make_shared<Vocabulary>();
    Grouping grouping(*words, static_cast<Dimension>(seed % kDimensionNames.size()));
    HeapComparison comparison(grouping);
    HeapGraph last;
    for (const Heap& heap : heaps) {
      last = graph_of(heap, words, GetParam());
      comparison.add(last);
    }
    std::uint64_t stayed = 0;
    std::uint64_t stayed_bytes = 0;
    const Buffer<GroupId> stayed_groups = comparison.stayed_groups();
    for (std::uint32_t node = last.first_object; node < last.node_count(); ++node) {
      const std::uint64_t address = last.address(node);
      EXPECT_EQ(comparison.first_seen()[node], oracle.first_seen.back().at(address));
      EXPECT_EQ(stayed_groups[node] != HeapComparison::kNoGroup, oracle.stayed(address));
      if (!oracle.stayed(address)) continue;
      ++stayed;
      stayed_bytes += last.shallow(node);
    }
    const Diff diff = comparison.finish(last);
    EXPECT_EQ(diff.stayed, stayed);
    EXPECT_EQ(diff.stayed_bytes, stayed_bytes);
    EXPECT_EQ(diff.churned, oracle.churned);
    ASSERT_EQ(diff.intervals.size(), heaps.size() - 1);
    for (std::size_t i = 0; i < diff.intervals.size(); ++i) {
      const Interval& interval = diff.intervals[i];
      EXPECT_EQ(interval.same, oracle.same[i]) << "seed " << seed;
      EXPECT_EQ(interval.same + interval.born, heaps[i + 1].size());
      EXPECT_EQ(interval.same + interval.died, heaps[i].size());
      EXPECT_EQ(interval.certain + interval.by_content + interval.weak, interval.same);
      EXPECT_TRUE(GetParam() || interval.certain == 0);
    }
    // The groups add up to the whole, at each dump.
    std::uint64_t group_stayed = 0;
    std::uint64_t died = 0;
    std::uint64_t born = 0;
    for (const GroupChange& group : diff.groups) {
      ASSERT_EQ(group.counts.size(), heaps.size());
      group_stayed += group.stayed;
      died += group.died_last;
      born += group.born_last;
    }
    EXPECT_EQ(group_stayed, diff.stayed);
    EXPECT_EQ(died, diff.intervals.back().died);
    EXPECT_EQ(born, diff.intervals.back().born);
    for (std::size_t i = 0; i < heaps.size(); ++i) {
      std::uint64_t objects = 0;
      std::uint64_t bytes = 0;
      for (const GroupChange& group : diff.groups) {
        objects += group.counts[i];
        bytes += group.bytes[i];
      }
      EXPECT_EQ(objects, heaps[i].size());
      EXPECT_EQ(objects, diff.dumps[i].objects);
      EXPECT_EQ(bytes, diff.dumps[i].bytes);
    }
  }
}

Diff compare(const std::vector<Heap>& heaps, const std::vector<bool>& traced) {
  const auto words = std::make_shared<Vocabulary>();
  Grouping grouping(*words, Dimension::kClass);
  HeapComparison comparison(grouping);
  HeapGraph last;
  for (std::size_t i = 0; i < heaps.size(); ++i) {
    last = graph_of(heaps[i], words, traced[i]);
    comparison.add(last);
  }
  return comparison.finish(last);
}

Heap one(const Thing& thing) { return {{0x1000, thing}}; }

TEST(HeapComparison, WhatMakesTwoRecordsOneObject) {
  const Thing traced{.class_name = "A", .generation = 7, .line = 3};
  const auto same = [](const Thing& a, const Thing& b, bool with_tracing) {
    return compare({one(a), one(b)}, {with_tracing, with_tracing}).intervals[0];
  };
  EXPECT_EQ(same(traced, traced, true).certain, 1U);
  EXPECT_EQ(same(traced, {.class_name = "A", .generation = 8, .line = 3}, true).reused, 1U);
  EXPECT_EQ(same(traced, {.class_name = "A", .generation = 7, .line = 4}, true).reused, 1U);
  EXPECT_EQ(same(traced, {.class_name = "B", .generation = 7, .line = 3}, true).reused, 1U);
  EXPECT_EQ(same(traced, {.class_name = "A"}, true).reused, 1U);
  const Thing text{.class_name = "String", .content = 5};
  EXPECT_EQ(same(text, text, false).by_content, 1U);
  EXPECT_EQ(same(text, {.class_name = "String", .content = 6}, false).reused, 1U);
  EXPECT_EQ(same(text, {.class_name = "String"}, false).reused, 1U);
  EXPECT_EQ(same({.class_name = "A"}, {.class_name = "A"}, false).weak, 1U);
  EXPECT_EQ(same({.class_name = "A"}, {.class_name = "B"}, false).reused, 1U);
  // Size says nothing: strings and arrays grow in place.
  EXPECT_EQ(same({.class_name = "A", .bytes = 40}, {.class_name = "A", .bytes = 99}, false).weak,
            1U);
}

// Tracing that was switched on, or off, between two dumps: generations of one of them say nothing.
TEST(HeapComparison, TracingInOneDumpOnly) {
  const Thing traced{.class_name = "A", .generation = 7};
  const Thing untraced{.class_name = "A"};
  EXPECT_EQ(compare({one(untraced), one(traced)}, {false, true}).intervals[0].same, 1U);
  EXPECT_EQ(compare({one(traced), one(untraced)}, {true, false}).intervals[0].same, 1U);
  EXPECT_EQ(compare({one(traced), one(untraced)}, {true, false}).intervals[0].certain, 0U);
}

// The content of traced strings is not looked at, so it cannot tell them from untraced ones either.
TEST(HeapComparison, StringsWhereOneDumpIsNotTraced) {
  const Thing traced{.class_name = "String", .generation = 7};
  const Thing text{.class_name = "String", .content = 5};
  EXPECT_EQ(compare({one(text), one(traced)}, {false, true}).intervals[0].weak, 1U);
  EXPECT_EQ(compare({one(traced), one(text)}, {true, false}).intervals[0].weak, 1U);
  const Thing other{.class_name = "Array", .generation = 7};
  EXPECT_EQ(compare({one(text), one(other)}, {false, true}).intervals[0].reused, 1U);
}

TEST(HeapComparison, DumpsThatShareNothingAreNotComparable) {
  Heap first;
  Heap second;
  for (std::uint64_t i = 0; i < 100; ++i) {
    first[0x1000 + i * 40] = {.class_name = "A"};
    second[0x90000 + i * 40] = {.class_name = "A"};
  }
  EXPECT_FALSE(compare({first, second}, {false, false}).comparable);
  EXPECT_TRUE(compare({first, first}, {false, false}).comparable);
  Heap more = second;
  more.insert(first.begin(), first.end());
  EXPECT_TRUE(compare({first, more}, {false, false}).comparable);
  EXPECT_TRUE(compare({{}, {}}, {false, false}).comparable);
}

TEST(HeapComparison, AnObjectThatWentAndCameBackIsNew) {
  const Thing thing{.class_name = "A"};
  const Diff diff = compare({one(thing), {}, one(thing)}, {false, false, false});
  EXPECT_EQ(diff.stayed, 0U);
  EXPECT_EQ(diff.intervals[1].born, 1U);
  EXPECT_EQ(diff.groups.back().fresh, 1U);
}

TEST(HeapComparison, ASingleHeap) {
  const Diff diff = compare({one({.class_name = "A"})}, {false});
  EXPECT_EQ(diff.dumps.size(), 1U);
  EXPECT_TRUE(diff.intervals.empty());
  EXPECT_EQ(diff.stayed, 0U);
}

struct TrendCase {
  std::vector<std::uint64_t> counts;
  std::uint64_t died_last;
  Trend trend;
};

class Trends : public testing::TestWithParam<TrendCase> {};

TEST_P(Trends, FollowTheCounts) {
  EXPECT_EQ(trend_of(GetParam().counts, GetParam().died_last), GetParam().trend)
      << testing::PrintToString(GetParam().counts) << ", " << GetParam().died_last << " died";
}

INSTANTIATE_TEST_SUITE_P(
    , Trends,
    testing::Values(
        // Leaks.
        TrendCase{{0, 7919, 14020}, 0, Trend::kGrows}, TrendCase{{1, 2, 3}, 0, Trend::kGrows},
        TrendCase{{1502, 2702, 3902}, 0, Trend::kGrows},
        TrendCase{{10, 20, 30, 40, 50}, 2, Trend::kGrows},
        TrendCase{{100000, 100600, 101200}, 5, Trend::kGrows},
        TrendCase{{1000, 1001, 1002}, 0, Trend::kGrows},
        // Caches: filled up, full, and full with a straggler.
        TrendCase{{0, 997, 997}, 499, Trend::kBounded},
        TrendCase{{1000, 1000, 1000}, 700, Trend::kBounded},
        TrendCase{{0, 900, 905}, 0, Trend::kBounded}, TrendCase{{0, 900, 893}, 7, Trend::kBounded},
        TrendCase{{500, 1000, 1001, 1000}, 300, Trend::kBounded},
        // Comings and goings explain no more than this.
        TrendCase{{1000, 1015, 1030}, 900, Trend::kFluctuates},
        TrendCase{{100, 180, 90}, 150, Trend::kFluctuates},
        TrendCase{{100, 50, 120}, 60, Trend::kFluctuates},
        // Nothing.
        TrendCase{{5, 5, 5}, 0, Trend::kSteady}, TrendCase{{0, 0, 0}, 0, Trend::kSteady},
        TrendCase{{300, 200, 100}, 100, Trend::kShrinks},
        TrendCase{{300, 0, 0}, 0, Trend::kShrinks},
        // Two dumps.
        TrendCase{{10, 20}, 0, Trend::kNew}, TrendCase{{10, 10}, 0, Trend::kSteady},
        TrendCase{{10, 10}, 3, Trend::kBounded}, TrendCase{{20, 10}, 10, Trend::kShrinks},
        TrendCase{{100, 110}, 90, Trend::kFluctuates}, TrendCase{{0, 1}, 0, Trend::kNew}));

}  // namespace
}  // namespace tidemark
