#include "analysis/grouping.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

TEST(Grouping, NamesOfDimensions) {
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    EXPECT_EQ(dimension_named(kDimensionNames[i]), static_cast<Dimension>(i));
  }
  EXPECT_FALSE(dimension_named("colour"));
  EXPECT_FALSE(dimension_named(""));
}

// Two entries of one line but of two methods, a text of that line, one of another file, and one
// that was not traced.
HeapGraph sample(const std::shared_ptr<Vocabulary>& words) {
  GraphBuilder heap(words);
  heap.root("vm");
  heap.set_site(heap.object("Entry"), "/gems/json-2.6.1/lib/json.rb", 7, "parse");
  heap.set_site(heap.object("Entry"), "/gems/json-2.6.1/lib/json.rb", 7, "load");
  heap.set_site(heap.node("String", Role::kString, 40), "/gems/json-2.6.1/lib/json.rb", 7, "parse");
  heap.set_site(heap.object("Entry"), "/app/a.rb", 9, "parse");
  heap.set_generation(heap.object("Entry"), 5);
  return heap.build();
}

std::set<std::uint32_t> groups_of_objects(Grouping& grouping, const HeapGraph& graph) {
  const Buffer<GroupId> groups = grouping.assign(graph);
  EXPECT_EQ(groups.size, graph.node_count());
  std::set<std::uint32_t> used;
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    EXPECT_LT(groups[node], grouping.size());
    used.insert(groups[node]);
  }
  return used;
}

TEST(Grouping, HowManyGroupsThereAre) {
  const auto words = std::make_shared<Vocabulary>();
  const HeapGraph graph = sample(words);
  const auto count = [&](Dimension dimension) {
    Grouping grouping(*words, dimension);
    return groups_of_objects(grouping, graph).size();
  };
  EXPECT_EQ(count(Dimension::kSite), 4U);  // methods of one line are one place
  EXPECT_EQ(count(Dimension::kClass), 2U);
  EXPECT_EQ(count(Dimension::kType), 2U);
  EXPECT_EQ(count(Dimension::kGem), 3U);
  EXPECT_EQ(count(Dimension::kMethod), 3U);
  EXPECT_EQ(count(Dimension::kFile), 3U);
  EXPECT_EQ(count(Dimension::kGeneration), 2U);
}

TEST(Grouping, Keys) {
  const auto words = std::make_shared<Vocabulary>();
  const HeapGraph graph = sample(words);
  const std::uint32_t first = graph.first_object;
  const auto key = [&](Dimension dimension, std::uint32_t node) {
    Grouping grouping(*words, dimension);
    return grouping.key(grouping.assign(graph)[node]);
  };
  const GroupKey site = key(Dimension::kSite, first);
  EXPECT_EQ(site.label, "/gems/json-2.6.1/lib/json.rb:7");
  EXPECT_EQ(site.class_name, "Entry");
  EXPECT_EQ(site.kind, "OBJECT");
  EXPECT_EQ(key(Dimension::kSite, first + 4).label, "");
  EXPECT_EQ(key(Dimension::kSite, first + 4).class_name, "Entry");
  EXPECT_EQ(key(Dimension::kClass, first).label, "Entry");
  EXPECT_EQ(key(Dimension::kType, first + 2).label, "STRING");
  EXPECT_EQ(key(Dimension::kType, first + 2).class_name, "");
  EXPECT_EQ(key(Dimension::kMethod, first + 1).label, "load");
  EXPECT_EQ(key(Dimension::kFile, first + 3).label, "/app/a.rb");
  EXPECT_EQ(key(Dimension::kGeneration, first + 4).label, "5");
  EXPECT_EQ(key(Dimension::kGeneration, first).label, "");
  EXPECT_NE(key(Dimension::kGem, first).label, key(Dimension::kGem, first + 3).label);
}

TEST(Grouping, TwoHeapsShareTheNumbers) {
  const auto words = std::make_shared<Vocabulary>();
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    Grouping grouping(*words, static_cast<Dimension>(i));
    const auto before = groups_of_objects(grouping, sample(words));
    EXPECT_EQ(groups_of_objects(grouping, sample(words)), before) << kDimensionNames[i];
    GraphBuilder more(words);
    more.root("vm");
    const auto node = more.node("Fresh", Role::kArray, 40);
    more.set_site(node, "/gems/fresh-1." + std::to_string(i) + "/lib/fresh.rb", 3, "fresh");
    more.set_generation(node, 77);
    const auto fresh = groups_of_objects(grouping, more.build());
    EXPECT_FALSE(before.contains(*fresh.begin())) << kDimensionNames[i];
  }
}

}  // namespace
}  // namespace tidemark
