// Lines that are not JSON: what Ruby's own bugs, full disks and careless joins leave behind.
#include <gmock/gmock.h>

#include <ctime>

#include "formats/ruby_dump/reading_for_tests.h"
#include "support/dump_builder.h"
#include "support/graph_text.h"

namespace tidemark::ruby {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;

constexpr std::string_view kSoundLine =
    "{\"address\":\"0x8000\", \"type\":\"STRING\", \"memsize\":1}\n";

std::string file_of(const HeapGraph& heap, std::uint32_t node) {
  return std::string(heap.words->text(heap.words->site(heap.site_of(node)).file));
}

std::string method_of(const HeapGraph& heap, std::uint32_t node) {
  return std::string(heap.words->text(heap.words->site(heap.site_of(node)).method));
}

TEST(RubyDamage, ReadsUnescapedQuotesInPaths) {
  for (const std::string_view path :
       {"/app/quote\"file.rb", "\"", "\"\"", "a\", \"b", "/app/a\"}b.rb", "x\", \"lines\":3", "\"}",
        "C:\\", "back\\\"slash", "a\tb\x01"}) {
    SCOPED_TRACE(path);
    for (const Ruby version : kAllRubies) {
      for (const bool tight : {false, true}) {
        DumpBuilder dump(version, {.tight = tight});
        dump.add({.address = 0x10,
                  .type = "STRING",
                  .references = {0x10},
                  .file = path,
                  .line = 7,
                  .method = "call",
                  .generation = 3,
                  .memsize = 99});
        const HeapGraph heap = read_dump(dump.text());
        ASSERT_EQ(heap.object_count(), 1U);
        EXPECT_EQ(heap.report.damaged_lines, 0U);
        EXPECT_EQ(file_of(heap, 1), path);
        EXPECT_EQ(method_of(heap, 1), "call");
        EXPECT_EQ(heap.generation_of(1), 3U);
        EXPECT_EQ(heap.shallow(1), 99U);
        EXPECT_EQ(heap.words->site(heap.site_of(1)).line, 7U);
        EXPECT_THAT(heap.edges(1), ElementsAre(1));
      }
    }
  }
}

TEST(RubyDamage, CountsRepairsOfWhatIsNotJson) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"STRING\", \"file\":\"a\"b\", \"line\":1}\n"
      "{\"address\":\"0x18\", \"type\":\"STRING\", \"method\":\"esc\\\"aped\", \"generation\":1}\n"
      "{\"address\":\"0x20\", \"type\":\"STRING\", \"method\":\"plain\", \"generation\":1}\n");
  EXPECT_EQ(heap.report.repaired_lines, 1U);
  EXPECT_EQ(method_of(heap, 2), "esc\\\"aped");
}

TEST(RubyDamage, ReadsUnescapedNames) {
  DumpBuilder dump(Ruby::k33);
  dump.add({.address = 0x10, .type = "CLASS", .name = "Struct\"Odd", .references = {0x10}});
  dump.add({.address = 0x38, .type = "CLASS", .singleton = true, .real_class_name = "A\"B"});
  dump.add({.address = 0x60, .type = "DATA", .struct_name = "my\"type", .references = {0x10}});
  dump.raw_line(R"({"address":"0x88", "type":"DATA", "struct":"last"one"})");
  dump.add({.address = 0xb0, .type = "OBJECT", .class_address = 0x38});
  const HeapGraph heap = read_dump(dump.text());
  ASSERT_EQ(heap.object_count(), 5U);
  EXPECT_EQ(heap.own_name(1), "Struct\"Odd");
  EXPECT_THAT(heap.edges(1), ElementsAre(1));
  EXPECT_EQ(heap.class_name(3), "(data my\"type)");
  EXPECT_EQ(heap.class_name(4), "(data last\"one)");
  EXPECT_EQ(heap.class_name(5), "A\"B");
  EXPECT_EQ(heap.report.damaged_lines, 0U);
  EXPECT_EQ(heap.report.repaired_lines, 4U);
}

// Ruby 3.0 and 3.1: each byte of a method's name that is not ASCII becomes \u00ff, a NUL and some
// bytes of what the buffer held before.
TEST(RubyDamage, ReadsStaleBytesInMethodNames) {
  const std::string begin =
      "{\"address\":\"0x10\", \"type\":\"STRING\", \"references\":[\"0x10\"], \"file\":\"/m.rb\", "
      "\"line\":4, \"method\":\"f\\u00ff\0"s;
  const std::string end =
      ", \"generation\":9, \"memsize\":40, \"flags\":{\"wb_protected\":true}}\n";
  const std::vector<std::string> stale = {
      "dr\"ess\\u00ff\0009076d_\""s,
      "\"type\\u00ff\000O\", \"\\u00ff\000f9\""s,
      "\":6, \"\\u00ff\000], \"f\""s,
      "rked\"_\\u00ff\000{\"add\\u00ff\0000x78\", \\u00ff\000ass\":\""s,
      "marke_\\u00ff\000}\n{\"a\\u00ff\000:\"0x7\""s,
      "\n\\u00ff\000}}\n{\""s,
      "}\n\n{\"a\n\""s,
  };
  for (const std::string& bytes : stale) {
    SCOPED_TRACE(bytes);
    const std::string text = begin + bytes + end;
    const HeapGraph heap = read_dump(text + std::string(kSoundLine));
    ASSERT_EQ(heap.object_count(), 2U);
    EXPECT_EQ(heap.report.repaired_lines, 1U);
    EXPECT_EQ(heap.report.damaged_lines, 0U);
    EXPECT_EQ(heap.report.lines, 2U);
    EXPECT_EQ(heap.generation_of(1), 9U);
    EXPECT_EQ(heap.shallow(1), 40U);
    EXPECT_EQ(file_of(heap, 1), "/m.rb");
    EXPECT_THAT(heap.edges(1), ElementsAre(1));
  }
}

