#include "formats/heap_file.h"

#include <gmock/gmock.h>

#include "formats/registry.h"
#include "formats/ruby_dump/format.h"
#include "heap/invariants.h"
#include "support/compress.h"
#include "support/dump_builder.h"
#include "support/random_dump.h"
#include "support/snapshot_builder.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

std::string small_dump() {
  DumpBuilder dump(Ruby::k34);
  dump.root("vm", {0x10});
  dump.add({.address = 0x10, .type = "ARRAY", .size = 1, .references = {0x38}});
  dump.add({.address = 0x38, .type = "STRING", .value = "text"});
  return dump.text();
}

Result<HeapFile> read(std::string_view bytes, std::string name = "memory",
                      const LoadOptions& options = {}) {
  Monitor monitor;
  const auto source = memory_source({bytes.data(), bytes.size()}, std::move(name));
  return HeapFile::read(*source, options, std::make_shared<Vocabulary>(), monitor);
}

TEST(HeapFile, ReadsPlainAndCompressedDumps) {
  const std::string dump = small_dump();
  for (const std::string& bytes : {dump, gzip(dump), zstd(dump)}) {
    auto file = read(bytes);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_EQ(file->size(), 1U);
    Monitor monitor;
    const auto heap = file->take(0, monitor);
    ASSERT_TRUE(heap);
    EXPECT_EQ(broken_invariant(*heap), "");
    EXPECT_EQ(heap->object_count(), 2U);
    EXPECT_EQ(heap->report.format, "Ruby heap dump");
    EXPECT_EQ(heap->report.content_bytes, dump.size());
  }
}

TEST(HeapFile, CompressedDumpsThatWereCutGiveWhatTheyHold) {
  const std::string dump = random_dump(1, 5000);
  for (const std::string& whole : {gzip(dump), zstd(dump)}) {
    const std::string cut = whole.substr(0, whole.size() / 2);
    auto file = read(cut);
    ASSERT_TRUE(file) << file.error().message;
    Monitor monitor;
    const auto heap = file->take(file->size() - 1, monitor);
    ASSERT_TRUE(heap);
    EXPECT_GE(heap->report.damaged_lines, 1U);
    EXPECT_FALSE(heap->report.first_damage.empty());

    const auto strict = read(cut, "dump.json", {.strict = true});
    ASSERT_FALSE(strict);
    EXPECT_EQ(strict.error().code, ErrorCode::kDamaged);
    EXPECT_EQ(strict.error().file, "dump.json");
    EXPECT_TRUE(strict.error().offset);
  }
}

TEST(HeapFile, SaysWhatAFileIsThatIsNoDump) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"", "an empty file"},
      {" \n\t\n", "nothing but white space"},
      {"{\"a\":1}", "JSON of another kind"},
      {"[1, 2]", "JSON of another kind"},
      {"Dear reader,\n", "plain text"},
      {"\x01\x02\x03", "binary data"},
  };
  for (const auto& [bytes, kind] : files) {
    const auto file = read(bytes, "-");
    ASSERT_FALSE(file) << kind;
    EXPECT_EQ(file.error().code, ErrorCode::kNotADump);
    EXPECT_THAT(file.error().message, HasSubstr(kind));
    EXPECT_EQ(file.error().file, "standard input");
  }
}

TEST(HeapFile, ReadsSnapshotsOfV8) {
  SnapshotBuilder snapshot;
  snapshot.edge(0, "property", "shop", snapshot.node("object", "Shop", 3, 40));
  const std::string text = snapshot.text();
  for (const std::string& bytes : {text, gzip(text), zstd(text)}) {
    auto file = read(bytes);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_EQ(file->size(), 1U);
    Monitor monitor;
    const auto heap = file->take(0, monitor);
    ASSERT_TRUE(heap);
    EXPECT_EQ(heap->object_count(), 1U);
    EXPECT_EQ(heap->report.format, "V8 heap snapshot");
  }
  const auto cut = read(text.substr(0, text.size() / 2), "-");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().file, "standard input");
  EXPECT_THAT(cut.error().message, HasSubstr("ends in the middle"));
}

TEST(HeapFile, SaysWhyAFileCannotBeOpened) {
  Monitor monitor;
  const auto file =
      HeapFile::open("/no/such/dump.json", {}, std::make_shared<Vocabulary>(), monitor);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kIo);
}

TEST(Recognise, KnowsRubyDumpsByTheirFirstLine) {
  for (const std::string_view head :
       {"{\"type\":\"ROOT\", \"root\":\"vm\", \"references\":[\"0x1\"]}\n",
        "{\"address\":\"0x7f1\", \"type\":\"STRING\"}",
        "\xef\xbb\xbf{\"address\":\"0x7f1\", \"type\":\"STRING\"}\r\n",
        "\n\n{\"address\": \"0x7f1\", \"type\": \"STRING\"}",
        "{\"address\":\"0x2630048\", \"type\":\"SHAPE\", \"id\":0, \"depth\":1}\n"}) {
    EXPECT_EQ(recognise(head), &ruby::kDumpFormat) << head;
  }
  for (const std::string_view head : {"", "{}", "{\"type\":\"STRING\"}", "{\"address\":\"0x1\"}",
                                      "{\"id\":1}\n{\"address\":\"0x1\", \"kind\":\"x\"}"}) {
    EXPECT_EQ(recognise(head), nullptr) << head;
  }
}

// What a terminal or a log put before a dump, or a first line that was cut, does not hide it.
TEST(Recognise, KnowsRubyDumpsBehindOtherLines) {
  for (const std::string_view before :
       {"Loading production environment\n", "{\"level\":\"info\"}\n",
        "\"0x7f12\"], \"memsize\":40}\n", "one\ntwo\nthree\n"}) {
    const std::string head = std::string(before) + small_dump();
    EXPECT_EQ(recognise(head), &ruby::kDumpFormat) << before;
    auto file = read(head);
    ASSERT_TRUE(file);
    Monitor monitor;
    const auto heap = file->take(0, monitor);
    ASSERT_TRUE(heap);
    EXPECT_EQ(heap->object_count(), 2U);
    EXPECT_GE(heap->report.damaged_lines, 1U);
  }
}

}  // namespace
}  // namespace tidemark
