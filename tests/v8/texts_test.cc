// Strings of V8 heaps: joined or not, and how often each is there.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "analysis/collections.h"
#include "analysis/duplicate_texts.h"
#include "formats/v8_snapshot/reader.h"
#include "heap/joined_text.h"
#include "heap/numbered.h"
#include "support/snapshot_builder.h"

namespace tidemark {
namespace {

HeapGraph read(const SnapshotBuilder& builder) {
  Monitor monitor;
  const std::string text = builder.text();
  const auto source = memory_source({text.data(), text.size()}, "heap.heapsnapshot");
  auto heap = v8::read_heap(*source, {}, {}, std::make_shared<Vocabulary>(), monitor);
  EXPECT_TRUE(heap) << heap.error().message;
  return heap ? std::move(*heap) : HeapGraph{};
}

std::uint32_t rope(SnapshotBuilder& s, std::uint64_t id, std::uint32_t first,
                   std::uint32_t second) {
  const auto node = s.node("concatenated string", "(concatenated string)", id, 32);
  s.edge(node, "internal", "first", first);
  s.edge(node, "internal", "second", second);
  return node;
}

TEST(JoinedText, OfAChainOfParts) {
  SnapshotBuilder s;
  const auto a = s.node("string", "visit ", 3, 24);
  const auto b = s.node("string", "caf\xc3\xa9", 5, 24);
  const auto inner = rope(s, 7, a, b);
  const auto outer = rope(s, 9, inner, inner);
  s.edge(0, "property", "all", outer);
  const HeapGraph heap = read(s);
  const auto node = heap.find(address_of_number(9)).value;
  EXPECT_TRUE(is_rope(heap, node));
  EXPECT_EQ(joined_text(heap, node, 100).text, "visit caf\xc3\xa9visit caf\xc3\xa9");
  EXPECT_EQ(joined_text(heap, node, 100).length, 22U);
  EXPECT_EQ(joined_text(heap, node, 10).text, "visit caf\xc3\xa9");  // no character is divided
  EXPECT_EQ(heap.extent_of(node), 22U);
  EXPECT_FALSE(joined_text(heap, node, 100, 2).whole);
}

TEST(JoinedText, AStringThatIsCalledLikeOneIsNone) {
  SnapshotBuilder s;
  s.edge(0, "property", "all", s.node("string", "(concatenated string)", 3, 24));
  const HeapGraph heap = read(s);
  EXPECT_FALSE(is_rope(heap, 1));
  EXPECT_EQ(joined_text(heap, 1, 100).text, "(concatenated string)");
}

// Against joining every one of them.
TEST(DuplicateTexts, RandomStringsAndRopes) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::size_t limit) {
      return static_cast<std::size_t>(random() % limit);
    };
    SnapshotBuilder s;
    std::vector<std::uint32_t> strings;
    std::vector<std::string> texts;
    const std::size_t count = 5 + below(300);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t id = 3 + 2 * i;
      if (i < 4 || below(3) == 0) {
        std::string text(below(i % 9 == 0 ? 400 : 4), static_cast<char>('a' + below(2)));
        const char* type = below(4) == 0 ? "concatenated string" : "string";
        strings.push_back(s.node(type, text, id, below(8) == 0 ? 0 : 16 + below(3)));
        texts.push_back(std::move(text));
      } else {
        const std::size_t first = below(i);
        const std::size_t second = below(i);
        strings.push_back(rope(s, id, strings[first], strings[second]));
        texts.push_back((texts[first] + texts[second]).substr(0, 3000));
      }
      s.edge(0, "element", static_cast<std::uint32_t>(i), strings.back());
    }
    const HeapGraph heap = read(s);
    struct Group {
      std::uint64_t count = 0;
      std::uint64_t bytes = 0;
      bool operator==(const Group&) const = default;
    };
    std::map<std::string, Group> expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (texts[i].size() >= 1024 || heap.shallow(strings[i]) == 0) continue;
      ++expected[texts[i]].count;
      expected[texts[i]].bytes += heap.shallow(strings[i]);
    }
    std::erase_if(expected, [](const auto& group) { return group.second.count < 2; });
    std::map<std::string, Group> found;
    for (const DuplicateText& group : find_duplicate_texts(heap)) {
      if (group.count < 2) continue;
      const std::string text = joined_text(heap, group.example, 1024).text;
      EXPECT_EQ(text.size(), group.length);
      found[text] = {.count = group.count, .bytes = group.bytes};
    }
    ASSERT_EQ(found, expected) << "seed " << seed;
  }
}

TEST(DuplicateTexts, ARopeOfItselfIsNoText) {
  SnapshotBuilder s;
  const auto text = s.node("string", "x", 3, 24);
  const auto first = s.node("concatenated string", "(concatenated string)", 5, 32);
  const auto second = rope(s, 7, first, text);
  s.edge(first, "internal", "first", second);
  s.edge(first, "internal", "second", text);
  s.edge(0, "property", "p", first);
  const HeapGraph heap = read(s);
  for (const DuplicateText& group : find_duplicate_texts(heap)) EXPECT_LT(group.count, 2U);
  EXPECT_FALSE(joined_text(heap, heap.find(address_of_number(5)).value, 100, 1000).whole);
}

// A chain as deep as there are requests: no recursion, and not every prefix is joined.
TEST(DuplicateTexts, AMillionRopesInAChain) {
  SnapshotBuilder s;
  const auto text = s.node("string", "xy", 3, 24);
  std::uint32_t last = text;
  for (std::uint64_t i = 0; i < 100'000; ++i) last = rope(s, 5 + 2 * i, last, text);
  s.edge(0, "property", "p", last);
  EXPECT_TRUE(find_duplicate_texts(read(s)).empty());
}

TEST(Collections, EmptyAndMostlyEmpty) {
  SnapshotBuilder s;
  std::uint64_t id = 3;
  const auto item = s.node("object", "Order", id, 24);
  const auto collection = [&](const char* name, const char* field, std::uint64_t bytes,
                              std::uint32_t references) {
    const auto node = s.node("object", name, id += 2, 32);
    s.edge(0, "element", static_cast<std::uint32_t>(id), node);
    const auto table = s.node("array", "", id += 2, bytes);
    s.edge(node, "internal", field, table);
    for (std::uint32_t i = 0; i < references; ++i) {
      if (std::string_view(name) == "Array") s.edge(node, "element", i, item);
      s.edge(table, "hidden", i, item);
    }
  };
  collection("Map", "table", 152, 0);       // new
  collection("Map", "table", 5000, 0);      // of numbers, perhaps
  collection("Map", "table", 5000, 10);     // had many
  collection("Map", "table", 5000, 160);    // full
  collection("Array", "elements", 800, 3);  // room for a hundred
  collection("Array", "elements", 800, 0);  // of numbers, perhaps
  collection("Set", "table", 144, 0);
  const CollectionWaste found = find_collection_waste(read(s));
  EXPECT_EQ(found.empty_count, 2U);
  EXPECT_EQ(found.oversized_count, 2U);
  ASSERT_EQ(found.oversized.size(), 2U);
  EXPECT_EQ(found.oversized[0].spare, 5000U - 10U * 28U);
  EXPECT_EQ(found.oversized[1].spare, 800U - 3U * 8U);
  EXPECT_EQ(found.spare, 152U + 144U + 4720U + 776U);
}

}  // namespace
}  // namespace tidemark
