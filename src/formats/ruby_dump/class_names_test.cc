// What classes are called and what objects are grouped under.
#include <gmock/gmock.h>

#include "formats/ruby_dump/reading_for_tests.h"
#include "support/dump_builder.h"

namespace tidemark::ruby {
namespace {

using testing::UnorderedElementsAre;

// Addresses of the classes that every heap has.
constexpr std::uint64_t kClassClass = 0x1000;
constexpr std::uint64_t kObjectClass = 0x1028;
constexpr std::uint64_t kModuleClass = 0x1050;

DumpBuilder basics(Ruby version = Ruby::k33) {
  DumpBuilder dump(version);
  dump.add(
      {.address = kClassClass, .type = "CLASS", .class_address = kClassClass, .name = "Class"});
  dump.add(
      {.address = kObjectClass, .type = "CLASS", .class_address = kClassClass, .name = "Object"});
  dump.add(
      {.address = kModuleClass, .type = "CLASS", .class_address = kClassClass, .name = "Module"});
  return dump;
}

std::string_view label_of(const HeapGraph& heap, std::uint64_t address) {
  return heap.class_name(node_at(heap, address));
}

std::string_view name_of(const HeapGraph& heap, std::uint64_t address) {
  return heap.own_name(node_at(heap, address));
}

TEST(RubyClassNames, ObjectsAreGroupedUnderTheirClass) {
  DumpBuilder dump = basics();
  dump.add({.address = 0x2000, .type = "CLASS", .class_address = kClassClass, .name = "My::Order"});
  dump.add({.address = 0x3000, .class_address = 0x2000});
  dump.add({.address = 0x3028, .type = "STRUCT", .class_address = 0x2000});
  dump.add({.address = 0x3050, .type = "STRING"});                            // hidden
  dump.add({.address = 0x3078, .type = "ARRAY", .class_address = 0x999999});  // class not dumped
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(label_of(heap, 0x3000), "My::Order");
  EXPECT_EQ(label_of(heap, 0x3028), "My::Order");
  EXPECT_EQ(label_of(heap, 0x3050), "(internal STRING)");
  EXPECT_EQ(label_of(heap, 0x3078), "(internal ARRAY)");
  EXPECT_EQ(label_of(heap, 0x2000), "Class");
  EXPECT_EQ(name_of(heap, 0x2000), "My::Order");
  EXPECT_EQ(name_of(heap, 0x3000), "");
}

TEST(RubyClassNames, ModulesAndInclusions) {
  DumpBuilder dump = basics();
  dump.add({.address = 0x2000, .type = "MODULE", .class_address = kModuleClass, .name = "Audit"});
  dump.add(
      {.address = 0x2028, .type = "ICLASS", .class_address = 0x2000, .superclass = kObjectClass});
  dump.add({.address = 0x2050, .type = "MODULE", .class_address = kModuleClass});
  dump.add({.address = 0x2078, .type = "ICLASS", .class_address = 0x2050});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(label_of(heap, 0x2000), "Module");
  EXPECT_EQ(name_of(heap, 0x2000), "Audit");
  EXPECT_EQ(label_of(heap, 0x2028), "(include class)");
  EXPECT_EQ(name_of(heap, 0x2028), "Audit (included)");
  EXPECT_EQ(name_of(heap, 0x2050), "(anonymous module)");
  EXPECT_EQ(name_of(heap, 0x2078), "(included module)");
}

TEST(RubyClassNames, SingletonClassesStandForTheClassBelow) {
  for (const Ruby version : {Ruby::k31, Ruby::k32, Ruby::k33, Ruby::k34, Ruby::k40}) {
    SCOPED_TRACE(version_name(version));
    DumpBuilder dump = basics(version);
    // The metaclass of Order, one Order with a method of its own, and its singleton class.
    dump.add({.address = 0x2000, .type = "CLASS", .class_address = 0x2028, .name = "Order"});
    dump.add({.address = 0x2028,
              .type = "CLASS",
              .class_address = kClassClass,
              .singleton = true,
              .real_class_name = "Class",
              .superclass = kClassClass});
    dump.add({.address = 0x2050,
              .type = "CLASS",
              .class_address = 0x2028,
              .singleton = true,
              .real_class_name = "Order",
              .superclass = 0x2000});
    dump.add({.address = 0x3000, .class_address = 0x2050});
    // The name of this one's class is known by its superclass alone, behind an inclusion.
    dump.add({.address = 0x2078,
              .type = "CLASS",
              .class_address = 0x2028,
              .singleton = true,
              .superclass = 0x20a0});
    dump.add({.address = 0x20a0, .type = "ICLASS", .class_address = 0, .superclass = 0x2000});
    dump.add({.address = 0x3028, .class_address = 0x2078});
    const HeapGraph heap = read_dump(dump.text());
    EXPECT_EQ(label_of(heap, 0x3000), "Order");
    EXPECT_EQ(label_of(heap, 0x3028), "Order");
    EXPECT_EQ(label_of(heap, 0x2028), "(singleton class)");
    EXPECT_EQ(name_of(heap, 0x2028), "#<Class:Order>");
    EXPECT_EQ(name_of(heap, 0x2050), "singleton class of one Order");
    EXPECT_EQ(heap.flags[node_at(heap, 0x2050)] & kSingleton, kSingleton);
  }
}

// Before 3.1 a dump does not say what is a singleton class.
TEST(RubyClassNames, MetaclassesOfOldDumpsAreNotAnonymous) {
  for (const Ruby version : {Ruby::k21, Ruby::k23}) {
    SCOPED_TRACE(version_name(version));
    DumpBuilder dump = basics(version);
    dump.add({.address = 0x2000, .type = "CLASS", .class_address = 0x2028, .name = "Order"});
    dump.add({.address = 0x2028, .type = "CLASS", .class_address = kClassClass});
    dump.add({.address = 0x2050, .type = "CLASS", .class_address = kClassClass});
    const HeapGraph heap = read_dump(dump.text());
    EXPECT_EQ(name_of(heap, 0x2028), "#<Class:Order>");
    EXPECT_EQ(name_of(heap, 0x2050), "(anonymous class)");
  }
}

TEST(RubyClassNames, AnonymousClassesAreToldByBaseAndHolder) {
  DumpBuilder dump = basics();
  dump.add({.address = 0x2000, .type = "CLASS", .class_address = kClassClass, .name = "Base"});
  dump.add({.address = 0x2028,
            .type = "MODULE",
            .class_address = kModuleClass,
            .name = "Registry",
            .references = {0x2050}});
  dump.add({.address = 0x2050,
            .type = "CLASS",
            .class_address = kClassClass,
            .superclass = 0x2078,
            .references = {0x2078}});
  dump.add({.address = 0x2078, .type = "ICLASS", .superclass = 0x2000, .references = {0x2000}});
  dump.add({.address = 0x20a0, .type = "CLASS", .class_address = kClassClass});
  dump.add({.address = 0x20c8,
            .type = "HASH",
            .class_address = kObjectClass,
            .references = {0x20a0, 0x20f0}});
  dump.add({.address = 0x20f0, .type = "MODULE", .class_address = kModuleClass});
  dump.add({.address = 0x3000, .class_address = 0x2050});
  dump.add({.address = 0x3028, .class_address = 0x20a0});
  dump.add({.address = 0x3050, .type = "CLASS", .class_address = 0x2050, .superclass = 0x20a0});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(label_of(heap, 0x3000), "(anonymous class < Base held by Registry)");
  EXPECT_EQ(name_of(heap, 0x2050), "(anonymous class < Base held by Registry)");
  EXPECT_EQ(label_of(heap, 0x3028), "(anonymous class held by HASH Object)");
  EXPECT_EQ(name_of(heap, 0x20f0), "(anonymous module held by HASH Object)");
  // A subclass knows its superclass, but does not hold it.
  EXPECT_EQ(name_of(heap, 0x3050), "(anonymous class)");
}

TEST(RubyClassNames, AnonymousClassesWithoutHolders) {
  DumpBuilder dump = basics();
  dump.add({.address = 0x2000, .type = "CLASS", .class_address = kClassClass});
  dump.add({.address = 0x2028, .type = "ARRAY", .references = {0x2000}});
  dump.add({.address = 0x2050, .class_address = 0x2000});
  EXPECT_EQ(label_of(read_dump(dump.text(), {.name_holders = false}), 0x2050), "(anonymous class)");
  EXPECT_EQ(label_of(read_dump(dump.text(), {.references = false}), 0x2050), "(anonymous class)");
  EXPECT_EQ(label_of(read_dump(dump.text()), 0x2050),
            "(anonymous class held by ARRAY (internal ARRAY))");
}

TEST(RubyClassNames, NoProvisionalNameIsLeft) {
  DumpBuilder dump = basics();
  // An instance of an anonymous class with a singleton class, which holds another one.
  dump.add({.address = 0x2000, .type = "CLASS", .class_address = kClassClass});
  dump.add({.address = 0x2028,
            .type = "CLASS",
            .class_address = kClassClass,
            .singleton = true,
            .superclass = 0x2000,
            .references = {0x2050}});
  dump.add({.address = 0x2050, .type = "CLASS", .class_address = kClassClass});
  dump.add({.address = 0x3000, .class_address = 0x2028});
  dump.add({.address = 0x3028, .class_address = 0x2050});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(label_of(heap, 0x3000), "(anonymous class)");
  EXPECT_EQ(name_of(heap, 0x2028), "singleton class of one anonymous class");
  EXPECT_EQ(label_of(heap, 0x3028),
            "(anonymous class held by singleton class of one anonymous class)");
}

// Only damage makes these; they must end.
TEST(RubyClassNames, CyclesEnd) {
  DumpBuilder dump(Ruby::k33);
  for (std::uint64_t i = 0; i < 3; ++i) {
    dump.add({.address = 0x1000 + 40 * i,
              .type = "ICLASS",
              .class_address = 0x1000 + 40 * i,
              .superclass = 0x1000 + 40 * ((i + 1) % 3)});
    dump.add({.address = 0x2000 + 40 * i, .class_address = 0x1000 + 40 * i});
  }
  dump.add({.address = 0x3000,
            .type = "CLASS",
            .class_address = 0x3000,
            .singleton = true,
            .superclass = 0x3000});
  dump.add({.address = 0x3028, .type = "CLASS", .superclass = 0x1000});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(label_of(heap, 0x2000), "(nameless class)");
  EXPECT_EQ(label_of(heap, 0x2028), "(nameless class)");
  EXPECT_EQ(name_of(heap, 0x3028), "(anonymous class)");
}

TEST(RubyClassNames, LongChainsTakeLinearTime) {
  constexpr std::uint64_t kLength = 100'000;
  DumpBuilder dump(Ruby::k33);
  for (std::uint64_t i = 0; i < kLength; ++i) {
    dump.add({.address = 0x10000 + 40 * i, .type = "ICLASS", .superclass = 0x10000 + 40 * (i + 1)});
  }
  dump.add({.address = 0x10000 + 40 * kLength, .type = "CLASS", .name = "Last"});
  dump.add({.address = 0x1000, .class_address = 0x10000});
  EXPECT_EQ(label_of(read_dump(dump.text()), 0x1000), "Last");
}

// What stands in the word of the class is marked as any reference, but for a call cache's class.
TEST(RubyClassNames, ImemoClassesAreReferencesOfAnyType) {
  for (const Ruby version : {Ruby::k23, Ruby::k31, Ruby::k40}) {
    SCOPED_TRACE(version_name(version));
    DumpBuilder dump = basics(version);
    const auto imemo = [&](std::uint64_t address, std::string_view type, std::uint64_t word) {
      dump.add({.address = address, .type = "IMEMO", .class_address = word, .imemo_type = type});
    };
    dump.add({.address = 0x2000, .type = "STRING", .class_address = kObjectClass});
    imemo(0x3000, "fields", kObjectClass);
    imemo(0x3028, "fields", 0x2000);
    imemo(0x3050, "fields", 0x5);
    imemo(0x3078, "callcache", kObjectClass);
    const HeapGraph heap = read_dump(dump.text());
    EXPECT_EQ(heap.edges(node_at(heap, 0x3000)).size(), 1U);
    EXPECT_EQ(heap.edges(node_at(heap, 0x3028)).size(), 1U);
    EXPECT_EQ(heap.edges(node_at(heap, 0x3050)).size(), 0U);
    // Ruby 2.3 neither says what it is nor has call caches.
    EXPECT_EQ(heap.edges(node_at(heap, 0x3078)).size(), version < Ruby::k31 ? 1U : 0U);
    EXPECT_EQ(label_of(heap, 0x3028), version < Ruby::k31 ? "(imemo)" : "(imemo fields)");
  }
}

TEST(RubyClassNames, DataIsToldByItsStructWhereTheClassSaysNothing) {
  DumpBuilder dump = basics();
  dump.add({.address = 0x2000, .type = "CLASS", .class_address = kClassClass, .name = "Time"});
  dump.add({.address = 0x3000, .type = "DATA", .class_address = 0x2000, .struct_name = "time"});
  dump.add({.address = 0x3028,
            .type = "DATA",
            .class_address = kObjectClass,
            .struct_name = "VM/pin_array_list"});
  dump.add({.address = 0x3050, .type = "DATA", .struct_name = "VM/thread"});
  const HeapGraph heap = read_dump(dump.text());
  EXPECT_EQ(label_of(heap, 0x3000), "Time");
  EXPECT_EQ(label_of(heap, 0x3028), "(data VM/pin_array_list)");
  EXPECT_EQ(label_of(heap, 0x3050), "(data VM/thread)");
}

TEST(RubyClassNames, OwnNamesAreOfClassesAndRootsOnly) {
  DumpBuilder dump = basics();
  dump.root("vm", {kObjectClass});
  dump.add({.address = 0x3000, .class_address = kObjectClass});
  const HeapGraph heap = read_dump(dump.text());
  std::vector<std::string_view> names;
  for (const auto& [node, name] : heap.own_names) names.push_back(heap.words->text(name));
  EXPECT_THAT(names, UnorderedElementsAre("vm", "Class", "Object", "Module"));
}

}  // namespace
}  // namespace tidemark::ruby
