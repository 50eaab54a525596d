// Every member that a record may have, as every version of Ruby writes it.
#include <gmock/gmock.h>

#include "formats/ruby_dump/reading_for_tests.h"
#include "support/dump_builder.h"

namespace tidemark::ruby {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kPage = 0x7fb62f5f0000;
constexpr std::uint64_t kClass = kPage + 0x10;
constexpr std::uint64_t kObject = kPage + 0x38;
constexpr std::uint64_t kString = kPage + 0x60;
constexpr std::uint64_t kArray = kPage + 0x88;
constexpr std::uint64_t kHash = kPage + 0xb0;
constexpr std::uint64_t kData = kPage + 0xd8;
constexpr std::uint64_t kImemo = kPage + 0x100;
constexpr std::uint64_t kSymbol = kPage + 0x128;
constexpr std::uint64_t kFloat = kPage + 0x150;
constexpr std::uint64_t kFile = kPage + 0x178;
constexpr std::uint64_t kZombie = kPage + 0x1a0;
constexpr std::uint64_t kShared = kPage + 0x1c8;
constexpr std::uint64_t kNowhere = 0x7fb600000010;

std::string sample(Ruby version, const DumpStyle& style) {
  DumpBuilder dump(version, style);
  dump.root("vm", {kClass, kObject, kObject});
  dump.root("machine_context", {kString});
  dump.shape(0, {});
  dump.shape(1, 0, "@id");
  dump.shape(2, 1, "@items");
  dump.add({.address = kClass, .type = "CLASS", .class_address = kNowhere, .name = "Order"});
  dump.add({.address = kObject,
            .type = "OBJECT",
            .class_address = kClass,
            .shape_id = 2,
            .frozen = true,
            .embedded = true,
            .size = 2,
            .references = {kString, kNowhere, kArray, kString},
            .file = "/app/models/order.rb",
            .line = 19,
            .method = "initialize",
            .generation = 12,
            .memsize = 80});
  dump.add({.address = kString,
            .type = "STRING",
            .class_address = kClass,
            .embedded = true,
            .broken = true,
            .value = "a \"quoted\"\n\x1b text",
            .capacity = 40,
            .encoding = "UTF-8",
            .generation = 7});
  dump.add(
      {.address = kArray, .type = "ARRAY", .class_address = kClass, .shared = true, .size = 3});
  dump.add({.address = kHash, .type = "HASH", .class_address = kClass, .size = 17, .memsize = 192});
  dump.add({.address = kData, .type = "DATA", .class_address = kClass, .struct_name = "time"});
  dump.add({.address = kImemo, .type = "IMEMO", .class_address = kNowhere, .imemo_type = "iseq"});
  dump.add({.address = kSymbol, .type = "SYMBOL", .class_address = kClass, .value = "name"});
  dump.add({.address = kFloat, .type = "FLOAT", .class_address = kClass, .value = "-0.00000"});
  dump.add({.address = kFile, .type = "FILE", .class_address = kClass});
  dump.add({.address = kZombie, .type = "ZOMBIE", .memsize = 0, .old = false});
  dump.add({.address = kShared, .type = "STRING", .shared = true, .references = {kString}});
  return dump.text();
}

void expect_sample(const HeapGraph& heap, Ruby version) {
  ASSERT_EQ(heap.first_object, 3U);
  ASSERT_EQ(heap.object_count(), 12U);
  EXPECT_EQ(heap.report.damaged_lines, 0U);
  EXPECT_EQ(heap.report.repaired_lines, 0U);
  EXPECT_EQ(heap.report.lines, version < Ruby::k32 ? 14U : 17U);
  EXPECT_EQ(heap.report.traced_objects, 2U);
  EXPECT_EQ(heap.report.dangling_references, 1U);
  EXPECT_EQ(heap.own_name(1), "vm");
  EXPECT_EQ(heap.own_name(2), "machine_context");
  EXPECT_EQ(heap.flags[1], 0);
  EXPECT_EQ(heap.flags[2], kConservative);

  const std::uint32_t order = node_at(heap, kClass);
  const std::uint32_t object = node_at(heap, kObject);
  const std::uint32_t string = node_at(heap, kString);
  const std::uint32_t array = node_at(heap, kArray);
  EXPECT_THAT(heap.edges(0), ElementsAre(1, 2));
  EXPECT_THAT(heap.edges(1), ElementsAre(order, object, object));
  EXPECT_EQ(heap.own_name(order), "Order");
  EXPECT_EQ(heap.class_name(order), "Class");
  EXPECT_THAT(heap.edges(order), IsEmpty());

  EXPECT_THAT(heap.edges(object), ElementsAre(string, array, string, order));
  EXPECT_THAT(heap.references(object), ElementsAre(string, array, string));
  EXPECT_EQ(heap.flags[object], kHasClassEdge | kHasDanglingEdges | kFrozen);
  EXPECT_EQ(heap.class_name(object), "Order");
  EXPECT_EQ(heap.kind_name(object), "OBJECT");
  EXPECT_EQ(heap.shallow(object), 80U);
  EXPECT_EQ(heap.extent[object], 2U);
  EXPECT_EQ(heap.generation_of(object), 12U);
  EXPECT_EQ(heap.words->site_label(heap.site_of(object)), "/app/models/order.rb:19");
  EXPECT_EQ(heap.words->text(heap.words->site(heap.site_of(object)).method), "initialize");
  EXPECT_EQ(heap.layouts.size(), version < Ruby::k32 ? 0U : 1U);

  EXPECT_EQ(heap.extent[string], 17U);
  EXPECT_EQ(heap.generation_of(string), 7U);
  EXPECT_FALSE(heap.site_of(string).valid());
  EXPECT_EQ(heap.flags[array], kHasClassEdge | kSharedContent);
  EXPECT_EQ(heap.extent[array], 3U);
  EXPECT_EQ(heap.generation_of(array), kNoGeneration);
  EXPECT_EQ(heap.extent[node_at(heap, kHash)], 17U);
  EXPECT_EQ(heap.shallow(node_at(heap, kHash)), 192U);
  EXPECT_EQ(heap.class_name(node_at(heap, kData)), "Order");
  EXPECT_EQ(heap.extent[node_at(heap, kData)], 0U);
  EXPECT_EQ(heap.class_name(node_at(heap, kImemo)),
            version < Ruby::k31 ? "(imemo)" : "(imemo iseq)");
  EXPECT_THAT(heap.edges(node_at(heap, kImemo)), IsEmpty());
  EXPECT_EQ(heap.extent[node_at(heap, kSymbol)], 4U);
  EXPECT_EQ(heap.kind_name(node_at(heap, kFloat)), "FLOAT");
  EXPECT_EQ(heap.kind_name(node_at(heap, kFile)), "FILE");
  EXPECT_EQ(heap.class_name(node_at(heap, kZombie)), "(internal ZOMBIE)");
  EXPECT_EQ(heap.shallow(node_at(heap, kZombie)), 0U);
  EXPECT_THAT(heap.edges(node_at(heap, kShared)), ElementsAre(string));
}

TEST(RubyReader, ReadsEveryVersion) {
  for (const Ruby version : kAllRubies) {
    SCOPED_TRACE(version_name(version));
    expect_sample(read_dump(sample(version, {})), version);
  }
}

TEST(RubyReader, ReadsEverySpelling) {
  const std::vector<std::pair<std::string_view, DumpStyle>> styles = {
      {"crlf", {.crlf = true}},
      {"no final newline", {.final_newline = false}},
      {"crlf, no final newline", {.crlf = true, .final_newline = false}},
      {"tight", {.tight = true}},
      {"loose", {.loose = true}},
      {"byte order mark", {.byte_order_mark = true}},
      {"padded addresses", {.padded_addresses = true}},
  };
  for (const Ruby version : kAllRubies) {
    for (const auto& [name, style] : styles) {
      SCOPED_TRACE(std::string(version_name(version)) + ", " + std::string(name));
      expect_sample(read_dump(sample(version, style)), version);
    }
  }
}

TEST(RubyReader, ReadsMembersInAnyOrder) {
  for (const Ruby version : kAllRubies) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      SCOPED_TRACE(std::string(version_name(version)) + ", seed " + std::to_string(seed));
      const DumpStyle style = {.tight = seed % 3 == 0, .loose = seed % 4 == 0, .shuffle = seed};
      expect_sample(read_dump(sample(version, style)), version);
    }
  }
}

