#include "analysis/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>

#include "base/hash.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kAllRows = std::numeric_limits<std::size_t>::max();
const std::vector<Dimension> kGrouped = SummaryOptions().dimensions;

struct Analysed {
  explicit Analysed(HeapGraph heap, const SummaryOptions& options = {}) : graph(std::move(heap)) {
    Monitor monitor;
    dominators = *compute_dominators(graph, monitor);
    summary = *summarise(graph, graph.report.has_roots ? &dominators : nullptr, options, monitor);
  }

  // By label (and class, where there is one).
  [[nodiscard]] const GroupRow& row(Dimension dimension, std::string_view label) const {
    const GroupTable& table = summary.table(dimension);
    for (const GroupRow& found : table.rows) {
      const GroupKey key = table.names->key(found.group);
      if (key.label == label || key.class_name == label) return found;
    }
    ADD_FAILURE() << "no group " << label;
    static const GroupRow none;
    return none;
  }

  HeapGraph graph;
  Dominators dominators;
  Summary summary;
};

// Two orders held by a list, one text shared by both; a cache that a module holds; garbage; and
// something that only the stack holds.
HeapGraph shop() {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto stack = heap.root("machine_context", true);
  const auto module = heap.class_node("Shop", 500);
  const auto list = heap.array("Array", 80);
  const auto first = heap.object("Order", 40);
  const auto second = heap.object("Order", 40);
  const auto text = heap.node("String", Role::kString, 100);
  const auto note = heap.node("String", Role::kString, 7);
  const auto cache = heap.node("Hash", Role::kMap, 200);
  const auto entry = heap.object("Page", 11);
  const auto on_stack = heap.object("Frame", 64);
  const auto lost = heap.object("Order", 41);
  const auto lost_text = heap.node("String", Role::kString, 13);
  const auto table = heap.node("Tracer", Role::kData, 10'000);
  heap.edges(vm, {module, list, table});
  heap.edges(list, {first, second});
  heap.edges(first, {text, note});
  heap.edge(second, text);
  heap.edge(module, cache);
  heap.edge(cache, entry);
  heap.edge(stack, on_stack);
  heap.edge(lost, lost_text);
  heap.add_flags(table, kOverhead);
  for (const auto order : {first, second, lost}) heap.set_site(order, "app/shop.rb", 19, "sell");
  heap.set_site(cache, "/gems/store-1.2/lib/store.rb", 3, "initialize");
  heap.set_generation(first, 10);
  heap.set_generation(second, 19);
  heap.set_generation(cache, 10);
  return heap.build();
}

TEST(Summary, TellsDataFromTheProgramAndLeavesTheMeasuringOut) {
  const Analysed heap(shop());
  const Summary& summary = heap.summary;
  EXPECT_EQ(summary.heap.all, (Amount{.objects = 11, .bytes = 1096}));
  EXPECT_EQ(summary.heap.program, (Amount{.objects = 1, .bytes = 500}));
  EXPECT_EQ(summary.heap.data(), (Amount{.objects = 10, .bytes = 596}));
  EXPECT_EQ(summary.overhead, (Amount{.objects = 1, .bytes = 10'000}));
  EXPECT_EQ(summary.edges, heap.graph.edge_count());
}

TEST(Summary, KnowsWhatIsReachableAndFromWhere) {
  const Reachability& found = Analysed(shop()).summary.reachability;
  EXPECT_EQ(found.garbage, (Amount{.objects = 2, .bytes = 54}));
  EXPECT_EQ(found.reachable, (Amount{.objects = 9, .bytes = 1042}));
  EXPECT_EQ(found.conservative, (Amount{.objects = 1, .bytes = 64}));
}

TEST(Summary, GroupsByEveryDimension) {
  const Analysed heap(shop());
  const GroupRow& orders = heap.row(Dimension::kClass, "Order");
  EXPECT_EQ(orders.portion.all, (Amount{.objects = 3, .bytes = 121}));
  EXPECT_EQ(orders.garbage, (Amount{.objects = 1, .bytes = 41}));
  EXPECT_EQ(orders.retained, 87U) << "both orders and the note; the text belongs to neither";
  EXPECT_EQ(heap.row(Dimension::kType, "STRING").portion.all.objects, 3U);
  EXPECT_EQ(heap.row(Dimension::kSite, "app/shop.rb:19").portion.all.objects, 3U);
  EXPECT_EQ(heap.row(Dimension::kFile, "app/shop.rb").retained, 87U);
  EXPECT_EQ(heap.row(Dimension::kGem, "store 1.2").retained, 211U);
  EXPECT_EQ(heap.row(Dimension::kGem, "app").portion.all.bytes, 121U);
  EXPECT_EQ(heap.row(Dimension::kMethod, "sell").portion.all.objects, 3U);
  EXPECT_EQ(heap.row(Dimension::kMethod, "").portion.all.objects, 7U);
  EXPECT_EQ(heap.row(Dimension::kClass, "Class").portion.program.bytes, 500U);
}

TEST(Summary, ListsTheLargestObjects) {
  const Analysed heap(shop());
  const auto names = [&](const std::vector<std::uint32_t>& nodes) {
    std::vector<std::string> out;
    for (const std::uint32_t node : nodes) out.emplace_back(heap.graph.class_name(node));
    return out;
  };
  EXPECT_THAT(names(heap.summary.largest_shallow).front(), "Class");
  const auto retained = names(heap.summary.largest_retained);
  ASSERT_GE(retained.size(), 3U);
  EXPECT_EQ(retained[0], "Array");
  EXPECT_EQ(retained[1], "Hash");
  EXPECT_THAT(retained, testing::Not(testing::Contains("Class"))) << "holds the program";
  EXPECT_THAT(retained, testing::Not(testing::Contains("Tracer")));
}

TEST(Summary, LeavesMainContentsOutOfTheLargest) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto store = heap.object("Store", 40);
  const auto table = heap.node("Hash", Role::kMap, 5000);
  const auto page = heap.node("String", Role::kString, 3000);
  heap.edge(vm, store);
  heap.edge(store, table);
  heap.edge(table, page);
  const Analysed found(heap.build());
  EXPECT_THAT(found.summary.largest_retained, ElementsAre(store, page));
}

TEST(Summary, KeepsAsManyLargestAsAskedFor) {
  const Analysed none(shop(), {.largest = 0});
  EXPECT_THAT(none.summary.largest_shallow, IsEmpty());
  const Analysed one(shop(), {.largest = 1});
  EXPECT_EQ(one.summary.largest_shallow.size(), 1U);
  EXPECT_EQ(one.summary.largest_retained.size(), 1U);
}

TEST(Summary, WithoutRootsNothingIsReachableOrGarbage) {
  GraphBuilder heap;
  heap.object("Order");
  const Analysed found(heap.build());
  EXPECT_FALSE(found.summary.has_reachability);
  EXPECT_EQ(found.summary.reachability.garbage, Amount());
  EXPECT_FALSE(found.summary.table(Dimension::kClass).has_retained);
  EXPECT_EQ(found.row(Dimension::kClass, "Order").portion.all.objects, 1U);
}

TEST(Summary, OfAnEmptyHeap) {
  GraphBuilder heap;
  heap.root("vm");
  const Analysed found(heap.build());
  EXPECT_EQ(found.summary.heap.all, Amount());
  EXPECT_THAT(found.summary.table(Dimension::kClass).rows, IsEmpty());
  EXPECT_THAT(found.summary.ages.bins(20), IsEmpty());
}

TEST(Summary, CountsOnlyTheDimensionsAskedFor) {
  const Analysed found(shop(), {.dimensions = {Dimension::kGem}});
  EXPECT_EQ(found.summary.table(Dimension::kClass).names, nullptr);
  EXPECT_EQ(found.row(Dimension::kGem, "store 1.2").retained, 211U);
  const Analysed none(shop(), {.dimensions = {}});
  EXPECT_EQ(none.summary.reachability.conservative.bytes, 64U);
}

TEST(Summary, StopsWhenCancelled) {
  const HeapGraph graph = shop();
  Monitor monitor;
  const Dominators dominators = *compute_dominators(graph, monitor);
  monitor.cancel();
  const auto summary = summarise(graph, &dominators, {}, monitor);
  ASSERT_FALSE(summary.has_value());
  EXPECT_EQ(summary.error().code, ErrorCode::kCancelled);
}

TEST(Summary, OverheadIsInNoRetainedSize) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  const auto outer = heap.object("Holder", 40);
  const auto inner = heap.object("Holder", 40);
  const auto table = heap.node("Tracer", Role::kData, 10'000);
  const auto text = heap.node("String", Role::kString, 5);
  heap.edge(vm, outer);
  heap.edge(outer, inner);
  heap.edge(inner, table);
  heap.edge(table, text);
  heap.add_flags(table, kOverhead);
  const Analysed found(heap.build());
  EXPECT_EQ(found.row(Dimension::kClass, "Holder").retained, 85U);
}

TEST(SummaryAges, BinsHaveEqualWidthsAndKeepEverything) {
  Ages ages;
  for (const std::uint32_t generation : {7U, 8U, 30U, 106U}) {
    ages.generations.push_back(
        {.generation = generation,
         .portion = {.all = {.objects = generation, .bytes = 1}, .program = {}}});
  }
  const auto bins = ages.bins(10);
  ASSERT_EQ(bins.size(), 10U);
  EXPECT_EQ(bins.front().first, 7U);
  EXPECT_EQ(bins.front().last, 16U);
  EXPECT_EQ(bins.front().portion.all.objects, 15U);
  EXPECT_EQ(bins[2].portion.all.objects, 30U);
  EXPECT_EQ(bins.back().last, 106U);
  EXPECT_EQ(bins.back().portion.all.objects, 106U);
  EXPECT_EQ(ages.bins(1).front().portion.all.objects, 151U);
  EXPECT_THAT(ages.bins(0), IsEmpty());
  EXPECT_EQ(ages.bins(100).size(), 4U) << "one for each generation that has objects";
  EXPECT_EQ(ages.bins(kAllRows).size(), 4U);
}

TEST(SummaryAges, AnyRangeOfGenerationsIsFine) {
  GraphBuilder heap;
  const auto vm = heap.root("vm");
  for (const std::uint32_t generation : {0U, 5U, 0xfffffffeU}) {
    const auto node = heap.object("Order");
    heap.edge(vm, node);
    heap.set_generation(node, generation);
  }
  const Analysed found(heap.build());
  for (const std::size_t count : {std::size_t{1}, std::size_t{20}, kAllRows}) {
    std::uint64_t objects = 0;
    for (const Ages::Bin& bin : found.summary.ages.bins(count)) {
      objects += bin.portion.all.objects;
    }
    EXPECT_EQ(objects, 3U);
  }
}

TEST(SummaryTopRows, SortFilterAndLimit) {
  const Analysed heap(shop());
  const GroupTable& classes = heap.summary.table(Dimension::kClass);
  const auto names = [&](const TopChoice& choice) {
    std::vector<std::string> out;
    for (const GroupRow* row : top_rows(classes, choice).rows) {
      out.push_back(classes.names->key(row->group).class_name);
    }
    return out;
  };
  using enum SummarySort;
  EXPECT_THAT(names({.sort = kBytes, .limit = 3}), ElementsAre("Class", "Hash", "Order"));
  EXPECT_THAT(names({.sort = kCount, .limit = 2}), ElementsAre("Order", "String"));
  EXPECT_THAT(names({.sort = kRetained, .limit = 2}), ElementsAre("Class", "Array"));
  EXPECT_THAT(names({.sort = kRetained, .limit = 2, .part = HeapPart::kData}),
              ElementsAre("Array", "Hash"));
  EXPECT_THAT(names({.limit = 9, .part = HeapPart::kGarbage}), ElementsAre("Order", "String"));
  EXPECT_THAT(names({.filter = "Ord"}), ElementsAre("Order"));
  EXPECT_THAT(names({.filter = "OBJECT"}), testing::UnorderedElementsAre("Order", "Page", "Frame"));
  EXPECT_THAT(names({.filter = "nothing"}), IsEmpty());
  EXPECT_EQ(top_rows(classes, {.filter = "nothing"}).other_groups, classes.rows.size());
}

// A random graph with everything in it that a summary looks at.
HeapGraph random_heap(std::uint64_t seed, std::uint32_t nodes, std::uint32_t edges) {
  HeapGraph graph = random_graph(seed, nodes, edges);
  std::vector<SiteId> sites;
  std::vector<std::uint32_t> generations;
  std::vector<std::uint8_t> flags(graph.flags.begin(), graph.flags.end());
  int overhead = 0;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    const std::uint64_t dice = combine(seed, node);
    const std::string file =
        dice % 3 == 0 ? "app/a.rb" : "/gems/b-" + std::to_string(dice % 5) + "/b.rb";
    sites.push_back(
        dice % 4 == 0
            ? SiteId::none()
            : graph.words->intern_site({.file = graph.words->intern(file),
                                        .line = static_cast<std::uint32_t>(dice / 7 % 6),
                                        .method = graph.words->intern(dice % 2 == 0 ? "a" : "b")}));
    generations.push_back(dice % 5 == 0 ? kNoGeneration
                                        : static_cast<std::uint32_t>(dice / 11 % 300));
    if (graph.is_object(node) && dice / 13 % 50 == 0 && overhead < 10) {
      flags[node] |= kOverhead;
      ++overhead;
    }
  }
  graph.site = std::move(sites);
  graph.generation = std::move(generations);
  graph.flags = std::move(flags);
  graph.report.has_roots = true;
  return graph;
}

Amount sum_of(const TopRows& rows, HeapPart part) {
  Amount sum = rows.others;
  for (const GroupRow* row : rows.rows) sum += amount_of(*row, part);
  return sum;
}

void expect_that_it_adds_up(const Analysed& found) {
  const Summary& summary = found.summary;
  Amount all;
  Amount overhead;
  for (std::uint32_t node = found.graph.first_object; node < found.graph.node_count(); ++node) {
    const bool is_overhead = (found.graph.flags[node] & kOverhead) != 0;
    (is_overhead ? overhead : all) += {.objects = 1, .bytes = found.graph.shallow(node)};
  }
  EXPECT_EQ(summary.heap.all, all);
  EXPECT_EQ(summary.overhead, overhead);
  const Reachability& reach = summary.reachability;
  Amount both = reach.reachable;
  EXPECT_EQ(both += reach.garbage, all);
  for (const Dimension dimension : kGrouped) {
    const GroupTable& table = summary.table(dimension);
    for (const std::size_t limit : {std::size_t{0}, std::size_t{2}, kAllRows}) {
      for (const std::string_view filter : {"", "a", "STRING", "nowhere"}) {
        const auto sum = [&](HeapPart part, SummarySort sort) {
          return sum_of(
              top_rows(table, {.sort = sort, .limit = limit, .filter = filter, .part = part}),
              part);
        };
        EXPECT_EQ(sum(HeapPart::kAll, SummarySort::kBytes), all);
        EXPECT_EQ(sum(HeapPart::kAll, SummarySort::kRetained), all);
        EXPECT_EQ(sum(HeapPart::kData, SummarySort::kCount), summary.heap.data());
        EXPECT_EQ(sum(HeapPart::kGarbage, SummarySort::kBytes), reach.garbage);
      }
    }
  }
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{20}, kAllRows}) {
    Portion sum = summary.ages.before_tracing;
    for (const Ages::Bin& bin : summary.ages.bins(count)) sum += bin.portion;
    EXPECT_EQ(sum.all, all);
    EXPECT_EQ(sum.program, summary.heap.program);
  }
}

