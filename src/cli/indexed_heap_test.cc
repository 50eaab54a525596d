#include "cli/indexed_heap.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

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

class IndexedHeapTest : public testing::Test {
 protected:
  static constexpr int kObjects = 60'000;

  IndexedHeapTest() {
    const char* const before = std::getenv("XDG_CACHE_HOME");
    if (before != nullptr) cache_before_ = before;
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    write_file(dump_, dump_text(kObjects));
  }
  ~IndexedHeapTest() override {
    unsetenv("XDG_CACHE_HOME");
    if (cache_before_) setenv("XDG_CACHE_HOME", cache_before_->c_str(), 1);
  }

  Result<AnalysedHeap> open(const std::string& path) {
    LoadOptions options = options_;
    options.strict = common_.strict;
    testing::internal::CaptureStderr();
    auto heap = open_analysed_heap(path, common_, options, monitor_, words_);
    messages_ = testing::internal::GetCapturedStderr();
    return heap;
  }
  // Waits for the index to be written.
  AnalysedHeap opened(const std::string& path) {
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
  CommonOptions common_{.color = ColorMode::kNever, .threads = 2};
  LoadOptions options_{.threads = 2};
  Monitor monitor_;
  std::shared_ptr<Vocabulary> words_;
  std::string messages_;
  bool index_written_ = false;
};

void expect_same(const AnalysedHeap& a, const AnalysedHeap& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(difference(a.graph, b.graph), "");
  EXPECT_TRUE(std::ranges::equal(a.dominators.idom, b.dominators.idom));
  EXPECT_TRUE(std::ranges::equal(a.dominators.order, b.dominators.order));
  EXPECT_TRUE(std::ranges::equal(a.dominators.retained, b.dominators.retained));
  EXPECT_EQ(a.dominators.reachable_bytes, b.dominators.reachable_bytes);
  EXPECT_EQ(a.dominators.unreachable_bytes, b.dominators.unreachable_bytes);
  EXPECT_EQ(a.dominators.reachable_count, b.dominators.reachable_count);
}

TEST_F(IndexedHeapTest, OpensTheSameHeapFromTheIndexThreads) {
  const AnalysedHeap first = opened(dump_);
  EXPECT_FALSE(first.from_index);
  EXPECT_TRUE(index_written_);
  EXPECT_EQ(first.graph.object_count(), static_cast<std::uint32_t>(kObjects));
  const AnalysedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  EXPECT_FALSE(second.index_written.valid());
  EXPECT_FALSE(second.graph.duplicate_texts.empty());
  EXPECT_FALSE(second.graph.content.empty());
  expect_same(first, second);
}

TEST_F(IndexedHeapTest, DestroyingTheHeapFinishesTheIndex) {
  {
    ASSERT_TRUE(open(dump_));
  }
  EXPECT_TRUE(opened(dump_).from_index);
}

TEST_F(IndexedHeapTest, SharesAVocabulary) {
  const AnalysedHeap first = opened(dump_);
  words_ = std::make_shared<Vocabulary>();
  words_->intern("a word");
  words_->intern_class("A class");
  const AnalysedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  EXPECT_EQ(second.graph.words, words_);
  expect_same(first, second);
}

TEST_F(IndexedHeapTest, ReadsAgainWhenTheDumpChanged) {
  opened(dump_);
  write_file(dump_, dump_text(kObjects + 1));
  const AnalysedHeap heap = opened(dump_);
  EXPECT_FALSE(heap.from_index);
  EXPECT_EQ(heap.graph.object_count(), static_cast<std::uint32_t>(kObjects) + 1);
  EXPECT_TRUE(opened(dump_).from_index);
  EXPECT_EQ(index_files(), 1U);
}

TEST_F(IndexedHeapTest, ReadsAgainWhenTheIndexIsDamaged) {
  const AnalysedHeap first = opened(dump_);
  const std::string index = fs::directory_iterator(folder_ / "cache/tidemark")->path().string();
  std::string bytes = read_file(index);
  bytes[bytes.size() / 2] ^= 1;
  write_file(index, bytes);
  const AnalysedHeap second = opened(dump_);
  EXPECT_FALSE(second.from_index);
  EXPECT_EQ(messages_, "");
  expect_same(first, second);
  EXPECT_TRUE(opened(dump_).from_index);
}

TEST_F(IndexedHeapTest, NeitherReadsNorWritesAnIndexWhenNotWanted) {
  common_.use_index = false;
  const AnalysedHeap heap = opened(dump_);
  EXPECT_TRUE(heap.graph.duplicate_texts.empty());
  EXPECT_EQ(index_files(), 0U);
  common_.use_index = true;
  opened(dump_);
  common_.use_index = false;
  EXPECT_FALSE(opened(dump_).from_index);
}

TEST_F(IndexedHeapTest, HasNoIndexForASmallDumpOrAnotherKindOfGraph) {
  write_file(dump_, dump_text(1000));
  opened(dump_);
  EXPECT_EQ(index_files(), 0U);
  write_file(dump_, dump_text(kObjects));
  options_.every_line = true;
  opened(dump_);
  EXPECT_EQ(index_files(), 0U);
}

TEST_F(IndexedHeapTest, SaysAgainWhatWasDamaged) {
  write_file(dump_, dump_text(kObjects) + "{\"address\":\"0x1\", \"type\":\n");
  const AnalysedHeap first = opened(dump_);
  EXPECT_THAT(messages_, HasSubstr("1 line left out as damaged"));
  const std::string said = messages_;
  const AnalysedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  EXPECT_EQ(messages_, said);
  common_.quiet = true;
  opened(dump_);
  EXPECT_EQ(messages_, "");
  common_.strict = true;
  const auto strict = open(dump_);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().code, ErrorCode::kDamaged);
  EXPECT_TRUE(strict.error().offset.has_value());
}

