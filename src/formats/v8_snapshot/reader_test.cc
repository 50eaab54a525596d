#include "formats/v8_snapshot/reader.h"

#include <gmock/gmock.h>

#include "heap/invariants.h"
#include "heap/numbered.h"
#include "support/compress.h"
#include "support/graph_text.h"
#include "support/snapshot_builder.h"

namespace tidemark::v8 {
namespace {

using testing::HasSubstr;

Result<HeapGraph> try_read(std::string_view text, const ReadOptions& options = {}) {
  Monitor monitor;
  const auto source = memory_source({text.data(), text.size()}, "heap.heapsnapshot");
  return read_heap(*source, {}, options, std::make_shared<Vocabulary>(), monitor);
}

HeapGraph read(std::string_view text, const ReadOptions& options = {}) {
  auto heap = try_read(text, options);
  EXPECT_TRUE(heap) << heap.error().message;
  if (!heap) return {};
  EXPECT_EQ(broken_invariant(*heap), "");
  return std::move(*heap);
}

std::uint32_t node(const HeapGraph& heap, std::uint64_t id) {
  return heap.find(address_of_number(id)).value;
}

// A shop whose list holds two orders, one of them with a weak reference back.
SnapshotBuilder shop() {
  SnapshotBuilder s;
  const auto roots = s.node("synthetic", "(GC roots)", 3, 0);
  const auto global = s.node("object", "global / ", 5, 32);
  const auto list = s.node("object", "Array", 17, 16);
  const auto elements = s.node("array", "(object elements)", 9, 48);
  const auto first = s.node("object", "Order", 13, 24);
  const auto second = s.node("object", "Order", 11, 24);
  const auto text = s.node("string", "caf\xc3\xa9 \"one\"\n", 7, 20);
  s.edge(0, "element", 1, roots);
  s.edge(0, "shortcut", "global", global);
  s.edge(global, "property", "orders", list);
  s.edge(list, "internal", "elements", elements);
  s.edge(list, "element", 0, first);
  s.edge(list, "element", 1, second);
  s.edge(elements, "hidden", 1, first);
  s.edge(first, "property", "name", text);
  s.edge(second, "weak", "1", list);
  s.location(first, 7, 3, 5);
  s.location(second, 7, 8, 5);
  return s;
}

TEST(V8Reader, ReadsNodesInTheOrderOfTheirIds) {
  const HeapGraph heap = read(shop().text());
  ASSERT_EQ(heap.node_count(), 8U);
  const std::uint32_t list = node(heap, 17);
  EXPECT_EQ(heap.class_name(list), "Array");
  EXPECT_EQ(heap.role(list), Role::kArray);
  EXPECT_EQ(heap.extent_of(list), 2U);
  EXPECT_EQ(heap.text_of(node(heap, 7)), "caf\xc3\xa9 \"one\"\n");
  EXPECT_EQ(heap.class_name(node(heap, 7)), "(string)");
  // The elements' bytes are shown where they belong.
  EXPECT_EQ(heap.shallow(node(heap, 9)), 0U);
  EXPECT_EQ(heap.shallow(list), 64U);
  // A weak reference is one, but keeps nothing alive.
  EXPECT_TRUE(heap.edges(node(heap, 11)).empty());
  EXPECT_EQ(heap.all_edges(node(heap, 11)).size(), 1U);
}

TEST(V8Reader, ClassesOfOneNameFromOtherPlacesAreOthers) {
  const HeapGraph heap = read(shop().text());
  EXPECT_EQ(heap.class_name(node(heap, 11)), heap.class_name(node(heap, 13)));
  EXPECT_NE(heap.class_id[node(heap, 11)], heap.class_id[node(heap, 13)]);
  EXPECT_EQ(heap.words->site_label(heap.site_of(node(heap, 13))), "(script 7):4:6");
}

TEST(V8Reader, StyleMakesNoDifference) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const SnapshotBuilder snapshot = random_snapshot(seed, 200);
    const std::string expected = graph_text(read(snapshot.text()));
    EXPECT_EQ(graph_text(read(snapshot.text({.trace_ids = false}))), expected);
    EXPECT_EQ(graph_text(read(snapshot.text({.shuffled = true}))), expected);
    EXPECT_EQ(graph_text(read(snapshot.text({.one_line = true}))), expected);
    EXPECT_EQ(graph_text(read(snapshot.text({.roomy = true}))), expected);
    EXPECT_EQ(graph_text(read(snapshot.text({.unknown_types = true}))), expected);
    EXPECT_EQ(graph_text(read(snapshot.text(), {.strict = true})), expected);
  }
}