TEST(RubyReader, ReadsAnyWhiteSpaceWithinALine) {
  const HeapGraph heap = read_dump(
      " { \"address\" : \"0x10\" , \"type\"\t:\"ARRAY\",  \"references\" : [ \"0x10\" , "
      "\"0x18\"\t],"
      "\"memsize\" :\t48 , \"frozen\": true , \"flags\" : { \"old\" : true } } \n"
      "\n \t\n"
      "{\"address\":\"0x18\",\"type\":\"HASH\",\"references\":[],\"memsize\":1}\n");
  ASSERT_EQ(heap.object_count(), 2U);
  EXPECT_EQ(heap.report.lines, 2U);
  EXPECT_EQ(heap.report.repaired_lines, 0U);
  EXPECT_EQ(heap.shallow(1), 48U);
  EXPECT_EQ(heap.flags[1], kFrozen);
  EXPECT_THAT(heap.edges(1), ElementsAre(1, 2));
}

TEST(RubyReader, KnowsEveryType) {
  constexpr std::array<std::string_view, 26> kNames = {
      "NIL",    "OBJECT", "CLASS",  "ICLASS", "MODULE", "FLOAT",    "STRING", "REGEXP", "ARRAY",
      "HASH",   "STRUCT", "BIGNUM", "FILE",   "FIXNUM", "TRUE",     "FALSE",  "DATA",   "MATCH",
      "SYMBOL", "IMEMO",  "UNDEF",  "NODE",   "ZOMBIE", "RATIONAL", "COMPLEX"};
  DumpBuilder dump(Ruby::k31);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    dump.add({.address = 0x1000 + 40 * i, .type = i < 25 ? kNames[i] : "UNKNOWN"});
  }
  dump.add({.address = 0x2000, .type = "MOVED"});
  const HeapGraph heap = read_dump(dump.text());
  ASSERT_EQ(heap.object_count(), 27U);
  for (std::size_t i = 0; i < 25; ++i) {
    EXPECT_EQ(heap.kind_name(static_cast<std::uint32_t>(i) + 1), kNames[i]);
  }
  EXPECT_EQ(heap.kind_name(26), "UNKNOWN");
  EXPECT_EQ(heap.kind_name(27), "UNKNOWN");
}

