// Real dumps of every format, and what is known to be in them. Skipped where they are not.
#include "support/corpus.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "formats/heap_file.h"
#include "formats/ruby_dump/reading_for_tests.h"
#include "support/graph_text.h"

namespace tidemark::ruby {
namespace {

using testing::ElementsAre;

HeapGraph read_file(const std::string& path, const LoadOptions& options = {}) {
  Monitor monitor;
  auto file = HeapFile::open(path, options, std::make_shared<Vocabulary>(), monitor);
  if (!file) {
    ADD_FAILURE() << path << ": " << file.error().message;
    return {};
  }
  EXPECT_EQ(file->size(), 1U);
  auto heap = file->take(0, monitor);
  EXPECT_TRUE(heap);
  return heap ? std::move(*heap) : HeapGraph();
}

std::uint64_t count_of(const HeapGraph& heap, std::string_view class_name) {
  std::uint64_t count = 0;
  for (std::uint32_t node = heap.first_object; node < heap.node_count(); ++node) {
    count += heap.class_name(node) == class_name ? 1 : 0;
  }
  return count;
}

std::uint64_t count_with(const HeapGraph& heap, std::string_view kind, std::uint32_t extent) {
  std::uint64_t count = 0;
  for (std::uint32_t node = heap.first_object; node < heap.node_count(); ++node) {
    count += heap.extent[node] == extent && heap.kind_name(node) == kind ? 1 : 0;
  }
  return count;
}

std::uint64_t unreached(const HeapGraph& heap, bool class_edges) {
  std::vector<bool> reached(heap.node_count());
  std::vector<std::uint32_t> todo = {0};
  reached[0] = true;
  std::uint64_t count = heap.node_count() - 1;
  while (!todo.empty()) {
    const std::uint32_t node = todo.back();
    todo.pop_back();
    for (const std::uint32_t target : class_edges ? heap.edges(node) : heap.references(node)) {
      if (reached[target]) continue;
      reached[target] = true;
      --count;
      todo.push_back(target);
    }
  }
  return count;
}

TEST(RubyCorpus, EveryDumpIsReadInFull) {
  const std::vector<std::string> files = corpus_files();
  if (files.empty()) GTEST_SKIP() << "no corpus";
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    const bool since = file.ends_with("-since.json.zst");
    const HeapGraph heap = read_file(file);
    EXPECT_EQ(broken_invariant(heap), "");
    EXPECT_EQ(heap.report.damaged_lines, 0U);
    EXPECT_EQ(heap.report.duplicate_addresses, 0U);
    EXPECT_EQ(heap.report.has_roots, !since);
    if (!since) {
      EXPECT_LT(heap.report.dangling_references, 10U);
      EXPECT_GE(heap.first_object, 4U);
    }
  }
}

struct Counts {
  const char* file;
  std::uint64_t lines;
  std::uint32_t roots;
  std::uint64_t shapes;
  std::uint64_t free_slots;
  std::uint64_t repaired;
};

TEST(RubyCorpus, LinesAreObjectsRootsShapesOrFreeSlots) {
  constexpr std::array<Counts, 7> kCounts = {{
      {"formats/native31-traps-d1.json.zst", 37924, 4, 0, 0, 10},
      {"formats/native33-traps-d3.json.zst", 55802, 4, 49, 0, 10},
      {"formats/native40-traps-d3.json.zst", 55732, 4, 32, 0, 12},
      {"formats/native40-traps-d3-full.json.zst", 69482, 4, 32, 13751, 12},
      {"formats/native40-traps-d3-since.json.zst", 712, 0, 32, 0, 0},
      {"formats/wasm-3.2-d1.json.zst", 41832, 4, 187, 0, 10},
      {"formats/wasm-head-d3.json.zst", 56985, 4, 32, 0, 12},
  }};
  if (corpus_files().empty()) GTEST_SKIP() << "no corpus";
  for (const Counts& expected : kCounts) {
    SCOPED_TRACE(expected.file);
    const HeapGraph heap = read_file(corpus_file(expected.file));
    EXPECT_EQ(heap.report.lines, expected.lines);
    EXPECT_EQ(heap.report.repaired_lines, expected.repaired);
    EXPECT_EQ(heap.first_object, expected.roots + 1);
    EXPECT_EQ(heap.object_count(),
              expected.lines - expected.roots - expected.shapes - expected.free_slots);
    std::uint64_t free = 0;
    for (const SlotClass& slots : heap.slots) free += slots.free;
    EXPECT_EQ(free, expected.free_slots);
  }
}

// Method names that are not ASCII: seven lines with NUL bytes, two of them one record.
TEST(RubyCorpus, StaleBytesAreReadOver) {
  const std::string file = corpus_file("formats/native31-nonascii-method.json.zst");
  if (file.empty()) GTEST_SKIP() << "no corpus";
  const HeapGraph heap = read_file(file);
  EXPECT_EQ(heap.report.repaired_lines, 6U);
  EXPECT_EQ(heap.report.damaged_lines, 0U);
  const std::uint32_t split = node_at(heap, 0x7f9076deb170);
  EXPECT_EQ(heap.kind_name(split), "ARRAY");
  EXPECT_EQ(heap.generation_of(split), 9U);
  EXPECT_EQ(heap.shallow(split), 40U);
}

TEST(RubyCorpus, TheSmallAppLeaksRequests) {
  if (corpus_files().empty()) GTEST_SKIP() << "no corpus";
  for (const char* app : {"native31-traps", "native33-traps", "native34-traps", "native40-traps",
                          "wasm-3.2", "wasm-head"}) {
    for (std::uint32_t dump = 1; dump <= 3; ++dump) {
      const std::uint32_t items = 300 + 1200 * dump;  // 1,500 at first, 1,200 more each time
      const std::string file =
          corpus_file("formats/" + std::string(app) + "-d" + std::to_string(dump) + ".json.zst");
      SCOPED_TRACE(file);
      const HeapGraph heap = read_file(file);
      EXPECT_GE(count_of(heap, "Request"), items);
      EXPECT_LE(count_of(heap, "Request"), items + 10);
      EXPECT_GE(count_with(heap, "ARRAY", items), 1U);     // Leak::LOG
      EXPECT_GE(count_with(heap, "HASH", items / 5), 1U);  // Leak::BY_AGENT
      EXPECT_GE(count_with(heap, "HASH", 1000), 1U);       // the innocent cache
    }
  }
}

TEST(RubyCorpus, ShapesNameTheFieldsOfARequest) {
  if (corpus_files().empty()) GTEST_SKIP() << "no corpus";
  for (const char* name : {"native33-traps-d1", "native34-traps-d1", "native40-traps-d1"}) {
    SCOPED_TRACE(name);
    const HeapGraph heap = read_file(corpus_file("formats/" + std::string(name) + ".json.zst"));
    std::uint64_t as_expected = 0;
    for (std::uint32_t node = heap.first_object; node < heap.node_count(); ++node) {
      if (heap.class_name(node) != "Request" || heap.references(node).size() != 3) continue;
      // @id is an integer and has no edge, so each edge has two names to choose from.
      const auto names = heap.field_candidates(node, 2);
      const bool fits = names.size() == 2 && heap.words->text(names[0]) == "@headers" &&
                        heap.words->text(names[1]) == "@body";
      as_expected += fits ? 1 : 0;
    }
    EXPECT_GE(as_expected, 1000U);
  }
}

TEST(RubyCorpus, RedmineLeaksAuditEntries) {
  if (corpus_files().empty()) GTEST_SKIP() << "no corpus";
  const std::array<std::pair<const char*, std::uint32_t>, 6> dumps = {
      {{"redmine-traced/d1", 1502},
       {"redmine-traced/d2", 2702},
       {"redmine-traced/d3", 3902},
       {"redmine-untraced/u1", 1000},
       {"redmine-untraced/u2", 1700},
       {"redmine-untraced/u3", 2400}}};
  for (const auto& [name, requests] : dumps) {
    const bool traced = name[8] == 't';
    SCOPED_TRACE(name);
    const HeapGraph heap = read_file(corpus_file(std::string(name) + ".json.zst"), {.threads = 2});
    EXPECT_EQ(count_of(heap, "RequestAudit::Entry"), requests);
    EXPECT_GE(count_with(heap, "ARRAY", requests), 1U);                         // LOG
    EXPECT_GE(count_with(heap, "HASH", traced ? requests - 1 : requests), 1U);  // SEEN_AGENTS
    EXPECT_GE(count_with(heap, "HASH", 1000), 1U);                              // FragmentCache
    EXPECT_EQ(heap.report.traced_objects > 0, traced);
    EXPECT_EQ(heap.site.empty(), !traced);
  }
}

TEST(RubyCorpus, ClassEdgesMakeAllLiveObjectsReachable) {
  const std::string file = corpus_file("redmine-traced/d3.json.zst");
  if (file.empty()) GTEST_SKIP() << "no corpus";
  const HeapGraph heap = read_file(file, {.threads = 2});
  EXPECT_EQ(heap.report.lines, 553'348U);
  EXPECT_EQ(heap.object_count(), 553'343U);
  EXPECT_GT(unreached(heap, false), 10'000U);
  EXPECT_EQ(unreached(heap, true), 10U);  // garbage that no full GC has freed
  std::uint64_t overhead = 0;
  for (std::uint32_t node = 0; node < heap.node_count(); ++node) {
    if ((heap.flags[node] & kOverhead) != 0) overhead += heap.shallow(node);
  }
  EXPECT_EQ(overhead, 67'338'440U);
}

TEST(RubyCorpus, ObjectsFromBeforeTracingHaveNoGeneration) {
  const std::string file = corpus_file("redmine-traced/d2.json.zst");
  if (file.empty()) GTEST_SKIP() << "no corpus";
  const HeapGraph heap = read_file(file, {.threads = 2});
  EXPECT_EQ(heap.report.lines, 530'519U);
  EXPECT_EQ(heap.object_count() - heap.report.traced_objects, 32'089U);
}

TEST(RubyCorpus, BlocksAndThreadsMakeNoDifference) {
  if (corpus_files().empty()) GTEST_SKIP() << "no corpus";
  for (const char* name : {"native31-nonascii-method", "native40-traps-d3-full", "wasm-3.2-d1"}) {
    SCOPED_TRACE(name);
    const std::string path = corpus_file("formats/" + std::string(name) + ".json.zst");
    const auto read = [&](std::size_t block_size, unsigned threads) {
      Monitor monitor;
      auto source = open_source(path);
      auto stream = Stream::read(**source, {}, {.threads = threads, .block_size = block_size},
                                 std::make_shared<Vocabulary>(), monitor);
      return graph_text(*stream->take(0, monitor));
    };
    const std::string expected = read(std::size_t{1} << 25, 1);
    EXPECT_EQ(read(1000, 1), expected);
    EXPECT_EQ(read(100'000, 3), expected);
  }
}

}  // namespace
}  // namespace tidemark::ruby