TEST_F(IndexedHeapTest, UsesTheIndexOfASoundDumpWithStrict) {
  opened(dump_);
  common_.strict = true;
  EXPECT_TRUE(opened(dump_).from_index);
}

TEST_F(IndexedHeapTest, SaysAgainThatAStreamHoldsSeveralDumps) {
  write_file(dump_, dump_text(5) + dump_text(kObjects));
  const AnalysedHeap first = opened(dump_);
  EXPECT_EQ(first.name, dump_ + "#2");
  EXPECT_THAT(messages_, HasSubstr("holds 2 dumps"));
  const std::string said = messages_;
  const AnalysedHeap second = opened(dump_);
  EXPECT_TRUE(second.from_index);
  EXPECT_EQ(messages_, said);
  expect_same(first, second);
}

TEST_F(IndexedHeapTest, IndexesACompressedDump) {
  const std::string text = dump_text(kObjects);
  const std::string path = folder_ / "heap.json.gz";
  const gzFile file = gzopen(path.c_str(), "wb1");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const AnalysedHeap first = opened(path);
  EXPECT_TRUE(index_written_);
  const AnalysedHeap second = opened(path);
  EXPECT_TRUE(second.from_index);
  expect_same(first, second);
}

TEST_F(IndexedHeapTest, WorksWithoutAPlaceForIndexes) {
  write_file(folder_ / "cache", "in the way");
  const AnalysedHeap heap = opened(dump_);
  EXPECT_FALSE(heap.from_index);
  EXPECT_FALSE(index_written_);
  EXPECT_EQ(messages_, "");
}

TEST_F(IndexedHeapTest, CancelStopsTheIndex) {
  auto heap = open(dump_);
  ASSERT_TRUE(heap);
  monitor_.cancel();
  const bool written = heap->index_written.get();
  EXPECT_EQ(index_files(), written ? 1U : 0U);
}

TEST_F(IndexedHeapTest, ErrorsAreThoseOfTheDump) {
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