TEST(RubyDamage, ASplitRecordTakesNothingFromTheNext) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"STRING\", \"method\":\"f\\u00ff\0{\n"s
      "{\"address\":\"0x18\", \"type\":\"STRING\", \"file\":\"/x\", \"generation\":9}\n");
  EXPECT_EQ(heap.object_count(), 1U);
  EXPECT_EQ(heap.report.damaged_lines, 1U);
  EXPECT_EQ(heap.generation_of(1), 9U);
  EXPECT_FALSE(heap.find(0x10).valid());
}

TEST(RubyDamage, CountsLinesThatAreNoRecords) {
  const std::string text = std::string(kSoundLine) +
                           "not a record\n"
                           "{\"no\":\"address\"}\n"
                           "{}\n"
                           "[1, 2]\n"
                           "{\"address\":\"0x10\"}\n"
                           "{\"type\":\"STRING\"}\n"
                           "\0\0\0\0\n"s
                           "{\"address\":\"0x10\", \"type\":\"ARRAY\", \"memsize\":7}\n";
  const HeapGraph heap = read_dump(text);
  EXPECT_EQ(heap.object_count(), 2U);
  EXPECT_EQ(heap.report.damaged_lines, 7U);
  EXPECT_EQ(heap.report.lines, 9U);
  EXPECT_EQ(heap.report.first_damaged_offset, kSoundLine.size());
  EXPECT_EQ(heap.report.first_damage, "the line is not a record");
}

TEST(RubyDamage, GarbageBehindARecordIsDamage) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"ARRAY\"} garbage {\"address\":\"0x18\", "
      "\"type\":\"HASH\"}\n" +
      std::string(kSoundLine));
  EXPECT_EQ(heap.object_count(), 3U);
  EXPECT_EQ(heap.report.damaged_lines, 1U);
  EXPECT_EQ(heap.report.first_damaged_offset, 35U);
}

TEST(RubyDamage, StrictStopsAtTheFirstDamage) {
  const std::string text = std::string(kSoundLine) + "what is this\n{\"and\":this}\n";
  const auto source = memory_source(text, "some.json");
  Monitor monitor;
  const auto stream =
      Stream::read(*source, {}, {.strict = true}, std::make_shared<Vocabulary>(), monitor);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, ErrorCode::kDamaged);
  EXPECT_EQ(stream.error().offset, kSoundLine.size());
  EXPECT_EQ(stream.error().file, "some.json");
  EXPECT_THAT(stream.error().hint, HasSubstr("--strict"));
}

TEST(RubyDamage, StrictAcceptsWhatCanBeRepaired) {
  const HeapGraph heap =
      read_dump("{\"address\":\"0x10\", \"type\":\"STRING\", \"file\":\"a\"b\", \"line\":1}\n",
                {.strict = true});
  EXPECT_EQ(heap.report.repaired_lines, 1U);
}

std::string whole_dump(Ruby version, std::uint64_t base) {
  DumpBuilder dump(version);
  dump.root("vm", {base});
  dump.root("machine_context", {base + 40});
  dump.add({.address = base,
            .type = "ARRAY",
            .size = 2,
            .references = {base + 40, base + 80},
            .file = "/app/a.rb",
            .line = 3,
            .method = "new",
            .generation = 5});
  dump.add({.address = base + 40, .type = "STRING", .value = "first {\"address\":\"0x1\"}"});
  dump.add({.address = base + 80, .type = "DATA", .struct_name = "time", .generation = 6});
  return dump.text();
}