TEST(RubyReader, ShapesAndFreeSlotsAreNoObjects) {
  DumpBuilder dump(Ruby::k33);
  dump.root("vm", {0x10});
  dump.shape(0, {});
  dump.add({.address = 0x10, .type = "STRING", .slot_size = 80});
  dump.free_slot(0x38, 40, 0x60);
  dump.free_slot(0x60, 40);
  dump.free_slot(0x90, 160);
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(heap.object_count(), 1U);
  EXPECT_EQ(heap.report.lines, 6U);
  ASSERT_EQ(heap.slots.size(), 3U);
  EXPECT_EQ(heap.slots[0].slot_bytes, 40U);
  EXPECT_EQ(heap.slots[0].used, 0U);
  EXPECT_EQ(heap.slots[0].free, 2U);
  EXPECT_EQ(heap.slots[1].slot_bytes, 80U);
  EXPECT_EQ(heap.slots[1].used, 1U);
  EXPECT_EQ(heap.slots[2].free, 1U);
}

TEST(RubyReader, EveryLineIsANodeWhereAskedFor) {
  DumpBuilder dump(Ruby::k33);
  dump.root("vm", {0x10});
  dump.shape(0, {});
  dump.add({.address = 0x10, .type = "STRING"});
  dump.free_slot(0x38, 40, 0x60);
  dump.free_slot(0x60, 40);
  const HeapGraph heap = read_dump(dump.text(), {.every_line = true});
  ASSERT_EQ(heap.object_count(), 4U);
  EXPECT_EQ(heap.kind_name(node_at(heap, 0x38)), "NONE");
  EXPECT_THAT(heap.edges(node_at(heap, 0x38)), IsEmpty());
  EXPECT_EQ(heap.kind_name(node_at(heap, 0x7f0000800000)), "SHAPE");
  ASSERT_EQ(heap.slots.size(), 1U);
  EXPECT_EQ(heap.slots[0].used, 1U);
  EXPECT_EQ(heap.slots[0].free, 2U);
}

