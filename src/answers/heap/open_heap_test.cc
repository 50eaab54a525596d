#include "answers/heap/open_heap.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "support/index_bytes.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A dump of `objects` strings and arrays, about 190 bytes each.
std::string dump_text(int objects) {
  std::string text = "{\"type\":\"ROOT\", \"root\":\"vm\", \"references\":[\"0x10000\"]}\n";
  for (int i = 0; i < objects; ++i) {
    const int address = 0x10000 + i * 40;
    const int next = 0x10000 + (i * 7919 % objects) * 40;
    text += i % 3 == 0 ? fmt::format(
                             "{{\"address\":\"{:#x}\", \"type\":\"STRING\", \"embedded\":true, "
                             "\"bytesize\":9, \"value\":\"text {:04}\", \"encoding\":\"UTF-8\", "
                             "\"memsize\":40, \"flags\":{{\"wb_protected\":true}}}}\n",
                             address, i % 500)
                       : fmt::format(
                             "{{\"address\":\"{:#x}\", \"type\":\"ARRAY\", \"length\":2, "
                             "\"references\":[\"{:#x}\", \"{:#x}\"], \"file\":\"app/list.rb\", "
                             "\"line\":{}, \"method\":\"add\", \"generation\":{}, "
                             "\"memsize\":40, \"flags\":{{\"wb_protected\":true}}}}\n",
                             address, next, address + 40, i % 90, i % 12);
  }
  return text;
}

class OpenHeapTest : public testing::Test {
 protected:
  static constexpr int kObjects = 60'000;

  OpenHeapTest() {
    const char* const before = std::getenv("XDG_CACHE_HOME");
    if (before != nullptr) cache_before_ = before;
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    write_file(dump_, dump_text(kObjects));
  }
  ~OpenHeapTest() override {
    unsetenv("XDG_CACHE_HOME");
    if (cache_before_) setenv("XDG_CACHE_HOME", cache_before_->c_str(), 1);
  }

  Result<OpenedHeap> open(const std::string& path) { return open_heap(path, options_, monitor_); }
  // Waits for the index to be written.
  OpenedHeap opened(const std::string& path) {
    auto heap = open(path);
    EXPECT_TRUE(heap) << heap.error().message;
    if (!heap) return {};
    if (heap->index_written.valid()) index_written_ = heap->index_written.get();
    return std::move(*heap);
  }
  std::size_t index_files() {
    std::error_code none;
    const fs::directory_iterator files(folder_ / "cache/tidemark", none);
    return none ? 0 : static_cast<std::size_t>(std::distance(files, fs::directory_iterator()));
  }

  TemporaryFolder folder_;
  std::string dump_ = folder_ / "heap.json";
  std::optional<std::string> cache_before_;
  OpenOptions options_{.load = {.threads = 2}};
  Monitor monitor_;
  bool index_written_ = false;
};

void expect_same(const OpenedHeap& a, const OpenedHeap& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(difference(a.graph, b.graph), "");
  ASSERT_EQ(a.notices.size(), b.notices.size());
  for (std::size_t i = 0; i < a.notices.size(); ++i) {
    EXPECT_EQ(a.notices[i].code, b.notices[i].code);
    EXPECT_EQ(a.notices[i].message, b.notices[i].message);
    EXPECT_EQ(a.notices[i].file, b.notices[i].file);
    EXPECT_EQ(a.notices[i].offset, b.notices[i].offset);
  }
  EXPECT_TRUE(std::ranges::equal(a.dominators.idom, b.dominators.idom));
  EXPECT_TRUE(std::ranges::equal(a.dominators.order, b.dominators.order));
  EXPECT_TRUE(std::ranges::equal(a.dominators.retained, b.dominators.retained));
  EXPECT_EQ(a.dominators.reachable_bytes, b.dominators.reachable_bytes);
  EXPECT_EQ(a.dominators.unreachable_bytes, b.dominators.unreachable_bytes);
  EXPECT_EQ(a.dominators.reachable_count, b.dominators.reachable_count);
}

TEST_F(OpenHeapTest, OpensTheSameHeapFromTheIndexThreads) {
  const OpenedHeap first = opened(dump_);
  EXPECT_FALSE(first.from_index);
  EXPECT_TRUE(index_written_);
  EXPECT_EQ(first.graph.object_count(), static_cast<std::uint32_t>(kObjects));
  const OpenedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  EXPECT_FALSE(second.index_written.valid());
  EXPECT_FALSE(second.graph.duplicate_texts.empty());
  EXPECT_FALSE(second.graph.content.empty());
  expect_same(first, second);
}

TEST_F(OpenHeapTest, DestroyingTheHeapFinishesTheIndex) {
  {
    ASSERT_TRUE(open(dump_));
  }
  EXPECT_TRUE(opened(dump_).from_index);
}

TEST_F(OpenHeapTest, SharesAVocabulary) {
  const OpenedHeap first = opened(dump_);
  options_.words = std::make_shared<Vocabulary>();
  options_.words->intern("a word");
  options_.words->intern_class("A class");
  const OpenedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  EXPECT_EQ(second.graph.words, options_.words);
  expect_same(first, second);
}

TEST_F(OpenHeapTest, ReadsAgainWhenTheDumpChanged) {
  opened(dump_);
  write_file(dump_, dump_text(kObjects + 1));
  const OpenedHeap heap = opened(dump_);
  EXPECT_FALSE(heap.from_index);
  EXPECT_EQ(heap.graph.object_count(), static_cast<std::uint32_t>(kObjects) + 1);
  EXPECT_TRUE(opened(dump_).from_index);
  EXPECT_EQ(index_files(), 1U);
}

