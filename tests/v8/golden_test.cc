// What Chrome DevTools itself says of real snapshots, against what we say: classes, sizes, retained
// sizes, dominators and distances. Skipped where the snapshots are not.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "analysis/diff.h"
#include "analysis/dominators.h"
#include "analysis/grouping.h"
#include "analysis/retained_by_group.h"
#include "analysis/v8_distances.h"
#include "formats/heap_file.h"
#include "heap/invariants.h"
#include "heap/numbered.h"
#include "support/corpus.h"

namespace tidemark {
namespace {

using nlohmann::json;

struct Golden {
  const char* snapshot;
  const char* golden;
};

constexpr std::array<Golden, 12> kGoldens = {{
    {"next-ssr-leak/s2.heapsnapshot.zst", "next-s2"},
    {"next-ssr-leak/s6.heapsnapshot.zst", "next-s6"},
    {"express-leak/s1.heapsnapshot.zst", "express-s1"},
    {"express-leak/s6.heapsnapshot.zst", "express-s6"},
    {"express-lru/s6.heapsnapshot.zst", "lru-s6"},
    {"versions/node12-s2.heapsnapshot.zst", "node12-s2"},
    {"versions/node16-s2.heapsnapshot.zst", "node16-s2"},
    {"versions/node24-s2.heapsnapshot.zst", "node24-s2"},
    {"chromium/page.heapsnapshot.zst", "chromium-page"},
    {"profiles/node20-internals.heapsnapshot.zst", "misc20-internals"},
    {"profiles/node20-numeric.heapsnapshot.zst", "misc20-numeric"},
    {"profiles/node20-timeline.heaptimeline.zst", "misc20-timeline"},
}};

json golden(const std::string& name) {
  std::ifstream in(node_corpus_file("golden/" + name + ".json"));
  return in ? json::parse(in) : json();
}

HeapGraph read(const std::string& snapshot, std::shared_ptr<Vocabulary> words,
               const LoadOptions& options) {
  Monitor monitor;
  auto file = HeapFile::open(node_corpus_file(snapshot), options, std::move(words), monitor);
  if (!file) {
    ADD_FAILURE() << snapshot << ": " << file.error().message;
    return {};
  }
  return std::move(*file->take(0, monitor));
}

// Name, objects, bytes, retained bytes, distance: a row of the class table.
using ClassRow = std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>;

std::vector<ClassRow> our_rows(const HeapGraph& heap, const Dominators& dominators,
                               const std::vector<std::int32_t>& distances) {
  Grouping grouping(*heap.words, Dimension::kClass);
  Buffer<GroupId> groups = grouping.assign(heap);
  std::vector<ClassRow> rows(grouping.size());
  for (std::uint32_t node = 0; node < heap.node_count(); ++node) {
    if (heap.shallow(node) == 0) {
      groups[node] = HeapComparison::kNoGroup;
      continue;
    }
    auto& [name, count, bytes, retained, distance] = rows[groups[node]];
    if (count == 0) {
      name = heap.class_name(node);
      distance = distances[node];
    }
    ++count;
    bytes += heap.shallow(node);
    distance = std::min<std::int64_t>(distance, distances[node]);
  }
  const auto retained =
      retained_by_group(dominators, {groups.data.get(), groups.size}, grouping.size());
  for (GroupId group = 0; group < grouping.size(); ++group)
    std::get<3>(rows[group]) = retained[group];
  std::erase_if(rows, [](const ClassRow& row) { return std::get<1>(row) == 0; });
  std::ranges::sort(rows);
  return rows;
}

std::vector<ClassRow> their_rows(const json& aggregates) {
  std::vector<ClassRow> rows;
  for (const json& row : aggregates) {
    rows.emplace_back(row["name"], row["count"], row["self"], row["maxRet"], row["distance"]);
  }
  std::ranges::sort(rows);
  return rows;
}

std::uint32_t node_of_id(const HeapGraph& heap, std::uint64_t id) {
  return id == 1 ? 0 : heap.find(address_of_number(id)).value;
}

void check_nodes(const json& nodes, const HeapGraph& heap, const Dominators& dominators,
                 const std::vector<std::int32_t>& distances) {
  for (const json& expected : nodes) {
    SCOPED_TRACE(expected.dump());
    const std::uint32_t node = node_of_id(heap, expected["id"]);
    ASSERT_LT(node, heap.node_count());
    EXPECT_EQ(heap.shallow(node), expected["self"]);
    EXPECT_EQ(dominators.retained[node], expected["retained"]);
    EXPECT_EQ(distances[node], expected["distance"]);
    if (node != 0) {
      EXPECT_EQ(dominators.idom[node], node_of_id(heap, expected["dominatorId"]));
    }
  }
}

TEST(V8Golden, AgreesWithDevTools) {
  if (node_corpus_file("golden").empty()) GTEST_SKIP() << "no corpus";
  for (const Golden& one : kGoldens) {
    SCOPED_TRACE(one.snapshot);
    const json expected = golden(one.golden);
    const HeapGraph heap = read(one.snapshot, std::make_shared<Vocabulary>(), {.threads = 2});
    EXPECT_EQ(broken_invariant(heap), "");
    EXPECT_EQ(heap.node_count(), expected["nodeCount"]);
    EXPECT_EQ(heap.edge_count(), expected["edgeCount"]);
    Monitor monitor;
    const Dominators dominators = *compute_dominators(heap, monitor);
    const auto distances = v8_distances(heap);
    EXPECT_EQ(dominators.reachable_bytes + heap.other_bytes, expected["totalSize"]);
    EXPECT_EQ(our_rows(heap, dominators, distances), their_rows(expected["aggregates"]));
    check_nodes(expected["randomNodes"], heap, dominators, distances);
    check_nodes(expected["topRetained"], heap, dominators, distances);
    std::uint64_t sum_retained = 0;
    for (const std::uint64_t bytes : dominators.retained) sum_retained += bytes;
    EXPECT_EQ(sum_retained, expected["sumRetained"]);
  }
}

// Name, new, deleted, allocated bytes, freed bytes: a row of DevTools' Comparison.
using ComparisonRow =
    std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>;

std::vector<ComparisonRow> our_comparison(const std::string& base, const std::string& main) {
  const auto words = std::make_shared<Vocabulary>();
  const HeapGraph later = read(main, words, {.content = true, .threads = 2});
  const HeapGraph earlier =
      read(base, words, {.content = true, .threads = 2, .interfaces = &later.interfaces});
  Grouping grouping(*words, Dimension::kClass);
  HeapComparison heaps(grouping);
  heaps.add(earlier);
  heaps.add(later);
  const Diff diff = heaps.finish(later);
  EXPECT_TRUE(diff.comparable);
  std::vector<ComparisonRow> rows;
  for (const GroupChange& change : diff.groups) {
    if (change.born_last == 0 && change.died_last == 0) continue;
    rows.emplace_back(grouping.key(change.group).class_name, change.born_last, change.died_last,
                      change.born_last_bytes, change.died_last_bytes);
  }
  std::ranges::sort(rows);
  return rows;
}

TEST(V8Golden, ComparisonsAgreeWithDevTools) {
  if (node_corpus_file("golden").empty()) GTEST_SKIP() << "no corpus";
  constexpr std::array<std::array<const char*, 3>, 6> kPairs = {{
      {"express-leak/s1", "express-leak/s6", "express-s1-s6"},
      {"express-lru/s1", "express-lru/s6", "lru-s1-s6"},
      {"next-ssr-leak/s2", "next-ssr-leak/s6", "next-s2-s6"},
      {"versions/node12-s1", "versions/node12-s2", "node12-s1-s2"},
      {"versions/node16-s1", "versions/node16-s2", "node16-s1-s2"},
      {"versions/node24-s1", "versions/node24-s2", "node24-s1-s2"},
  }};
  for (const auto& [base, main, name] : kPairs) {
    SCOPED_TRACE(name);
    const json expected = golden(std::string(name) + ".pair");
    std::vector<ComparisonRow> rows;
    for (const json& row : expected["rows"]) {
      rows.emplace_back(row["name"], row["addedCount"], row["removedCount"], row["addedSize"],
                        row["removedSize"]);
    }
    std::ranges::sort(rows);
    EXPECT_EQ(our_comparison(std::string(base) + ".heapsnapshot.zst",
                             std::string(main) + ".heapsnapshot.zst"),
              rows);
  }
}

}  // namespace
}  // namespace tidemark
