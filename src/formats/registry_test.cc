#include "formats/registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "formats/heap_file.h"
#include "heap/invariants.h"
#include "support/compress.h"
#include "support/corpus.h"
#include "support/dump_builder.h"
#include "support/random_dump.h"
#include "support/snapshot_builder.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

std::vector<std::string> ruby_dumps() {
  std::vector<std::string> dumps;
  for (const Ruby version : kAllRubies) {
    for (const DumpStyle& style :
         {DumpStyle{}, DumpStyle{.crlf = true}, DumpStyle{.tight = true}, DumpStyle{.loose = true},
          DumpStyle{.byte_order_mark = true}, DumpStyle{.shuffle = 7}}) {
      DumpBuilder dump(version, style);
      dump.root("vm", {0x10});
      dump.shape(0, std::nullopt);
      dump.add({.address = 0x10, .type = "ARRAY", .size = 1, .references = {0x38}});
      dump.add({.address = 0x38, .type = "STRING", .value = "text"});
      dumps.push_back(dump.text());
    }
  }
  dumps.push_back(random_dump(3, 40));
  return dumps;
}

std::vector<std::string> v8_snapshots() {
  std::vector<std::string> snapshots;
  const SnapshotBuilder snapshot = random_snapshot(5, 20);
  for (const SnapshotStyle& style :
       {SnapshotStyle{}, SnapshotStyle{.shuffled = true}, SnapshotStyle{.one_line = true},
        SnapshotStyle{.roomy = true}, SnapshotStyle{.unknown_types = true}}) {
    snapshots.push_back(snapshot.text(style));
  }
  return snapshots;
}

// Examples of every row, by its name. A row without one fails EveryRowHasExamples.
std::map<std::string, std::vector<std::string>> examples() {
  using namespace std::string_literals;
  return {
      {"ruby-dump", ruby_dumps()},
      {"v8-snapshot", v8_snapshots()},
      {"v8-heap-profile",
       {R"j({"head":{"callFrame":{"functionName":"(root)","scriptId":"0","url":"",)j"
        R"j("lineNumber":-1,"columnNumber":-1},"selfSize":0,"id":1,"children":[]},"samples":[]})j",
        "{\n  \"head\": {\n    \"callFrame\": {\n    }\n  }\n}\n"}},
      {"v8-cpu-profile",
       {R"j({"nodes":[{"id":1,"callFrame":{"functionName":"(root)"},"hitCount":0}],)j"
        R"j("startTime":1,"endTime":2,"samples":[],"timeDeltas":[]})j",
        "{\n  \"nodes\": [\n  ]\n}"}},
      {"jemalloc-profile", {"heap_v2/524288\n  t*: 28106: 56637512 [0: 0]\n"}},
      {"tcmalloc-profile", {"heap profile:   1:  100 [  5:  500] @ heapprofile\n"}},
      {"pprof-profile", {"\x0a\x04\x08\x01\x10\x02\x0a\x04\x08\x03\x10\x04\x12\x1c"s}},
      {"java-dump", {"JAVA PROFILE 1.0.2\0\0\0\0\x08"s}},
      {"go-dump", {"go1.7 heap dump\n\x06"s}},
      {"tidemark-index", {"tidemark-index\n\x01"s}},
      {"elf",
       {"\x7f"
        "ELF\x02\x01\x01"s}},
      {"tar", {"heap.json"s + std::string(248, '\0') + "ustar\0"s + "00"}},
      {"zip", {"PK\x03\x04\x14"s}},
      {"bzip2", {"BZh91AY&SY"s}},
      {"xz",
       {"\xfd"
        "7zXZ\0\0\x04"s}},
      {"lz4", {"\x04\x22\x4d\x18\x64\x40\xa7"s}},
      {"xml", {"\n<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code></Error>"}},
      {"html", {"<!DOCTYPE html>\n<html>", "<!doctype html>", " <html lang=\"en\">"}},
  };
}

Result<HeapFile> read(std::string_view bytes, const LoadOptions& options = {}) {
  Monitor monitor;
  const auto source = memory_source({bytes.data(), bytes.size()}, "dump");
  return HeapFile::read(*source, options, std::make_shared<Vocabulary>(), monitor);
}

TEST(Registry, EveryRowHasExamplesAndANameOfItsOwn) {
  const auto known = examples();
  std::set<std::string_view> names;
  std::set<std::string_view> titles;
  bool heaps = true;
  for (const Format* format : known_formats()) {
    SCOPED_TRACE(format->name);
    EXPECT_TRUE(known.contains(std::string(format->name)));
    EXPECT_TRUE(names.insert(format->name).second);
    EXPECT_TRUE(titles.insert(format->title).second);
    EXPECT_TRUE(format->title.starts_with("a") || format->title.ends_with("data"));
    if (format->open == nullptr) heaps = false;
    EXPECT_EQ(format->open != nullptr, heaps) << "those that hold heaps come first";
    if (format->open != nullptr) {
      EXPECT_FALSE(format->hint.empty());
    }
  }
  EXPECT_EQ(known.size(), known_formats().size());
}