TEST(V8Reader, BlocksAndThreadsMakeNoDifference) {
  const SnapshotBuilder snapshot = random_snapshot(7, 60'000);
  const std::string text = snapshot.text();
  ASSERT_GT(text.size(), std::size_t{1} << 21);
  const std::string expected = graph_text(read(text, {.threads = 1}));
  EXPECT_EQ(graph_text(read(text, {.threads = 2})), expected);
  EXPECT_EQ(graph_text(read(text, {.threads = 5})), expected);
  EXPECT_EQ(graph_text(read(gzip(text), {.threads = 3})), expected);
  EXPECT_EQ(graph_text(read(snapshot.text({.one_line = true}), {.threads = 3})), expected);
}

TEST(V8Reader, CutAnywhereItIsReadOrRefused) {
  const std::string text = shop().text();
  const std::size_t strings = text.find("\"strings\"");
  const std::size_t edges = text.find("\"edges\":[");
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto heap = try_read(std::string_view(text).substr(0, length));
    if (length > strings) {
      ASSERT_TRUE(heap) << length;
      EXPECT_EQ(heap->report.damaged_lines, 1U);
      EXPECT_EQ(broken_invariant(*heap), "");
    } else if (length < edges) {
      ASSERT_FALSE(heap) << length;
      EXPECT_EQ(heap.error().code, ErrorCode::kDamaged);
      EXPECT_TRUE(heap.error().offset);
    }
    EXPECT_FALSE(try_read(std::string_view(text).substr(0, length), {.strict = true}));
  }
}

TEST(V8Reader, RepeatedIdsGetOthers) {
  SnapshotBuilder s;
  for (int i = 0; i < 5; ++i) s.edge(0, "property", "p", s.node("object", "A", 7, 8));
  s.edge(0, "property", "p", s.node("object", "B", 8, 8));
  const HeapGraph heap = read(s.text());
  EXPECT_EQ(heap.object_count(), 6U);
  EXPECT_GE(heap.report.duplicate_addresses, 4U);
}

TEST(V8Reader, SizesBeyondFourGigabytes) {
  SnapshotBuilder s;
  const std::uint64_t huge = std::uint64_t{5} << 32;
  s.edge(0, "property", "p", s.node("object", "A", 7, huge));
  const HeapGraph heap = read(s.text());
  EXPECT_EQ(heap.shallow(node(heap, 7)), huge);
}

TEST(V8Reader, SaysWhatIsWrong) {
  const std::string text = shop().text();
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const auto heap = try_read(changed);
    return heap ? std::string("sound") : heap.error().message;
  };
  EXPECT_THAT(with("\"node_count\":8", "\"node_count\":9"),
              HasSubstr("the header promises 9 nodes"));
  EXPECT_THAT(with("\"node_count\":8", "\"node_count\":99999999999"), HasSubstr("more than"));
  EXPECT_THAT(with("\"self_size\"", "\"other_size\""), HasSubstr("no snapshot.meta"));
  EXPECT_THAT(with("\"nodes\":[9", "\"nodes\":[-9"), HasSubstr("whole numbers"));
  EXPECT_THAT(with("\"nodes\":[9", "\"nodes\":[9.5"), HasSubstr("whole numbers"));
  EXPECT_THAT(with("\"edges\":[", "\"edges\":[1,2,3,"), HasSubstr("the nodes have"));
  EXPECT_THAT(with("\"nodes\":[", "\"nodes\":{"), HasSubstr("expected ["));
}

