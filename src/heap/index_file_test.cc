#include "heap/index_file.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "heap/invariants.h"
#include "support/graph_builder.h"
#include "support/index_bytes.h"

namespace tidemark {
namespace {

// The graph of an index, if it is not ignored.
std::optional<HeapGraph> graph_of(std::string_view bytes, const std::shared_ptr<Vocabulary>& words,
                                  unsigned threads = 1) {
  const auto file = verified(bytes);
  if (!file) return std::nullopt;
  auto graph = read_graph(*file, words, threads);
  if (!graph) return std::nullopt;
  return std::move(*graph);
}

std::optional<HeapGraph> graph_of(std::string_view bytes) {
  return graph_of(bytes, std::make_shared<Vocabulary>());
}

TEST(IndexFile, GivesBackTheGraph) {
  const HeapGraph graph = full_graph();
  const auto back = graph_of(index_bytes(graph));
  ASSERT_TRUE(back);
  EXPECT_EQ(difference(graph, *back), "");
  EXPECT_EQ(broken_invariant(*back), broken_invariant(graph));
  EXPECT_EQ(back->shallow(5), 5'000'000'000U);
  EXPECT_EQ(back->class_id[4], graph.class_id[4]);  // a vocabulary of its own: equal ids
}

TEST(IndexFile, GivesBackRandomGraphs) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    const HeapGraph graph = random_graph(seed, 1 + seed * 3, seed * 7);
    const auto back = graph_of(index_bytes(graph));
    ASSERT_TRUE(back) << seed;
    EXPECT_EQ(difference(graph, *back), "") << seed;
    EXPECT_EQ(broken_invariant(*back), broken_invariant(graph)) << seed;
  }
}

TEST(IndexFile, GivesBackTheGraphInParallel) {
  const HeapGraph graph = random_graph(1, 100'000, 300'000);
  const auto back = graph_of(index_bytes(graph), std::make_shared<Vocabulary>(), 3);
  ASSERT_TRUE(back);
  EXPECT_EQ(difference(graph, *back), "");
}

TEST(IndexFile, TranslatesWordsIntoASharedVocabulary) {
  const HeapGraph graph = full_graph();
  const auto words = std::make_shared<Vocabulary>();
  words->intern("somebody else's word");
  words->intern_class("String");
  words->intern_site({.file = words->intern("lib/other.rb"), .line = 1, .method = {}});
  const auto back = graph_of(index_bytes(graph), words);
  ASSERT_TRUE(back);
  EXPECT_EQ(difference(graph, *back), "");
  EXPECT_EQ(back->class_id[6], words->intern_class("String"));
  EXPECT_NE(back->class_id[6], graph.class_id[6]);
  EXPECT_EQ(words->class_name(ClassId(0)), "String");
}

TEST(IndexFile, KnowsEqualWordsAgain) {
  const std::string bytes = index_bytes(full_graph());
  const auto words = std::make_shared<Vocabulary>();
  const auto first = graph_of(bytes, words);
  const std::uint32_t strings = words->string_count();
  const auto second = graph_of(bytes, words);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(words->string_count(), strings);
  EXPECT_EQ(first->class_id[4], second->class_id[4]);
}

TEST(IndexFile, DoesNotDependOnTheGraphAnyMore) {
  SectionFileWriter sections;
  auto graph = std::make_unique<HeapGraph>(full_graph());
  add_graph(sections, *graph);
  graph->words->intern("another word");
  graph.reset();
  const auto back = graph_of(bytes_of(sections));
  ASSERT_TRUE(back);
  EXPECT_EQ(difference(full_graph(), *back), "");
}

TEST(IndexFile, IsIgnoredWhenCutShortAnywhere) {
  const std::string bytes = index_bytes(full_graph());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(graph_of(std::string_view(bytes).substr(0, length))) << length;
  }
}

TEST(IndexFile, IsIgnoredOrRightWhateverByteChanges) {
  const HeapGraph graph = full_graph();
  const std::string bytes = index_bytes(graph);
  std::mt19937_64 random(7);
  int ignored = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string changed = bytes;
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int c = 0; c < changes; ++c)
      changed[random() % changed.size()] = static_cast<char>(random());
    const auto back = graph_of(changed);
    if (!back) {
      ++ignored;
    } else {
      ASSERT_EQ(difference(graph, *back), "");
    }
  }
  EXPECT_GT(ignored, 1000);
}

// Checksums are right in these, values are not.
struct MadeUp {
  const char* section;
  std::function<void(HeapGraph&)> change;
};

template <class T>
Column<T> changed(const Column<T>& column, std::size_t at, T value) {
  std::vector<T> values(column.begin(), column.end());
  values.at(at) = value;
  return values;
}

template <class T>
Column<T> shorter(const Column<T>& column) {
  return std::vector<T>(column.begin(), column.end() - 1);
}