TEST(RubyReader, ReadsAddressesOfEveryWidth) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x\", \"type\":\"STRING\"}\n"  // MRI's spelling of zero
      "{\"address\":\"0x4\", \"type\":\"STRING\"}\n"
      "{\"address\":\"0x25a001c\", \"type\":\"ARRAY\", \"references\":[\"0x4\", \"0x\"]}\n"
      "{\"address\":\"0x00007FB62F5CBCE0\", \"type\":\"STRING\"}\n"
      "{\"address\":\"0xfffffffffffffff8\", \"type\":\"STRING\"}\n"
      "{\"address\":\"0xffffffffffffffff\", \"type\":\"STRING\"}\n"
      "{\"address\":\"0x1ffffffffffffffff\", \"type\":\"STRING\"}\n");
  EXPECT_EQ(heap.object_count(), 5U);
  EXPECT_EQ(heap.report.damaged_lines, 1U);
  const std::uint32_t array = node_at(heap, 0x25a001c);
  EXPECT_THAT(heap.edges(array), ElementsAre(node_at(heap, 4)));
  EXPECT_EQ(heap.report.dangling_references, 1U);
  EXPECT_TRUE(heap.find(0x7fb62f5cbce0).valid());
  EXPECT_TRUE(heap.find(0xfffffffffffffff8).valid());
  EXPECT_TRUE(heap.find(0xffffffffffffffff).valid());
}

TEST(RubyReader, ReadsNumbersUpToTheirLimits) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"STRING\", \"memsize\":4294967294}\n"
      "{\"address\":\"0x18\", \"type\":\"STRING\", \"memsize\":4294967295}\n"
      "{\"address\":\"0x20\", \"type\":\"STRING\", \"memsize\":18446744073709551615, "
      "\"generation\":4294967294, \"bytesize\":5000000000}\n"
      "{\"address\":\"0x28\", \"type\":\"STRING\", \"memsize\":18446744073709551616, "
      "\"generation\":4294967295}\n"
      "{\"address\":\"0x30\", \"type\":\"STRING\", \"memsize\":-1, \"file\":\"a\", "
      "\"line\":5000000000}\n");
  ASSERT_EQ(heap.object_count(), 5U);
  EXPECT_EQ(heap.shallow(1), 4294967294U);
  EXPECT_EQ(heap.shallow(2), 4294967295U);
  EXPECT_EQ(heap.shallow(3), 18446744073709551615U);
  EXPECT_EQ(heap.large_sizes.size(), 2U);
  EXPECT_EQ(heap.generation_of(3), 4294967294U);
  EXPECT_EQ(heap.extent[3], 4294967294U);
  EXPECT_EQ(heap.generation_of(4), kNoGeneration);
  EXPECT_EQ(heap.shallow(4), 0U);
  EXPECT_EQ(heap.shallow(5), 0U);
  EXPECT_EQ(heap.words->site(heap.site_of(5)).line, 4294967294U);
  EXPECT_EQ(heap.report.repaired_lines, 2U);
}