TEST(V8Reader, LocationsBeforeNodesTellNothing) {
  std::string text = shop().text();
  const std::size_t nodes = text.find("\"nodes\"");
  text.insert(nodes, "\"locations\":[1,2,3,4],");
  EXPECT_EQ(read(text).node_count(), 8U);
  const std::string no_fields =
      "{\"snapshot\":{\"meta\":{\"location_fields\":[\"object_index\",\"script_id\",\"line\","
      "\"column\"]}},\"locations\":[1,2,3,4]}";
  EXPECT_FALSE(try_read(no_fields));
}

TEST(V8Reader, PairsOfAWeakMapHangFromTheirKey) {
  SnapshotBuilder s;
  const auto global = s.node("object", "global / ", 5, 32);
  const auto table = s.node("array", "WeakMap table", 21, 64);
  const auto key = s.node("object", "Key", 17, 16);
  const auto value = s.node("object", "Value", 19, 16);
  const std::string pair =
      "7 / part of key (Key @17) -> value (Value @19) pair in WeakMap (table @21)";
  s.edge(0, "shortcut", "global", global);
  s.edge(global, "property", "map", table);
  s.edge(global, "property", "key", key);
  s.edge(table, "internal", pair, value);
  s.edge(key, "internal", pair, value);
  const HeapGraph heap = read(s.text());
  EXPECT_TRUE(heap.edges(node(heap, 21)).empty());
  EXPECT_THAT(heap.edges(node(heap, 17)), testing::ElementsAre(node(heap, 19)));
}

TEST(V8Reader, PlainObjectsAreCalledByTheirProperties) {
  SnapshotBuilder s;
  const auto value = s.node("string", "x", 3, 16);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto plain = s.node("object", "Object", 11 + 2 * i, 24);
    s.edge(0, "property", "p", plain);
    s.edge(plain, "property", "label", value);
    s.edge(plain, "property", "__proto__", value);
    if (i == 3) s.edge(plain, "property", "a,b", value);
  }
  const HeapGraph heap = read(s.text());
  EXPECT_EQ(heap.class_name(node(heap, 11)), "{label}");
  EXPECT_EQ(heap.class_name(node(heap, 17)), "{label}");  // {label, "a,b"} occurs only once
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t place = text.find(from);
  EXPECT_NE(place, text.npos) << from;
  if (place != text.npos) text.replace(place, from.size(), to);
  return text;
}

// Allocations were tracked: each node names a place in a tree of calls.
TEST(V8Reader, SitesOfTrackedAllocations) {
  std::string text =
      R"({"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id"],)"
      R"("node_types":[["object","synthetic"],"string"],"edge_fields":["type","name_or_index","to_node"],)"
      R"("edge_types":[["property"],"x","node"],)"
      R"("trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],)"
      R"("trace_node_fields":["id","function_info_index","count","size","children"]},)"
      R"("node_count":4,"edge_count":3,"trace_function_count":3},)"
      R"("nodes":[1,0,1,0,3,0, 0,1,3,16,0,3, 0,1,5,16,0,2, 0,1,7,16,0,99],)"
      R"("edges":[0,1,6, 0,1,12, 0,1,18],)"
      R"("trace_function_infos":[0,0,0,0,0,0, 1,2,3,7,12,5, 2,4,3,7,20,9],)"
      R"("trace_tree":[1,0,0,0,[2,1,1,16,[3,2,1,16,[]]]],"samples":[1000,3,2000,7],)"
      R"("strings":["","Order","serve","file:///srv/app.js","make"]})";
  const HeapGraph heap = read(text);
  const auto site = [&](std::uint64_t id) { return heap.site_of(node(heap, id)); };
  EXPECT_EQ(heap.words->site_label(site(3)), "/srv/app.js:20:9");
  EXPECT_EQ(heap.words->text(heap.words->site(site(3)).method), "make");
  EXPECT_EQ(heap.words->site_label(site(5)), "/srv/app.js:12:5");
  EXPECT_FALSE(site(7).valid());
  EXPECT_EQ(heap.report.traced_objects, 2U);
  EXPECT_FALSE(heap.sites_are_code());
  for (const std::string_view broken : {"[1,0,0,0,[2", "[[[[[[", "]", "{}", "[1,\"x\"]"}) {
    const auto other = try_read(replaced(text, "[1,0,0,0,[2,1,1,16,[3,2,1,16,[]]]]", broken));
    if (other) {
      EXPECT_EQ(broken_invariant(*other), "");
    }
  }
  EXPECT_EQ(read(replaced(text, R"("trace_function_count":3)", R"("trace_function_count":0)"))
                .report.traced_objects,
            0U);
}

