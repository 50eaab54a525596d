#include "base/line_blocks.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <thread>

#include "support/compress.h"

namespace tidemark {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// All blocks of a text; checks what holds for every block.
std::vector<std::string> blocks_of(std::string_view text, LineLimits limits,
                                   std::size_t head_size = 0) {
  Monitor monitor;
  const auto source = memory_source({text.data() + head_size, text.size() - head_size});
  const std::vector<char> head(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(head_size));
  LineBlocks blocks(*source, head, monitor, limits);
  std::vector<std::string> all;
  LineBlock block;
  while (blocks.next(block)) {
    EXPECT_EQ(block.sequence, all.size());
    EXPECT_GT(block.size, 0U);
    EXPECT_GE(block.bytes.size(), block.size + LineBlock::kPadding);
    EXPECT_TRUE(std::all_of(
        block.bytes.begin() + static_cast<std::ptrdiff_t>(block.size),
        block.bytes.begin() + static_cast<std::ptrdiff_t>(block.size + LineBlock::kPadding),
        [](char c) { return c == '\0'; }));
    all.emplace_back(block.bytes.data(), block.size);
    EXPECT_EQ(text.substr(block.offset, block.size), all.back());
  }
  EXPECT_FALSE(blocks.next(block));
  EXPECT_FALSE(blocks.failure());
  EXPECT_EQ(blocks.bytes_read(), text.size());
  return all;
}

std::string joined(const std::vector<std::string>& blocks) {
  std::string all;
  for (const std::string& block : blocks) all += block;
  return all;
}

std::string random_lines(std::uint64_t seed, std::size_t count, std::size_t longest) {
  std::mt19937_64 random(seed);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += std::string(random() % longest, 'a') + "\n";
  return text;
}

TEST(LineBlocks, NothingGivesNoBlock) { EXPECT_THAT(blocks_of("", {}), IsEmpty()); }

TEST(LineBlocks, BlocksAreWholeLines) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const std::string text = random_lines(seed, 50, 30);
    for (std::size_t block_size = 1; block_size < 200; block_size += 3) {
      for (const std::size_t head :
           {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size()}) {
        const auto blocks = blocks_of(text, {.block_size = block_size}, head);
        ASSERT_EQ(joined(blocks), text);
        for (const std::string& block : blocks) ASSERT_EQ(block.back(), '\n');
      }
    }
  }
}

TEST(LineBlocks, TheLastLineMayLackItsNewline) {
  for (std::size_t block_size = 1; block_size < 20; ++block_size) {
    const auto blocks = blocks_of("one\ntwo\nthree", {.block_size = block_size});
    EXPECT_EQ(joined(blocks), "one\ntwo\nthree");
    EXPECT_THAT(blocks.back(), testing::EndsWith("three"));
  }
  EXPECT_THAT(blocks_of("one", {}), ElementsAre("one"));
}

TEST(LineBlocks, ALongLineMakesItsBlockGrow) {
  const std::string text = "short\n" + std::string(100'000, 'x') + "\nshort\n";
  const auto blocks = blocks_of(text, {.block_size = 10});
  EXPECT_EQ(joined(blocks), text);
}

TEST(LineBlocks, TooLongLinesAreReadPast) {
  const std::string good = "good\n";
  const std::string bad = std::string(1000, 'x') + "\n";
  for (std::size_t block_size = 1; block_size < 40; ++block_size) {
    const std::string text = good + bad + good + good + bad + good;
    Monitor monitor;
    const auto source = memory_source(text);
    LineBlocks blocks(*source, {}, monitor, {.block_size = block_size, .longest_line = 100});
    LineBlock block;
    std::string kept;
    while (blocks.next(block)) {
      const std::string_view content(block.bytes.data(), block.size);
      EXPECT_EQ(std::string_view(text).substr(block.offset, block.size), content);
      kept += content;
    }
    EXPECT_EQ(kept, good + good + good + good);
    EXPECT_EQ(blocks.dropped_lines(), 2U);
    EXPECT_EQ(blocks.first_dropped_offset(), good.size());
  }
}

TEST(LineBlocks, ATooLongLastLineIsDroppedToo) {
  Monitor monitor;
  const std::string text = "good\n" + std::string(1000, 'x');
  const auto source = memory_source(text);
  LineBlocks blocks(*source, {}, monitor, {.block_size = 16, .longest_line = 100});
  LineBlock block;
  ASSERT_TRUE(blocks.next(block));
  EXPECT_EQ(block.size, 5U);
  EXPECT_FALSE(blocks.next(block));
  EXPECT_EQ(blocks.dropped_lines(), 1U);
}

TEST(LineBlocks, EndsBlocksBeforeRecordsWhereItCan) {
  const auto begins_record = [](const char* line, const char* end) {
    return end - line >= 2 && line[0] == '{' && line[1] == 'r';
  };
  const std::string text = "{r1\ntail\n{r2\n{r3\ntail\n{no\ntail\n{r4\n";
  for (std::size_t block_size = 1; block_size < 60; ++block_size) {
    const auto blocks = blocks_of(text, {.block_size = block_size, .begins_record = begins_record});
    EXPECT_EQ(joined(blocks), text);
    for (const std::string& block : blocks) EXPECT_THAT(block, testing::StartsWith("{r"));
  }
  // But it does not hold on to text without records for ever.
  const std::string plain = random_lines(1, 30'000, 60);
  EXPECT_GT(blocks_of(plain, {.block_size = 1000, .begins_record = begins_record}).size(), 3U);
}

TEST(LineBlocks, AnErrorComesAfterAllSoundLines) {
  const std::string text = random_lines(3, 2000, 60);
  const std::string stored = zstd(text);
  const std::string cut = stored.substr(0, stored.size() - 5);
  Monitor monitor;
  const auto source = memory_source(cut);
  LineBlocks blocks(*source, {}, monitor, {.block_size = 1000});
  LineBlock block;
  std::string kept;
  while (blocks.next(block)) kept.append(block.bytes.data(), block.size);
  ASSERT_TRUE(blocks.failure());
  EXPECT_EQ(blocks.failure()->code, ErrorCode::kDamaged);
  EXPECT_EQ(blocks.failure()->offset, kept.size());
  EXPECT_THAT(text, testing::StartsWith(kept));
}

TEST(LineBlocks, ThreadsShareTheBlocks) {
  const std::string text = random_lines(5, 5000, 60);
  Monitor monitor;
  const auto source = memory_source(text);
  LineBlocks blocks(*source, {}, monitor, {.block_size = 500});
  std::mutex mutex;
  std::vector<std::pair<std::uint32_t, std::string>> all;
  const auto work = [&] {
    LineBlock block;
    while (blocks.next(block)) {
      const std::scoped_lock lock(mutex);
      all.emplace_back(block.sequence, std::string(block.bytes.data(), block.size));
    }
  };
  {
    const std::jthread first(work);
    const std::jthread second(work);
    work();
  }
  std::ranges::sort(all);
  std::string content;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].first, i);
    content += all[i].second;
  }
  EXPECT_EQ(content, text);
}

TEST(LineBlocks, CancelEndsTheBlocks) {
  const std::string text = random_lines(5, 500, 60);
  Monitor monitor;
  const auto source = memory_source(text);
  LineBlocks blocks(*source, {}, monitor, {.block_size = 500});
  LineBlock block;
  EXPECT_TRUE(blocks.next(block));
  monitor.cancel();
  EXPECT_FALSE(blocks.next(block));
}

}  // namespace
}  // namespace tidemark