TEST(RubyReader, TracingMembersAreIndependent) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"STRING\", \"generation\":0}\n"
      "{\"address\":\"0x18\", \"type\":\"STRING\", \"file\":\"a.rb\"}\n"
      "{\"address\":\"0x20\", \"type\":\"STRING\", \"method\":\"new\"}\n"
      "{\"address\":\"0x28\", \"type\":\"STRING\", \"line\":5}\n"
      "{\"address\":\"0x30\", \"type\":\"STRING\", \"file\":\"a.rb\", \"line\":5, "
      "\"method\":\"new\"}\n"
      "{\"address\":\"0x38\", \"type\":\"STRING\", \"file\":\"a.rb\", \"line\":5, "
      "\"method\":\"new\", \"generation\":3}\n");
  EXPECT_EQ(heap.report.traced_objects, 2U);
  EXPECT_EQ(heap.generation_of(1), 0U);
  EXPECT_FALSE(heap.site_of(1).valid());
  EXPECT_EQ(heap.words->site_label(heap.site_of(2)), "a.rb");
  EXPECT_EQ(heap.words->site_label(heap.site_of(3)), "");
  EXPECT_TRUE(heap.site_of(3).valid());
  EXPECT_FALSE(heap.site_of(4).valid());
  EXPECT_EQ(heap.words->site_label(heap.site_of(5)), "a.rb:5");
  EXPECT_EQ(heap.site_of(5), heap.site_of(6));
}

TEST(RubyReader, UntracedDumpsHaveNoColumnsForTracing) {
  const HeapGraph heap = read_dump("{\"address\":\"0x10\", \"type\":\"STRING\"}\n");
  EXPECT_TRUE(heap.site.empty());
  EXPECT_TRUE(heap.generation.empty());
  EXPECT_TRUE(heap.content.empty());
}

TEST(RubyReader, TheTracersOwnTableIsOverhead) {
  DumpBuilder dump(Ruby::k31);
  dump.add({.address = 0x10,
            .type = "DATA",
            .struct_name = "ObjectTracing/allocation_info_tracer",
            .memsize = 67338440});
  dump.add({.address = 0x38, .type = "DATA", .struct_name = "time"});
  dump.add({.address = 0x60, .type = "DATA"});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(heap.flags[1], kOverhead);
  EXPECT_EQ(heap.flags[2], 0);
  EXPECT_EQ(heap.class_name(1), "(data ObjectTracing/allocation_info_tracer)");
  EXPECT_EQ(heap.class_name(2), "(data time)");
  EXPECT_EQ(heap.class_name(3), "(internal DATA)");
}

// A member of another type is no index into our words.
TEST(RubyReader, DetailsAndExtentsKeepApart) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"DATA\", \"size\":4000000000}\n"
      "{\"address\":\"0x18\", \"type\":\"IMEMO\", \"length\":77}\n"
      "{\"address\":\"0x20\", \"type\":\"STRING\", \"struct\":\"time\", \"bytesize\":5}\n");
  EXPECT_EQ(heap.class_name(1), "(internal DATA)");
  EXPECT_EQ(heap.class_name(2), "(imemo)");
  EXPECT_EQ(heap.extent[1], 0U);
  EXPECT_EQ(heap.extent[3], 5U);
}

TEST(RubyReader, CanLeaveReferencesOut) {
  const HeapGraph heap = read_dump(sample(Ruby::k31, {}), {.references = false});
  EXPECT_EQ(heap.object_count(), 12U);
  EXPECT_EQ(heap.edges(1).size(), 3U);  // roots keep theirs
  EXPECT_THAT(heap.references(node_at(heap, kObject)), IsEmpty());
}