// What a group retains, from the meaning of the word: all that some member of it dominates.
std::map<GroupId, std::uint64_t> retained_by_definition(const Analysed& found,
                                                        Dimension dimension) {
  const HeapGraph& graph = found.graph;
  Grouping grouping(*graph.words, dimension);
  const Buffer<GroupId> groups = grouping.assign(graph);
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> by_name;
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    if (!found.dominators.reachable(node) || (graph.flags[node] & kOverhead) != 0) continue;
    std::vector<GroupId> counted;
    for (std::uint32_t above = node; graph.is_object(above); above = found.dominators.idom[above]) {
      if ((graph.flags[above] & kOverhead) != 0) continue;
      if (std::ranges::find(counted, groups[above]) != counted.end()) continue;
      counted.push_back(groups[above]);
      const GroupKey key = grouping.key(groups[above]);
      by_name[{key.label, key.class_name, key.kind}] += graph.shallow(node);
    }
  }
  std::map<GroupId, std::uint64_t> retained;
  const GroupTable& table = found.summary.table(dimension);
  for (const GroupRow& row : table.rows) {
    const GroupKey key = table.names->key(row.group);
    retained[row.group] = by_name[{key.label, key.class_name, key.kind}];
  }
  return retained;
}

void expect_retained_by_definition(const Analysed& found) {
  for (const Dimension dimension : kGrouped) {
    const auto expected = retained_by_definition(found, dimension);
    for (const GroupRow& row : found.summary.table(dimension).rows) {
      EXPECT_EQ(row.retained, expected.at(row.group)) << found.graph.words->string_count();
    }
  }
}