TEST(RubyDamage, ACutLastLineIsCountedWhereverTheCutIs) {
  for (const Ruby version : kAllRubies) {
    const std::string text = whole_dump(version, 0x1000);
    for (std::size_t size = 0; size <= text.size(); ++size) {
      SCOPED_TRACE(std::string(version_name(version)) + ", cut at " + std::to_string(size));
      const HeapGraph heap = read_dump(text.substr(0, size));
      const std::size_t line = size == 0 ? 0 : text.rfind('\n', size - 1) + 1;
      const bool whole = size == line || text[size] == '\n';
      EXPECT_EQ(heap.report.damaged_lines, whole ? 0U : 1U);
      if (!whole) {
        EXPECT_EQ(heap.report.first_damaged_offset, line);
        EXPECT_EQ(heap.report.first_damage, "the record is cut or broken");
      }
      const auto lines = static_cast<std::uint64_t>(
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
      EXPECT_EQ(heap.report.lines, lines + (size == line ? 0 : 1));
    }
  }
}

TEST(RubyDamage, ADumpJoinedToACutOneIsReadInFull) {
  for (const Ruby version : {Ruby::k21, Ruby::k31, Ruby::k33, Ruby::k40}) {
    const std::string first = whole_dump(version, 0x1000);
    const std::string second = whole_dump(version, 0x100000);
    const HeapGraph alone = read_dump(second);
    const std::size_t objects = first.find("{\"address\"");
    for (std::size_t size = 0; size <= first.size(); ++size) {
      SCOPED_TRACE(std::string(version_name(version)) + ", cut at " + std::to_string(size));
      const std::size_t line = size == 0 ? 0 : first.rfind('\n', size - 1) + 1;
      const bool whole = size == line || first[size] == '\n';
      const auto heaps = read_dumps(first.substr(0, size) + second);
      const bool any_object = first.find("}\n", objects) < size || (whole && size > objects);
      ASSERT_EQ(heaps.size(), any_object ? 2U : 1U);
      EXPECT_EQ(heaps.front().report.damaged_lines, whole ? 0U : 1U);
      const HeapGraph& last = heaps.back();
      EXPECT_EQ(last.object_count(), 3U);
      EXPECT_EQ(last.report.damaged_lines, any_object || whole ? 0U : 1U);
      EXPECT_EQ(last.own_name(last.first_object - 1), "machine_context");
      EXPECT_EQ(describe_node(last, node_at(last, 0x100050)),
                describe_node(alone, node_at(alone, 0x100050)));
    }
  }
}

TEST(RubyDamage, TakesBackTheReferencesOfARecordThatFails) {
  const HeapGraph heap = read_dump(
      "{\"address\":\"0x10\", \"type\":\"ARRAY\", \"references\":[\"0x18\", \"0x18\"\n"
      "{\"address\":\"0x18\", \"type\":\"ARRAY\", \"references\":[\"0x18\"]}\n");
  ASSERT_EQ(heap.object_count(), 1U);
  EXPECT_THAT(heap.edges(1), ElementsAre(1));
}

// Each of these took time that grew with the square of the line, or would have if the searches
// for a way back did not remember what they found.
TEST(RubyDamage, HostileLinesTakeLinearTime) {
  constexpr std::size_t kBytes = std::size_t{2} << 20;
  const std::string head = "{\"address\":\"0x10\", \"type\":\"ARRAY\", ";
  const std::vector<std::pair<std::string, std::string>> hostile = {
      {"", "{\n"},
      {"", "{"},
      {"", "{\"address\":\"0x"},
      {"", "{\"type\":\"ROOT\""},
      {"", "{\"type\":\"ROOT\"}"},
      {"", "{\"address\":\"0x10\", \"type\":\"ARRAY\", \"memsize\":1}"},
      {"", "{\"address\":\"0x10\", \"type\":\"X\", \"value\":\""},
      {"", "{\"address\":\"0x10\", \"type\":\"X\", \"file\":\""},
      {"", "{\"address\":\"0x10\", \"type\":\"X\", \"method\":\"\0"s},
      {"", "{\"address\":\"0x10\", \"type\":\"X\", \"method\":\"\0\n"s},
      {"", "{\"address\":\"0x10\", \"type\":\"X\", \"references\":[\"0x10\", "},
      {"", " {\"address\":\"0x10\", \"type\":\"X\", \"method\":\"\0\n"s},
      {head, ", \""},
      {head, ",\""},
      {head, ", \"line\":"},
      {head, ", \"line\":x"},
      {head, ", \"file\":\"x"},
      {head, ", \"file\":\""},
      {head, "\"file\":\"x\", "},
      {head, "\"memsize\":1, \"flags\":{}, "},
      {head, "\"memsize\":1, \"flags\":{, "},
      {head, "\"flags\":{\"a\":{}}, "},
      {head, ", \"references\":[\"0x10\""},
      {head, ", \"type\":\"\\"},
      {head, "\"x\":[{"},
      {head, "\"x\":{}, "},
      {head, "\"type\":              "},
      {head, "}"},
      {head, "\"}   "},
      {head + "\"file\":\"", "\"}   "},
      {head + "\"file\":\"", "x\", "},
      {head + "\"file\":\"", "{\"address\":\"0x\", \"file\":\""},
      {"", " "},
      {"", "\r"},
      {"", "\0"s},
      {"", "\\"},
      {"", "\""},
  };
  for (const auto& [begin, unit] : hostile) {
    std::string text = begin;
    while (text.size() < kBytes) text += unit;
    const std::clock_t start = std::clock();
    for (const HeapGraph& heap : read_dumps(text + "\n" + std::string(kSoundLine))) {
      EXPECT_LE(heap.edge_count(), kBytes / 4);
    }
    EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 10) << begin << unit;
  }
}

}  // namespace
}  // namespace tidemark::ruby