// However much of the beginning is there: nobody but the row itself claims it, and once it does, it
// goes on to.
TEST(Registry, ARowClaimsItsOwnAtAnySplitAndNoOtherDoes) {
  for (const auto& [name, texts] : examples()) {
    for (const std::string& text : texts) {
      bool claimed = false;
      for (std::size_t size = 0; size <= text.size(); ++size) {
        const std::string_view head = std::string_view(text).substr(0, size);
        for (const Format* format : known_formats()) {
          const bool claims = format->recognise(head);
          if (format->name == name) {
            EXPECT_TRUE(claims || !claimed) << name << " forgotten at " << size;
            claimed = claims;
          } else {
            EXPECT_FALSE(claims) << format->name << " claims " << name << " at " << size;
          }
        }
      }
      EXPECT_TRUE(claimed) << name << ": " << text.substr(0, 100);
    }
  }
}

TEST(Registry, ReadsOrNamesEveryFormatPlainAndCompressed) {
  const auto known = examples();
  for (const Format* format : known_formats()) {
    for (const std::string& text : known.at(std::string(format->name))) {
      for (const std::string& stored : {text, gzip(text), zstd(text)}) {
        SCOPED_TRACE(format->name);
        auto file = read(stored);
        if (format->open == nullptr) {
          ASSERT_FALSE(file);
          EXPECT_EQ(file.error().code, ErrorCode::kNotADump);
          EXPECT_THAT(file.error().message, HasSubstr(std::string(format->title)));
          EXPECT_EQ(file.error().file, "dump");
          EXPECT_FALSE(file.error().hint.empty());
          continue;
        }
        ASSERT_TRUE(file) << file.error().message;
        EXPECT_EQ(&file->format(), format);
        ASSERT_EQ(file->size(), 1U);
        Monitor monitor;
        const auto heap = file->take(0, monitor);
        ASSERT_TRUE(heap) << heap.error().message;
        EXPECT_EQ(broken_invariant(*heap), "");
      }
    }
  }
}

// A heap, or an error with words: never a crash.
TEST(Registry, WhatIsCutAnywhereIsReadOrRefused) {
  for (const auto& [name, texts] : examples()) {
    for (const std::string& stored : {texts.front(), gzip(texts.front()), zstd(texts.front())}) {
      for (std::size_t size = 0; size < stored.size(); ++size) {
        const std::string cut = stored.substr(0, size);
        for (const bool strict : {false, true}) {
          auto file = read(cut, {.strict = strict});
          if (!file) {
            EXPECT_FALSE(file.error().message.empty()) << name << " cut at " << size;
            EXPECT_EQ(file.error().file, "dump") << name << " cut at " << size;
            continue;
          }
          ASSERT_GE(file->size(), 1U);
          Monitor monitor;
          const auto heap = file->take(file->size() - 1, monitor);
          if (heap) {
            EXPECT_EQ(broken_invariant(*heap), "");
          }
        }
      }
    }
  }
}

TEST(Registry, RefusesTheUnknownWithWhatCanBeRead) {
  for (const std::string_view text : {"", "   ", "{\"a\":1}", "[1, 2]", "Dear reader,\n", "\x01"}) {
    EXPECT_EQ(recognise(text), nullptr);
    for (const std::string& stored : {std::string(text), gzip(text), zstd(text)}) {
      const auto file = read(stored);
      ASSERT_FALSE(file);
      EXPECT_EQ(file.error().code, ErrorCode::kNotADump);
      EXPECT_THAT(file.error().message, HasSubstr("it looks like"));
      for (const Format* format : known_formats()) {
        if (format->open == nullptr) continue;
        EXPECT_THAT(file.error().hint, HasSubstr(std::string(format->title)));
      }
    }
  }
}

// Words of one format may stand in the texts of another: only its members tell.
TEST(Registry, AWordSomewhereInALineIsNoFormat) {
  const std::string_view snapshot =
      R"({"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"]}},)"
      R"("nodes":[],"edges":[],"strings":["type","root","address","\"type\"","\"root\""]})";
  ASSERT_NE(recognise(snapshot), nullptr);
  EXPECT_EQ(recognise(snapshot)->name, "v8-snapshot");
  const Format* const ruby = recognise(R"({"note":["}"],"address":"0x10","type":"OBJECT"})");
  ASSERT_NE(ruby, nullptr);
  EXPECT_EQ(ruby->name, "ruby-dump");
}

TEST(Registry, AFileOfWhichNothingCanBeReadIsAnError) {
  auto file = read(R"({"address":"0x10","type":12,"root":[)");
  Monitor monitor;
  EXPECT_FALSE(file && file->take(0, monitor));
}

TEST(Registry, SaysWhatIsBestDoneWithAProfile) {
  const auto profile = read("{\"head\":{\"callFrame\":{}}}");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().message,
            "this is a V8 allocation profile (a sampling heap profile), not a heap dump");
  EXPECT_THAT(profile.error().hint, HasSubstr("tidemark capture"));
}

TEST(Registry, KnowsTheProfilesOfNode20) {
  const std::vector<std::pair<std::string, std::string_view>> files = {
      {"profiles/node20-sampling32k.heapprofile.zst", "V8 allocation profile"},
      {"profiles/node20-load.cpuprofile.zst", "V8 CPU profile"}};
  for (const auto& [name, title] : files) {
    const std::string path = node_corpus_file(name);
    if (path.empty()) GTEST_SKIP() << "the corpus is not here";
    Monitor monitor;
    const auto file = HeapFile::open(path, {}, std::make_shared<Vocabulary>(), monitor);
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().message, HasSubstr(std::string(title)));
  }
}

}  // namespace
}  // namespace tidemark
