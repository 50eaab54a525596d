#include "analysis/path_growth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Path = std::vector<std::string>;

std::string label(const HeapGraph& graph, std::uint32_t node) {
  const std::string kind(graph.kind_name(node));
  const std::string own(graph.own_name(node));
  return own.empty() ? kind + ":" + std::string(graph.class_name(node)) : kind + "!" + own;
}

// The parent's path and one step more, unless that step stands twice among the last six.
Path child_path(const Path& parent, const std::string& step) {
  std::size_t nearest = 0;
  for (std::size_t back = 1; back <= 6 && back <= parent.size(); ++back) {
    if (parent[parent.size() - back] != step) continue;
    if (nearest != 0) {
      return {parent.begin(), parent.end() - static_cast<std::ptrdiff_t>(nearest) + 1};
    }
    nearest = back;
  }
  Path path = parent;
  path.push_back(step);
  return path;
}

// Breadth first, what is certain before what a conservative root reaches.
std::map<std::uint32_t, Path> naive_paths(const HeapGraph& graph) {
  std::map<std::uint32_t, Path> paths{{0, {label(graph, 0)}}};
  std::deque<std::uint32_t> queue;
  for (const bool conservative : {false, true}) {
    const auto visit = [&](std::uint32_t from, std::uint32_t to) {
      if (paths.contains(to)) return;
      paths[to] = child_path(paths[from], label(graph, to));
      queue.push_back(to);
    };
    for (const std::uint32_t group : graph.edges(0)) {
      if (((graph.flags[group] & kConservative) != 0) == conservative) visit(0, group);
    }
    while (!queue.empty()) {
      const std::uint32_t node = queue.front();
      queue.pop_front();
      for (const std::uint32_t target : graph.references(node)) visit(node, target);
    }
  }
  return paths;
}

HeapGraph random_heap(std::uint32_t seed, std::uint32_t objects,
                      const std::shared_ptr<Vocabulary>& words) {
  std::mt19937 dice(seed);
  GraphBuilder heap(words);
  heap.root("vm");
  heap.root("stack", true);
  const auto holder = heap.class_node("Holder");
  heap.edge(1, holder);
  for (std::uint32_t i = 0; i < objects; ++i) {
    const auto name = "Class" + std::to_string(dice() % 3);
    const auto node = heap.node(name, dice() % 2 == 0 ? Role::kObject : Role::kArray, dice() % 99);
    heap.edge(1 + static_cast<std::uint32_t>(dice() % (node - 1)), node);
    if (dice() % 3 == 0) heap.edge(node, 3 + static_cast<std::uint32_t>(dice() % (node - 2)));
    if (dice() % 4 == 0) heap.set_class(node, holder);
  }
  return heap.build();
}

TEST(PathGrowth, AgreesWithPathsSpelledOut) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const auto words = std::make_shared<Vocabulary>();
    PathGrowth growth;
    Monitor monitor;
    std::vector<std::map<Path, std::uint64_t>> counts;
    std::vector<std::map<Path, std::uint64_t>> bytes;  // with what is below
    std::map<Path, PathId> ids;                        // of the last heap
    for (std::uint32_t heap = 0; heap < 3; ++heap) {
      const HeapGraph graph = random_heap(seed * 7 + heap, 40 + seed % 5 * 60 * heap, words);
      ASSERT_TRUE(growth.add(graph, monitor));
      counts.emplace_back();
      bytes.emplace_back();
      ids.clear();
      const auto paths = naive_paths(graph);
      std::map<PathId, Path> back;
      for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
        const PathId id = growth.paths()[node];
        ASSERT_EQ(id != kNoPath, paths.contains(node));
        if (id == kNoPath) continue;
        const Path& path = paths.at(node);
        ASSERT_EQ(ids.emplace(path, id).first->second, id);
        ASSERT_EQ(back.emplace(id, path).first->second, path);
        if (node == 0) continue;
        ++counts.back()[path];
        for (Path above = path; above.size() > 1; above.pop_back()) {
          bytes.back()[above] += graph.shallow(node);
        }
      }
    }
    std::set<Path> grow;
    for (const auto& [path, last] : counts.back()) {
      const std::uint64_t now[] = {counts[0][path], counts[1][path], last};
      if (now[0] < now[1] && now[1] < now[2] && now[2] - now[0] >= 10 &&
          (now[2] - now[0]) * 100 >= now[0]) {
        grow.insert(path);
      }
      EXPECT_EQ(growth.counts(ids.at(path)),
                std::vector<std::uint64_t>(std::begin(now), std::end(now)));
    }
    std::map<PathId, std::vector<std::uint64_t>> expected;  // holder -> bytes at each dump
    std::set<PathId> expected_members;
    for (const Path& path : grow) {
      bool topmost = true;
      Path above = path;
      for (above.pop_back(); above.size() > 1; above.pop_back()) {
        topmost = topmost && !grow.contains(above);
      }
      if (!topmost) continue;
      const PathId id = ids.at(path);
      expected_members.insert(id);
      auto& sum = expected[growth.parent(id)];
      sum.resize(3);
      for (std::size_t heap = 0; heap < 3; ++heap) sum[heap] += bytes[heap][path];
    }
    std::map<PathId, std::vector<std::uint64_t>> found;
    std::set<PathId> members;
    std::int64_t before = INT64_MAX;
    for (const GrowingPlace& place : growth.growing()) {
      found[place.holder] = place.bytes;
      members.insert(place.members.begin(), place.members.end());
      EXPECT_EQ(place.counts, growth.counts(place.members.front()));
      const auto gain = static_cast<std::int64_t>(place.bytes.back() - place.bytes.front());
      EXPECT_LE(gain, before);
      before = gain;
    }
    EXPECT_EQ(found, expected) << "seed " << seed;
    EXPECT_EQ(members, expected_members) << "seed " << seed;
  }
}