TEST(V8Reader, ScopesStandWhereTheirFunctionsDo) {
  SnapshotBuilder s;
  const auto function = s.node("closure", "serve", 3, 32);
  const auto scope = s.node("object", "system / Context", 5, 32);
  const auto native = s.node("hidden", "system / NativeContext", 7, 32);
  s.edge(0, "property", "serve", function);
  s.edge(function, "internal", "context", scope);
  s.edge(scope, "internal", "previous", native);
  s.location(function, 7, 3, 5);
  const HeapGraph heap = read(s.text());
  EXPECT_EQ(heap.words->site_label(heap.site_of(node(heap, 5))), "(script 7)");
  EXPECT_FALSE(heap.site_of(node(heap, 7)).valid());
}

// Broken in the middle and cut at the end: whichever thread finds what first, the answer is one.
TEST(V8Reader, DamageIsTheSameErrorEachTime) {
  SnapshotBuilder s;
  std::uint32_t last = s.node("object", "Order", 3, 16);
  s.edge(0, "property", "orders", last);
  for (std::uint32_t id = 5; id < 120000; id += 2) {
    const auto next = s.node("object", "Order", id, 16);
    s.edge(last, "property", "next", next);
    last = next;
  }
  std::string text = s.text();
  const std::size_t edges = text.find("\"edges\"");
  text[text.find(',', edges + 1000)] = 'x';
  text.resize(text.size() - text.size() / 8);
  for (int i = 0; i < 10; ++i) {
    const auto heap = try_read(text, {.threads = 4});
    ASSERT_FALSE(heap);
    EXPECT_THAT(heap.error().message, HasSubstr("broken JSON"));
    EXPECT_LT(*heap.error().offset, edges + 1001);
  }
}

// Counts that the file says are never filled, or walked, for what is not there.
TEST(V8Reader, ReferencesThatAreNotThereCostNothing) {
  const std::string text =
      R"({"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],)"
      R"("node_types":[["object"]],"edge_fields":["type","name_or_index","to_node"],)"
      R"("edge_types":[["property"]]},"node_count":2,"edge_count":1},)"
      R"("nodes":[0,0,1,0,2147483648,0,0,3,16,0],"edges":[0,0,5,)";
  const auto heap = try_read(text);
  ASSERT_TRUE(heap) << heap.error().message;
  EXPECT_EQ(broken_invariant(*heap), "");
  EXPECT_EQ(heap->edge_count(), 1U);
}

TEST(V8Reader, ASecondHeaderChangesNothing) {
  const std::string text = shop().text();
  const std::string header = R"("snapshot":{"meta":{"node_fields":[]}},"edges")";
  const auto heap = try_read(replaced(text, "\"edges\"", header));
  ASSERT_TRUE(heap) << heap.error().message;
  EXPECT_EQ(heap->node_count(), 8U);
}

TEST(V8Reader, DetachednessSpreadsThroughNativeNodes) {
  SnapshotBuilder s;
  const auto div = s.node("native", "<div id=\"a\">", 5, 16, 2);
  const auto text = s.node("native", "Text", 7, 16);
  const auto wrapper = s.node("object", "HTMLElement", 9, 16);
  s.edge(0, "property", "p", div);
  s.edge(div, "property", "child", text);
  s.edge(div, "property", "wrapper", wrapper);
  const HeapGraph heap = read(s.text());
  EXPECT_EQ(heap.class_name(node(heap, 5)), "Detached <div>");
  EXPECT_EQ(heap.class_name(node(heap, 7)), "Detached Text");
  EXPECT_EQ(heap.class_name(node(heap, 9)), "HTMLElement");
}

}  // namespace
}  // namespace tidemark::v8