TEST(RubyReader, FieldsAreNamedByShapes) {
  DumpBuilder dump(Ruby::k33);
  dump.shape(0, {});
  dump.shape(1, 0, "@id");
  dump.shape(2, 1);  // frozen: adds no field
  dump.shape(3, 2, "@params");
  dump.shape(4, 3, "@headers");
  dump.shape(9, 7, "@orphan");  // its parent is not in the dump
  dump.add({.address = 0x10, .shape_id = 4, .references = {0x100, 0x128}});
  dump.add({.address = 0x38, .shape_id = 4, .references = {0x100, 0x128, 0x128}});
  dump.add({.address = 0x60, .shape_id = 9, .references = {0x100}});
  dump.add({.address = 0x88, .shape_id = 4, .references = {0x100, 0x999}});
  dump.add({.address = 0x100, .type = "HASH"});
  dump.add({.address = 0x128, .type = "HASH"});
  const HeapGraph heap = read_dump(dump.text());
  const auto names = [&](std::uint64_t address, std::size_t field) {
    std::vector<std::string_view> texts;
    for (const StringId name : heap.field_candidates(node_at(heap, address), field)) {
      texts.push_back(heap.words->text(name));
    }
    return texts;
  };
  // One field holds no object: either of two names.
  EXPECT_THAT(names(0x10, 0), ElementsAre("@id", "@params"));
  EXPECT_THAT(names(0x10, 1), ElementsAre("@params", "@headers"));
  EXPECT_THAT(names(0x10, 2), IsEmpty());
  EXPECT_THAT(names(0x38, 0), ElementsAre("@id"));
  EXPECT_THAT(names(0x38, 2), ElementsAre("@headers"));
  EXPECT_THAT(names(0x60, 0), IsEmpty());
  EXPECT_THAT(names(0x88, 0), IsEmpty());  // a reference dangles: the count says nothing
  EXPECT_THAT(names(0x100, 0), IsEmpty());
}

TEST(RubyReader, ComplexShapesNameNoFields) {
  for (const std::string_view member : {"too_complex_shape", "complex_shape"}) {
    DumpBuilder dump(Ruby::k33);
    dump.shape(0, {});
    dump.shape(1, 0, "@id");
    dump.raw_line("{\"address\":\"0x10\", \"type\":\"OBJECT\", \"shape_id\":1, \"" +
                  std::string(member) + "\":true, \"references\":[\"0x10\"]}");
    EXPECT_THAT(read_dump(dump.text()).field_candidates(1, 0), IsEmpty()) << member;
  }
}

TEST(RubyReader, RepeatedAddressesCountOnce) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"STRING\", \"memsize\":40}\n"
      "{\"address\":\"0x10\", \"type\":\"ARRAY\", \"references\":[\"0x18\"], \"memsize\":50}\n"
      "{\"address\":\"0x18\", \"type\":\"ARRAY\", \"references\":[\"0x10\", \"0x10\"]}\n");
  ASSERT_EQ(heap.object_count(), 2U);
  EXPECT_EQ(heap.report.duplicate_addresses, 1U);
  EXPECT_EQ(heap.kind_name(1), "STRING");
  EXPECT_THAT(heap.edges(1), IsEmpty());
  EXPECT_THAT(heap.edges(2), ElementsAre(1, 1));
}

TEST(RubyReader, KeepsHashesAndDuplicatesOfTexts) {
  DumpBuilder dump(Ruby::k31);
  for (std::uint64_t i = 0; i < 4; ++i) {
    dump.add({.address = 0x1000 + 40 * i,
              .type = "STRING",
              .value = i == 3 ? "alone" : "same\n",
              .memsize = 40 + i});
  }
  dump.add({.address = 0x2000, .type = "SYMBOL", .value = "same\n"});
  const HeapGraph heap = read_dump(dump.text(), {.content = true, .duplicates = true});
  EXPECT_EQ(heap.content[1], heap.content[2]);
  EXPECT_NE(heap.content[1], heap.content[4]);
  EXPECT_EQ(heap.content[0], 0U);
  ASSERT_EQ(heap.duplicate_texts.size(), 1U);
  const DuplicateText& same = heap.duplicate_texts[0];
  EXPECT_EQ(heap.words->text(same.preview), "same\\n");
  EXPECT_EQ(same.count, 3U);
  EXPECT_EQ(same.bytes, 123U);
  EXPECT_EQ(same.wasted, 82U);
  EXPECT_EQ(same.example, 1U);
  EXPECT_EQ(heap.duplicate_waste, 82U);
  EXPECT_EQ(heap.duplicate_groups, 1U);
}

}  // namespace
}  // namespace tidemark::ruby