// class Audit -> Array -> so many entries with a text each, and a list of so many links.
HeapGraph app(const std::shared_ptr<Vocabulary>& words, std::uint32_t entries,
              std::uint32_t links) {
  GraphBuilder heap(words);
  const auto vm = heap.root("vm");
  const auto audit = heap.class_node("Audit");
  const auto list = heap.class_node("List");
  heap.edges(vm, {audit, list});
  const auto log = heap.array("Array");
  heap.edge(audit, log);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const auto entry = heap.object("Entry");
    heap.edge(log, entry);
    heap.edge(entry, heap.node("String", Role::kString, 60));
  }
  auto last = list;
  for (std::uint32_t i = 0; i < links; ++i) {
    const auto link = heap.object("Link");
    heap.edge(last, link);
    last = link;
  }
  return heap.build();
}

std::vector<GrowingPlace> growing(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& at) {
  const auto words = std::make_shared<Vocabulary>();
  PathGrowth growth;
  Monitor monitor;
  for (const auto& [entries, links] : at) {
    EXPECT_TRUE(growth.add(app(words, entries, links), monitor));
  }
  return growth.growing();
}

TEST(PathGrowth, OnlyTheTopmostPathIsReported) {
  const auto places = growing({{100, 0}, {200, 0}, {300, 0}});
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].members.size(), 1U);
  EXPECT_EQ(places[0].counts, (std::vector<std::uint64_t>{100, 200, 300}));
  EXPECT_EQ(places[0].bytes, (std::vector<std::uint64_t>{10000, 20000, 30000}));
}

TEST(PathGrowth, GrowthAtEveryStepOnly) {
  EXPECT_TRUE(growing({{100, 0}, {200, 0}, {200, 0}}).empty());
  EXPECT_TRUE(growing({{100, 0}, {99, 0}, {200, 0}}).empty());
  EXPECT_TRUE(growing({{100, 0}, {103, 0}, {106, 0}}).empty());  // next to nothing
  EXPECT_EQ(growing({{100, 0}, {200, 0}}).size(), 1U);
  EXPECT_TRUE(growing({{100, 0}}).empty());
  EXPECT_TRUE(growing({}).empty());
}

TEST(PathGrowth, ListsAreFolded) {
  const auto places = growing({{0, 1000}, {0, 2000}, {0, 3000}});
  ASSERT_EQ(places.size(), 1U);
  // The first link has a path of its own; the others share one.
  EXPECT_EQ(places[0].counts.back() - places[0].counts.front(), 2000U);
}

TEST(PathGrowth, Cancelled) {
  PathGrowth growth;
  Monitor monitor;
  monitor.cancel();
  const auto words = std::make_shared<Vocabulary>();
  const auto added = growth.add(app(words, 10, 0), monitor);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace tidemark
