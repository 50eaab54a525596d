#include "analysis/three_dumps.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "support/graph_builder.h"

namespace tidemark {
namespace {

struct Record {
  std::string type;
  std::uint32_t line = 0;  // 0: no site
  std::uint32_t length = 0;
  std::uint32_t bytes = 40;
};
using Heap = std::map<std::uint64_t, Record>;

HeapGraph graph_of(const Heap& heap) {
  GraphBuilder builder;
  builder.root("vm");
  for (const auto& [address, record] : heap) {
    const auto node = builder.node("Any", Role::kObject, record.bytes);
    builder.set_kind(node, record.type);
    builder.set_address(node, address);
    builder.set_extent(node, record.length);
    if (record.line != 0) builder.set_site(node, "app.rb", record.line);
  }
  return builder.build();
}

TEST(ThreeDumpMethod, AgreesWithSets) {
  std::mt19937 dice(4711);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(dice() % limit);
  };
  for (int round = 0; round < 100; ++round) {
    Heap heaps[3];
    for (Heap& heap : heaps) {
      const std::uint32_t objects = below(300);
      for (std::uint32_t i = 0; i < objects; ++i) {
        const std::string type = std::array{"STRING", "SYMBOL", "OBJECT", "ARRAY"}[below(4)];
        heap[0x7f0000000000 + below(4) * 0x10000 + below(100) * 40] = {
            .type = type, .line = below(4), .length = below(50), .bytes = 40 + below(50)};
      }
    }
    std::map<std::tuple<std::string, std::uint32_t>, std::array<std::uint64_t, 3>> expected;
    for (const auto& [address, record] : heaps[1]) {
      if (heaps[0].contains(address) || !heaps[2].contains(address)) continue;
      auto& group = expected[{record.type, record.line}];
      ++group[0];
      group[1] += record.type == "STRING" || record.type == "SYMBOL" ? record.length : 0;
      group[2] += record.bytes;
    }
    const HeapGraph first = graph_of(heaps[0]);
    const HeapGraph third = graph_of(heaps[2]);
    const auto groups = three_dump_method(first.addresses, graph_of(heaps[1]), third.addresses);
    ASSERT_EQ(groups.size(), expected.size());
    std::uint64_t before = UINT64_MAX;
    for (const LeakedGroup& group : groups) {
      EXPECT_LE(group.count, before);
      before = group.count;
      EXPECT_EQ(group.file, group.line == 0 ? "" : "app.rb");
      const std::array<std::uint64_t, 3> found{group.count, group.content_bytes, group.bytes};
      EXPECT_EQ(found, (expected[{group.type, group.line}]));
    }
  }
}

TEST(ThreeDumpMethod, EmptyHeaps) {
  const HeapGraph empty = graph_of({});
  const HeapGraph one = graph_of({{0x1000, {.type = "OBJECT"}}});
  EXPECT_TRUE(three_dump_method(empty.addresses, empty, empty.addresses).empty());
  EXPECT_TRUE(three_dump_method(empty.addresses, one, empty.addresses).empty());
  EXPECT_TRUE(three_dump_method(one.addresses, one, one.addresses).empty());
  EXPECT_EQ(three_dump_method(empty.addresses, one, one.addresses).size(), 1U);
}

}  // namespace
}  // namespace tidemark
