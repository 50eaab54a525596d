#include "analysis/suspects.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

using Node = GraphBuilder::Node;

// A class `Audit` with an Array of entries, beside a heap of things that never change.
struct App {
  GraphBuilder heap;
  Node vm;
  Node audit;

  explicit App(std::shared_ptr<Vocabulary> words, std::uint32_t shifted_by = 0)
      : heap(std::move(words)), vm(heap.root("vm")) {
    // Garbage, so that all else is at other addresses.
    for (std::uint32_t i = 0; i < shifted_by; ++i) heap.object("Garbage");
    audit = heap.class_node("Audit");
    heap.edge(vm, audit);
    const Node rest = heap.class_node("Rest");
    heap.edge(vm, rest);
    for (int i = 0; i < 30; ++i) heap.edge(rest, heap.node("String", Role::kString, 50000));
  }
  Node log(std::uint32_t entries, std::uint32_t oldest = kNoGeneration, const char* of = "Entry") {
    const Node array = heap.array("Array", 40 + 8 * entries);
    heap.edge(audit, array);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const Node entry = heap.object(of);
      const Node text = heap.node("String", Role::kString, 160);
      heap.set_site(entry, "app/audit.rb", 15);
      heap.edge(array, entry);
      heap.edge(entry, text);
      if (oldest != kNoGeneration) heap.set_generation(entry, oldest + i * 20 / entries);
    }
    return array;
  }
};

struct Found {
  HeapGraph graph;
  Dominators dominators;
  SuspectReport report;
};

// The heaps in the order of time; one of them: without growth.
Found find(const std::vector<App>& apps) {
  Monitor monitor;
  PathGrowth growth;
  Found found;
  for (const App& app : apps) {
    found.graph = app.heap.build();
    EXPECT_TRUE(growth.add(found.graph, monitor));
  }
  found.dominators = *compute_dominators(found.graph, monitor);
  auto report =
      find_suspects(found.graph, found.dominators, apps.size() > 1 ? &growth : nullptr, monitor);
  EXPECT_TRUE(report);
  if (report) found.report = std::move(*report);
  for (const auto* list : {&found.report.suspects, &found.report.large, &found.report.cleared}) {
    for (const Suspect& suspect : *list) {
      EXPECT_LE(suspect.retained, found.dominators.reachable_bytes);
      EXPECT_LE(suspect.retained_at_least, suspect.retained);
      EXPECT_EQ(suspect.signature.size(), 8U);
      EXPECT_FALSE(suspect.path.empty());
    }
  }
  return found;
}

std::vector<App> logs(const std::vector<std::uint32_t>& sizes, std::uint32_t shifted_by = 0) {
  const auto words = std::make_shared<Vocabulary>();
  std::vector<App> apps;
  for (const std::uint32_t size : sizes) {
    apps.emplace_back(words, shifted_by);
    apps.back().log(size);
  }
  return apps;
}

std::string_view member_class(const Found& found, const Suspect& suspect) {
  return found.graph.words->class_name(suspect.member_class);
}

TEST(Suspects, ALeakOverThreeDumps) {
  const Found found = find(logs({1000, 2000, 3000}));
  ASSERT_EQ(found.report.suspects.size(), 1U);
  const Suspect& leak = found.report.suspects[0];
  EXPECT_EQ(leak.judgement, Judgement::kGrows);
  EXPECT_EQ(leak.kind, SuspectKind::kCollection);
  EXPECT_EQ(member_class(found, leak), "Entry");
  EXPECT_EQ(found.graph.class_name(leak.holder.value), "Array");
  EXPECT_EQ(leak.members, 3000U);
  EXPECT_EQ(leak.counts, (std::vector<std::uint64_t>{1000, 2000, 3000}));
  EXPECT_EQ(leak.bytes, (std::vector<std::uint64_t>{200000, 400000, 600000}));
  EXPECT_EQ(leak.growth(), 400000);
  EXPECT_EQ(leak.retained, 600000U);
  EXPECT_EQ(leak.retained_at_least, 600000U);
  ASSERT_EQ(leak.sites.size(), 1U);
  EXPECT_EQ(found.graph.words->site_label(leak.sites[0].first), "app/audit.rb:15");
  EXPECT_EQ(leak.sites[0].second, 3000U);
}

