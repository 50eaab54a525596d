#include "transfer/byte_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/byte_source.h"
#include "support/temporary_folder.h"
#include "transfer/background_sink.h"

namespace tidemark {
namespace {

using std::chrono::milliseconds;

std::string random_text(std::size_t bytes) {
  std::mt19937_64 random(bytes + 1);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>('a' + random() % 4);
  return text;
}

std::string uncompressed(const std::string& path) {
  auto source = open_source(path);
  EXPECT_TRUE(source);
  std::string out;
  std::vector<char> block(65'536);
  while (true) {
    const auto got = (*source)->read(block);
    EXPECT_TRUE(got);
    if (!got || *got == 0) return out;
    out.append(block.data(), *got);
  }
}

TEST(FileSink, AFileHasItsNameOnlyWhenItIsWhole) {
  const TemporaryFolder folder;
  const std::string path = folder / "dump";
  {
    auto sink = file_sink(path);
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->write(std::string("abc")));
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::exists(path + ".partial"));
    struct stat status{};
    ASSERT_EQ(stat((path + ".partial").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_TRUE((*sink)->write(std::string("def")));
    ASSERT_TRUE((*sink)->finish());
    EXPECT_EQ((*sink)->stored_bytes(), 6U);
  }
  EXPECT_EQ(read_file(path), "abcdef");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(FileSink, WhatIsAbandonedLeavesNothingAndTheOldFileStays) {
  const TemporaryFolder folder;
  const std::string path = folder / "dump";
  write_file(path, "old");
  {
    auto sink = file_sink(path);
    ASSERT_TRUE(sink);
    ASSERT_TRUE((*sink)->write(std::string("new")));
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
}

TEST(FileSink, AFullDiskIsSaidWithAWayOn) {
  auto sink = file_sink("/dev/full");
  ASSERT_TRUE(sink);
  const auto done = (*sink)->write(std::string(100'000, 'x'));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, testing::HasSubstr("No space left"));
  EXPECT_THAT(done.error().hint, testing::HasSubstr("-o"));
}

TEST(FileSink, AFolderThatIsNotThereIsRefused) {
  const auto sink = file_sink("/nowhere/at/all");
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, ErrorCode::kIo);
  EXPECT_FALSE(file_sink("/tmp"));
}

TEST(ZstdSink, ComesBackAsItWent) {
  const TemporaryFolder folder;
  for (const std::size_t bytes : {0UL, 1UL, 70'000UL, 3'000'000UL}) {
    const std::string text = random_text(bytes);
    auto file = file_sink(folder / "x.zst");
    ASSERT_TRUE(file);
    const auto sink = zstd_sink(std::move(*file));
    for (std::size_t at = 0; at < text.size(); at += 100'000) {
      ASSERT_TRUE(
          sink->write(std::span(text).subspan(at, std::min<std::size_t>(100'000, bytes - at))));
    }
    ASSERT_TRUE(sink->finish());
    EXPECT_EQ(uncompressed(folder / "x.zst"), text);
    EXPECT_EQ(sink->stored_bytes(), std::filesystem::file_size(folder / "x.zst"));
  }
}

// Writes into a string, slowly if asked, and fails after some blocks.
class TestSink final : public ByteSink {
 public:
  Result<void> write(std::span<const char> bytes) override {
    if (slow) std::this_thread::sleep_for(milliseconds(1));
    if (blocks_before_failure-- == 0) return fail(ErrorCode::kIo, "it broke");
    text.append(bytes.data(), bytes.size());
    return {};
  }
  Result<void> finish() override { return {}; }
  void abandon() override {}
  [[nodiscard]] std::uint64_t stored_bytes() const override { return text.size(); }
  bool slow = false;
  int blocks_before_failure = 1'000'000;
  std::string text;
};

TEST(BackgroundSinkThread, EverythingArrivesInOrder) {
  TestSink sink;
  sink.slow = true;
  std::string expected;
  BackgroundSink background(sink);
  for (std::size_t i = 0; i < 100; ++i) {
    const std::string block = random_text(100 + i);
    expected += block;
    while (!background.wait_for_room(milliseconds(5))) {
    }
    background.push({block.begin(), block.end()});
  }
  while (!background.drained(milliseconds(5))) {
  }
  EXPECT_FALSE(background.failure());
  EXPECT_EQ(sink.text, expected);
}

TEST(BackgroundSinkThread, AFailureIsToldAndNothingWaits) {
  TestSink sink;
  sink.blocks_before_failure = 3;
  BackgroundSink background(sink);
  for (int i = 0; i < 200; ++i) {
    while (!background.wait_for_room(milliseconds(5))) {
    }
    background.push(std::vector<char>(10, 'x'));
  }
  EXPECT_TRUE(background.drained(milliseconds(10'000)));
  ASSERT_TRUE(background.failure());
  EXPECT_EQ(background.failure()->message, "it broke");
}

TEST(BackgroundSinkThread, EndsWithWorkLeft) {
  TestSink sink;
  sink.slow = true;
  BackgroundSink background(sink);
  for (std::size_t i = 0; i < BackgroundSink::kMostBlocks; ++i) background.push({'x'});
}

// A name that the program makes can be foreseen: what stands there already may be a trap.
TEST(FileSink, ANameOfOursLeadsNowhereElse) {
  const TemporaryFolder folder;
  const std::string fifo = folder / "dump.fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0666), 0);
  EXPECT_FALSE(file_sink(fifo, NameBy::kProgram));
  const std::string link = folder / "dump.link";
  ASSERT_EQ(symlink("/dev/null", link.c_str()), 0);
  const auto refused = file_sink(link, NameBy::kProgram);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("a link of user"), std::string::npos);
  EXPECT_TRUE(file_sink(folder / "dump.json", NameBy::kProgram));
  if (geteuid() == 0) {
    ASSERT_EQ(chown(fifo.c_str(), 65534, 65534), 0);
    EXPECT_FALSE(file_sink(fifo));
  }
}

TEST(FileSink, AFileThatWasExchangedIsNoSuccess) {
  const TemporaryFolder folder;
  const std::string path = folder / "dump.json";
  auto sink = file_sink(path, NameBy::kProgram);
  ASSERT_TRUE(sink);
  ASSERT_TRUE((*sink)->write(std::string("heap")));
  ASSERT_EQ(unlink((path + ".partial").c_str()), 0);
  std::ofstream(path + ".partial") << "another";
  EXPECT_FALSE((*sink)->finish());
}

}  // namespace
}  // namespace tidemark