// What the conservative roots alone reach; of several such roots, what one of them does.
Amount conservative_by_definition(const Analysed& found) {
  Amount amount;
  for (std::uint32_t node = found.graph.first_object; node < found.graph.node_count(); ++node) {
    if (!found.dominators.reachable(node) || (found.graph.flags[node] & kOverhead) != 0) continue;
    std::uint32_t above = node;
    while (found.graph.is_object(above)) above = found.dominators.idom[above];
    if ((found.graph.flags[above] & kConservative) == 0) continue;
    amount += {.objects = 1, .bytes = found.graph.shallow(node)};
  }
  return amount;
}

TEST(SummaryOfRandomHeaps, AddsUpAndRetainsByDefinition) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(seed);
    const auto nodes = static_cast<std::uint32_t>(1 + combine(seed, 1) % 200);
    const auto edges = static_cast<std::uint32_t>(combine(seed, 2) % (3 * nodes));
    const Analysed found(random_heap(seed, nodes, edges));
    expect_that_it_adds_up(found);
    expect_retained_by_definition(found);
    EXPECT_EQ(found.summary.reachability.conservative, conservative_by_definition(found));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(SummaryOfRandomHeaps, ParallelGivesTheSame) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const HeapGraph graph = random_heap(seed, 40'000, 50'000);
    const Analysed alone(graph, {.threads = 1});
    expect_that_it_adds_up(alone);
    expect_retained_by_definition(alone);
    for (const unsigned threads : {2U, 3U, 8U}) {
      const Analysed found(graph, {.threads = threads});
      expect_that_it_adds_up(found);
      EXPECT_EQ(found.summary.reachability.conservative, alone.summary.reachability.conservative);
      EXPECT_EQ(found.summary.largest_retained, alone.summary.largest_retained);
      for (const Dimension dimension : kGrouped) {
        const auto& rows = found.summary.table(dimension).rows;
        const auto& expected = alone.summary.table(dimension).rows;
        EXPECT_TRUE(
            std::ranges::equal(rows, expected, {}, &GroupRow::retained, &GroupRow::retained));
      }
    }
  }
}

// A list is a chain of dominators as long as itself, here across the border between two threads.
TEST(SummaryOfRandomHeaps, ParallelOverALongList) {
  GraphBuilder heap;
  auto last = heap.root("vm");
  constexpr std::uint32_t kLength = 50'000;
  for (std::uint32_t i = 0; i < kLength; ++i) {
    const auto link = heap.object("Link", 40);
    heap.edge(last, link);
    last = link;
  }
  const Analysed found(heap.build(), {.threads = 2});
  EXPECT_EQ(found.row(Dimension::kClass, "Link").retained, std::uint64_t{40} * kLength);
  EXPECT_THAT(found.summary.largest_retained.front(), 2U);
}

}  // namespace
}  // namespace tidemark