TEST(Suspects, WhatIsLevelIsCleared) {
  const Found found = find(logs({3000, 3000, 3000}));
  EXPECT_TRUE(found.report.suspects.empty());
  ASSERT_EQ(found.report.large.size(), 1U);
  EXPECT_EQ(found.report.large[0].judgement, Judgement::kDidNotGrow);
  EXPECT_EQ(found.report.large[0].counts, (std::vector<std::uint64_t>{3000, 3000, 3000}));
  // Filled up, then flat.
  EXPECT_TRUE(find(logs({100, 3000, 3000})).report.suspects.empty());
}

TEST(Suspects, SignaturesDoNotDependOnAddressesOrSizes) {
  const auto signature = [](const std::vector<App>& apps) {
    return find(apps).report.suspects.at(0).signature;
  };
  const std::string usual = signature(logs({1000, 2000, 3000}));
  EXPECT_EQ(signature(logs({1000, 2000, 3000}, 777)), usual);
  EXPECT_EQ(signature(logs({1500, 1700, 4444})), usual);
  EXPECT_EQ(signature(logs({3000})), usual);  // one dump
  std::vector<App> other = logs({});
  const auto words = std::make_shared<Vocabulary>();
  for (const std::uint32_t size : {1000U, 2000U, 3000U}) {
    other.emplace_back(words).log(size, kNoGeneration, "Visit");
  }
  EXPECT_NE(signature(other), usual);
}

TEST(Suspects, AgesInOneDump) {
  const auto judged = [](std::uint32_t first, std::uint32_t last) {
    std::vector<App> apps;
    apps.emplace_back(std::make_shared<Vocabulary>());
    App& app = apps.back();
    app.log(2000, first);
    for (const std::uint32_t edge : {0U, last}) {
      const Node mark = app.heap.object("Mark");
      app.heap.set_generation(mark, edge);
      app.heap.edge(app.audit, mark);
    }
    return find(apps);
  };
  // Entries span 20 generations from the first on.
  EXPECT_EQ(judged(0, 19).report.suspects.at(0).judgement, Judgement::kEveryAge);
  EXPECT_EQ(judged(180, 199).report.cleared.at(0).judgement, Judgement::kBounded);
  EXPECT_EQ(judged(0, 199).report.large.at(0).judgement, Judgement::kMadeOnce);
}

TEST(Suspects, ListsThatGrow) {
  std::vector<App> apps;
  const auto words = std::make_shared<Vocabulary>();
  for (const std::uint32_t length : {1000U, 2000U, 3000U}) {
    App& app = apps.emplace_back(words);
    Node last = app.audit;
    for (std::uint32_t i = 0; i < length; ++i) {
      const Node link = app.heap.object("Link", 100);
      app.heap.edge(last, link);
      last = link;
    }
  }
  const Found found = find(apps);
  ASSERT_EQ(found.report.suspects.size(), 1U);
  const Suspect& list = found.report.suspects[0];
  EXPECT_EQ(member_class(found, list), "Link");
  EXPECT_EQ(list.judgement, Judgement::kGrows);
  EXPECT_EQ(list.growth(), 200000);
  EXPECT_GE(list.retained, 299000U);
}

TEST(Suspects, AListInOneDump) {
  std::vector<App> apps;
  App& app = apps.emplace_back(std::make_shared<Vocabulary>());
  Node last = app.audit;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const Node link = app.heap.object("Link", 100);
    app.heap.edge(last, link);
    last = link;
  }
  const Found found = find(apps);
  ASSERT_EQ(found.report.suspects.size(), 1U);
  EXPECT_EQ(found.report.suspects[0].kind, SuspectKind::kChain);
  EXPECT_EQ(found.report.suspects[0].members, 3000U);
  EXPECT_EQ(found.report.suspects[0].retained, 300000U);
}