const std::vector<MadeUp>& made_up_indexes() {
  static const std::vector<MadeUp> all = {
      {"kind", [](HeapGraph& g) { g.kind = changed<std::uint8_t>(g.kind, 3, 200); }},
      {"flags", [](HeapGraph& g) { g.flags = shorter(g.flags); }},
      {"class_id", [](HeapGraph& g) { g.class_id = shorter(g.class_id); }},
      {"class_id", [](HeapGraph& g) { g.class_id = changed(g.class_id, 2, ClassId(1000)); }},
      {"shallow", [](HeapGraph& g) { g.shallow32 = shorter(g.shallow32); }},
      {"extent", [](HeapGraph& g) { g.extent = shorter(g.extent); }},
      {"site", [](HeapGraph& g) { g.site = shorter(g.site); }},
      {"site", [](HeapGraph& g) { g.site = changed(g.site, 0, SiteId(2)); }},
      {"generation", [](HeapGraph& g) { g.generation = shorter(g.generation); }},
      {"content", [](HeapGraph& g) { g.content = shorter(g.content); }},
      {"edge_begin", [](HeapGraph& g) { g.edge_begin = shorter(g.edge_begin); }},
      {"edge_begin", [](HeapGraph& g) { g.edge_begin = changed(g.edge_begin, 0, 1U); }},
      {"edge_begin", [](HeapGraph& g) { g.edge_begin = changed(g.edge_begin, 2, 900U); }},
      {"edge_begin", [](HeapGraph& g) { g.edge_target = shorter(g.edge_target); }},
      {"edge_begin",
       [](HeapGraph& g) { g.flags = changed<std::uint8_t>(g.flags, 7, kHasClassEdge); }},
      {"edge_target",
       [](HeapGraph& g) { g.edge_target = changed(g.edge_target, 0, g.node_count()); }},
      {"page_keys",
       [](HeapGraph& g) {
         g.addresses.page_keys = changed(g.addresses.page_keys, 1, std::uint64_t{0});
       }},
      {"page_keys",
       [](HeapGraph& g) {
         g.addresses.page_keys = changed(g.addresses.page_keys, 0, std::uint64_t{8});
       }},
      {"address_codes",
       [](HeapGraph& g) { g.addresses.codes = changed(g.addresses.codes, 0, 0xffffffffU); }},
      {"address_codes",
       [](HeapGraph& g) { g.addresses.codes = changed(g.addresses.codes, 4, 0xffffffffU); }},
      {"address_codes", [](HeapGraph& g) { g.addresses.codes = shorter(g.addresses.codes); }},
      {"totals", [](HeapGraph& g) { g.first_object = 0; }},
      {"totals", [](HeapGraph& g) { g.first_object = 100; }},
      {"address_codes", [](HeapGraph& g) { g.first_object = 2; }},
      {"kinds", [](HeapGraph& g) { g.kinds[0].name = StringId(1000); }},
      {"kinds", [](HeapGraph& g) { g.kinds[0].role = static_cast<Role>(11); }},
      {"large_sizes", [](HeapGraph& g) { g.large_sizes[0].first = 100; }},
      {"large_sizes", [](HeapGraph& g) { g.large_sizes.push_back(g.large_sizes[0]); }},
      {"own_names", [](HeapGraph& g) { g.own_names[0].first = 100; }},
      {"own_names", [](HeapGraph& g) { g.own_names[0].second = StringId(1000); }},
      {"own_names", [](HeapGraph& g) { std::swap(g.own_names[0], g.own_names[1]); }},
      {"layouts", [](HeapGraph& g) { g.layouts[0].first = 100; }},
      {"layouts", [](HeapGraph& g) { g.layouts.push_back(g.layouts[0]); }},
      {"layout_fields", [](HeapGraph& g) { g.layout_names[0].second[0] = StringId(1000); }},
      {"layout_ends", [](HeapGraph& g) { g.layout_names.push_back(g.layout_names[0]); }},
      {"duplicate_texts", [](HeapGraph& g) { g.duplicate_texts[0].example = 100; }},
      {"duplicate_texts", [](HeapGraph& g) { g.duplicate_texts[0].preview = StringId(1000); }},
  };
  return all;
}

TEST(IndexFile, RefusesValuesOutOfRangeBehindRightChecksums) {
  for (const MadeUp& made_up : made_up_indexes()) {
    HeapGraph graph = full_graph();
    made_up.change(graph);
    const auto file = verified(index_bytes(graph));
    ASSERT_TRUE(file);
    const auto back = read_graph(*file, std::make_shared<Vocabulary>(), 1);
    ASSERT_FALSE(back) << made_up.section;
    EXPECT_EQ(back.error().code, ErrorCode::kDamaged);
    EXPECT_EQ(back.error().message, "section " + std::string(made_up.section) + " is damaged");
  }
}

TEST(IndexFile, RefusesAFileWithoutAGraph) {
  SectionFileWriter sections;
  sections.add_text("report_format", "test");
  const auto file = verified(bytes_of(sections));
  ASSERT_TRUE(file);
  EXPECT_FALSE(read_graph(*file, std::make_shared<Vocabulary>(), 1));
}

}  // namespace
}  // namespace tidemark