TEST_F(OpenHeapTest, ReadsAgainWhenTheIndexIsDamaged) {
  const OpenedHeap first = opened(dump_);
  const std::string index = fs::directory_iterator(folder_ / "cache/tidemark")->path().string();
  std::string bytes = read_file(index);
  bytes[bytes.size() / 2] ^= 1;
  write_file(index, bytes);
  const OpenedHeap second = opened(dump_);
  EXPECT_FALSE(second.from_index);
  EXPECT_TRUE(second.notices.empty());
  expect_same(first, second);
  EXPECT_TRUE(opened(dump_).from_index);
}

TEST_F(OpenHeapTest, NeitherReadsNorWritesAnIndexWhenNotWanted) {
  options_.use_index = false;
  const OpenedHeap heap = opened(dump_);
  EXPECT_TRUE(heap.graph.duplicate_texts.empty());
  EXPECT_EQ(index_files(), 0U);
  options_.use_index = true;
  opened(dump_);
  options_.use_index = false;
  EXPECT_FALSE(opened(dump_).from_index);
}

TEST_F(OpenHeapTest, HasNoIndexForASmallDumpOrAnotherKindOfGraph) {
  write_file(dump_, dump_text(1000));
  opened(dump_);
  EXPECT_EQ(index_files(), 0U);
  write_file(dump_, dump_text(kObjects));
  options_.load.every_line = true;
  opened(dump_);
  EXPECT_EQ(index_files(), 0U);
}

TEST_F(OpenHeapTest, SaysAgainWhatWasDamaged) {
  write_file(dump_, dump_text(kObjects) + "{\"address\":\"0x1\", \"type\":\n");
  const OpenedHeap first = opened(dump_);
  ASSERT_EQ(first.notices.size(), 1U);
  EXPECT_EQ(first.notices[0].code, "damaged_lines");
  EXPECT_THAT(first.notices[0].message, HasSubstr("1 line left out as damaged"));
  EXPECT_EQ(first.notices[0].file, dump_);
  EXPECT_EQ(first.notices[0].offset, dump_text(kObjects).size());
  const OpenedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  expect_same(first, second);
  options_.load.strict = true;
  const auto strict = open(dump_);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().code, ErrorCode::kDamaged);
  EXPECT_TRUE(strict.error().offset.has_value());
}

TEST_F(OpenHeapTest, UsesTheIndexOfASoundDumpWithStrict) {
  opened(dump_);
  options_.load.strict = true;
  EXPECT_TRUE(opened(dump_).from_index);
}

TEST_F(OpenHeapTest, SaysAgainThatAStreamHoldsSeveralDumps) {
  write_file(dump_, dump_text(5) + dump_text(kObjects));
  const OpenedHeap first = opened(dump_);
  EXPECT_EQ(first.name, dump_ + "#2");
  ASSERT_EQ(first.notices.size(), 1U);
  EXPECT_EQ(first.notices[0].code, "several_dumps");
  EXPECT_THAT(first.notices[0].message, HasSubstr("holds 2 dumps"));
  EXPECT_EQ(first.notices[0].file, dump_);
  const OpenedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  expect_same(first, second);
}

TEST_F(OpenHeapTest, IndexesACompressedDump) {
  const std::string text = dump_text(kObjects);
  const std::string path = folder_ / "heap.json.gz";
  const gzFile file = gzopen(path.c_str(), "wb1");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const OpenedHeap first = opened(path);
  EXPECT_TRUE(index_written_);
  const OpenedHeap second = opened(path);
  EXPECT_TRUE(second.from_index);
  expect_same(first, second);
}

TEST_F(OpenHeapTest, WorksWithoutAPlaceForIndexes) {
  write_file(folder_ / "cache", "in the way");
  const OpenedHeap heap = opened(dump_);
  EXPECT_FALSE(heap.from_index);
  EXPECT_FALSE(index_written_);
  EXPECT_TRUE(heap.notices.empty());
}

// What a page or an agent does: several dumps at once, one of which nobody waits for any more.
TEST_F(OpenHeapTest, OpensSeveralAtOnceThreads) {
  const std::string other = folder_ / "other.json";
  write_file(other, dump_text(1000));
  Result<OpenedHeap> large;
  Result<OpenedHeap> small;
  Monitor small_monitor;
  std::thread reader([&] { large = open(dump_); });
  small = open_heap(other, options_, small_monitor);
  reader.join();
  ASSERT_TRUE(large);
  ASSERT_TRUE(small);
  EXPECT_EQ(large->graph.object_count(), static_cast<std::uint32_t>(kObjects));
  EXPECT_EQ(small->graph.object_count(), 1000U);
}

TEST_F(OpenHeapTest, ShowsTheHeapBeforeItIsReturned) {
  for (const bool from_index : {false, true}) {
    std::uint32_t seen = 0;
    options_.beside = [&](const HeapGraph& graph) { seen = graph.object_count(); };
    const OpenedHeap heap = opened(dump_);
    EXPECT_EQ(heap.from_index, from_index);
    EXPECT_EQ(seen, heap.graph.object_count());
  }
}

TEST_F(OpenHeapTest, CancelStopsTheIndex) {
  auto heap = open(dump_);
  ASSERT_TRUE(heap);
  monitor_.cancel();
  const bool written = heap->index_written.get();
  EXPECT_EQ(index_files(), written ? 1U : 0U);
}

TEST_F(OpenHeapTest, ErrorsAreThoseOfTheDump) {
  const auto missing = open(folder_ / "missing.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  write_file(dump_, "hello");
  const auto other = open(dump_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kNotADump);
}

}  // namespace
}  // namespace tidemark