TEST(Suspects, ALargeObject) {
  std::vector<App> apps;
  App& app = apps.emplace_back(std::make_shared<Vocabulary>());
  const Node text = app.heap.node("String", Role::kString, 5000000);
  app.heap.edge(app.audit, text);
  const Found found = find(apps);
  ASSERT_EQ(found.report.suspects.size(), 1U);
  EXPECT_EQ(found.report.suspects[0].kind, SuspectKind::kLarge);
  EXPECT_EQ(found.report.suspects[0].holder, NodeId(text));
  EXPECT_EQ(found.report.suspects[0].retained, 5000000U);
  EXPECT_FALSE(found.report.suspects[0].member_class.valid());
}

// One leaf more in each of many holders at every dump, and a part that two leaves share.
TEST(Suspects, MembersOfManyHolders) {
  std::vector<App> apps;
  const auto words = std::make_shared<Vocabulary>();
  for (const int each : {1, 2, 3}) {
    App& app = apps.emplace_back(words);
    const Node array = app.heap.array("Array");
    app.heap.edge(app.audit, array);
    for (int i = 0; i < 200; ++i) {
      const Node holder = app.heap.object("User");
      app.heap.edge(array, holder);
      const Node shared = app.heap.node("String", Role::kString, 1000);
      for (int leaf = 0; leaf < each; ++leaf) {
        const Node visit = app.heap.object("Visit", 500);
        app.heap.edge(holder, visit);
        app.heap.edge(visit, shared);
      }
    }
  }
  const Found found = find(apps);
  ASSERT_EQ(found.report.suspects.size(), 1U);
  const Suspect& visits = found.report.suspects[0];
  EXPECT_EQ(visits.kind, SuspectKind::kScattered);
  EXPECT_FALSE(visits.holder.valid());
  EXPECT_EQ(member_class(found, visits), "Visit");
  EXPECT_EQ(visits.members, 600U);
  EXPECT_EQ(visits.retained_at_least, 300000U);
  EXPECT_EQ(visits.retained, 300000U + 200000);  // together they hold what they share
}

TEST(Suspects, NextToNothingBesideALeakIsMinor) {
  std::vector<App> apps;
  const auto words = std::make_shared<Vocabulary>();
  for (const std::uint32_t size : {1000U, 2000U, 3000U}) {
    App& app = apps.emplace_back(words);
    app.log(size);
    const Node small = app.heap.array("Array");
    const Node other = app.heap.class_node("Other");
    app.heap.edge(app.vm, other);
    app.heap.edge(other, small);
    for (std::uint32_t i = 0; i < size / 100; ++i) app.heap.edge(small, app.heap.object("Little"));
  }
  const Found found = find(apps);
  EXPECT_EQ(found.report.suspects.size(), 1U);
  EXPECT_EQ(found.report.minor, 1U);
}

TEST(Suspects, Cancelled) {
  std::vector<App> apps = logs({1000});
  const HeapGraph graph = apps[0].heap.build();
  Monitor monitor;
  const auto dominators = compute_dominators(graph, monitor);
  monitor.cancel();
  const auto report = find_suspects(graph, *dominators, nullptr, monitor);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
}

TEST(Suspects, RandomHeapsKeepTheInvariants) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const HeapGraph graph = random_graph(seed, 400, 700);
    Monitor monitor;
    const auto dominators = compute_dominators(graph, monitor);
    const auto report = find_suspects(graph, *dominators, nullptr, monitor);
    ASSERT_TRUE(report);
    for (const Suspect& suspect : report->suspects) {
      EXPECT_LE(suspect.retained, dominators->reachable_bytes);
      EXPECT_LE(suspect.retained_at_least, suspect.retained);
    }
  }
}

}  // namespace
}  // namespace tidemark
