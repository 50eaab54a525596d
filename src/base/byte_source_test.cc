#include "base/byte_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "support/compress.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

struct Reading {
  std::string text;
  std::optional<Error> error;
};

Reading read_all(ByteSource& source, std::size_t piece) {
  Reading reading;
  std::vector<char> buffer(piece);
  for (;;) {
    auto got = source.read(buffer);
    if (!got) {
      reading.error = got.error();
      auto again = source.read(buffer);
      EXPECT_FALSE(again) << "an error must stay";
      return reading;
    }
    EXPECT_LE(*got, piece);
    if (*got == 0) return reading;
    reading.text.append(buffer.data(), *got);
  }
}

Reading read_all(std::string_view stored, std::size_t piece = 4096) {
  const auto source = memory_source({stored.data(), stored.size()}, "test.json");
  return read_all(*source, piece);
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i * i) + "\n";
  return text;
}

TEST(ByteSource, RecognisesCompressionByItsFirstBytes) {
  const auto kind = [](std::string_view bytes) {
    return memory_source({bytes.data(), bytes.size()})->info().compression;
  };
  EXPECT_EQ(kind(""), Compression::kNone);
  EXPECT_EQ(kind("{\"type\""), Compression::kNone);
  EXPECT_EQ(kind("\x1f"), Compression::kNone);
  EXPECT_EQ(kind("\x28\xb5\x2f"), Compression::kNone);
  EXPECT_EQ(kind(gzip("x")), Compression::kGzip);
  EXPECT_EQ(kind(zstd("x")), Compression::kZstd);
  EXPECT_EQ(kind(zstd_skippable("x")), Compression::kZstd);
}

TEST(ByteSource, ReadsPlainGzipAndZstdInPiecesOfAnySize) {
  const std::string text = lines(3000);
  for (const std::string& stored : {text, gzip(text), zstd(text), zstd(text, 19)}) {
    for (const std::size_t piece : {1UL, 2UL, 3UL, 1000UL, 100000UL}) {
      const Reading reading = read_all(stored, piece);
      EXPECT_EQ(reading.text, text);
      EXPECT_FALSE(reading.error);
    }
  }
}

TEST(ByteSource, ReadsEmptyContent) {
  for (const std::string& stored : {""s, gzip(""), zstd(""), zstd_skippable("note")}) {
    const Reading reading = read_all(stored);
    EXPECT_EQ(reading.text, "");
    EXPECT_FALSE(reading.error);
  }
}

TEST(ByteSource, ReadsMembersAndFramesOneBehindTheOther) {
  const std::vector<std::string> inputs = {
      gzip("one ") + gzip("two ") + gzip("") + gzip("three"),
      zstd("one ") + zstd("two ") + zstd("") + zstd("three"),
      zstd_skippable("note") + zstd("one ") + zstd_skippable("") + zstd("two three") +
          zstd_skippable("end"),
  };
  for (const std::string& stored : inputs) {
    for (const std::size_t piece : {1UL, 7UL, 100UL}) {
      const Reading reading = read_all(stored, piece);
      EXPECT_EQ(reading.text, "one two three");
      EXPECT_FALSE(reading.error);
    }
  }
}

TEST(ByteSource, ZerosBehindGzipArePadding) {
  const Reading reading =
      read_all(gzip("one ") + std::string(700'000, '\0') + gzip("two") + std::string(3, '\0'));
  EXPECT_EQ(reading.text, "one two");
  EXPECT_FALSE(reading.error);
}

TEST(ByteSource, GarbageBehindCompressedDataIsAnErrorAfterTheData) {
  for (const std::string& stored : {gzip("sound") + "garbage"s, zstd("sound") + "garbage"s,
                                    gzip("sound") + zstd("not"), zstd("sound") + gzip("not")}) {
    const Reading reading = read_all(stored);
    EXPECT_EQ(reading.text, "sound");
    ASSERT_TRUE(reading.error);
    EXPECT_EQ(reading.error->code, ErrorCode::kDamaged);
    EXPECT_EQ(reading.error->file, "test.json");
    EXPECT_THAT(reading.error->message, HasSubstr("damaged"));
  }
}

// However short the file was cut: what can be had is delivered, then comes an error. Between two
// members or frames nothing is missing.
TEST(ByteSource, CutCompressedDataDeliversItsSoundPart) {
  const std::string text = lines(60);
  const std::vector<std::vector<std::string>> inputs = {
      {gzip(text)},
      {zstd(text)},
      {gzip(text), gzip(text)},
      {zstd(text), zstd_skippable("note"), zstd(text)}};
  for (std::size_t kind = 0; kind < inputs.size(); ++kind) {
    std::string stored;
    std::vector<std::size_t> seams;
    for (const std::string& part : inputs[kind]) {
      stored += part;
      seams.push_back(stored.size());
    }
    const std::string whole = read_all(stored).text;
    std::size_t before = 0;
    for (std::size_t size = 4; size < stored.size(); ++size) {
      SCOPED_TRACE("input " + std::to_string(kind) + " cut at " + std::to_string(size));
      for (const std::size_t piece : {1UL, 4096UL}) {
        const Reading reading = read_all(std::string_view(stored).substr(0, size), piece);
        EXPECT_THAT(whole, StartsWith(reading.text));
        EXPECT_GE(reading.text.size(), before);
        before = reading.text.size();
        EXPECT_EQ(reading.error.has_value(), std::ranges::find(seams, size) == seams.end());
        if (reading.error) {
          EXPECT_EQ(reading.error->code, ErrorCode::kDamaged);
        }
      }
    }
  }
}

TEST(ByteSource, DamagedDataNeverPassesForSound) {
  const std::string text = lines(60);
  for (const std::string& stored : {gzip(text), zstd(text)}) {
    for (std::size_t at = 10; at < stored.size(); ++at) {
      std::string damaged = stored;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
      const Reading reading = read_all(damaged);
      EXPECT_TRUE(reading.error || reading.text == text) << at;
    }
  }
}

TEST(ByteSource, AWindowBeyondOurMemoryIsNotCalledDamage) {
  // A frame header that asks for a window of 2 GiB.
  const Reading reading = read_all("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"s);
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->code, ErrorCode::kUnsupported);
  EXPECT_THAT(reading.error->hint, HasSubstr("--long=31"));
}

TEST(ByteSource, TellsHowFarItIs) {
  const std::string stored = zstd(lines(1000));
  const auto source = memory_source({stored.data(), stored.size()});
  EXPECT_EQ(source->stored_position(), 0U);
  read_all(*source, 4096);
  EXPECT_EQ(source->stored_position(), stored.size());
  EXPECT_EQ(source->info().stored_bytes, stored.size());
}

TEST(ByteSource, OpensFiles) {
  const std::string path = testing::TempDir() + "/byte_source_test.gz";
  const std::string stored = gzip("content");
  std::ofstream(path, std::ios::binary) << stored;
  auto source = open_source(path);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ((*source)->info().name, path);
  EXPECT_TRUE((*source)->info().regular_file);
  EXPECT_EQ((*source)->info().stored_bytes, stored.size());
  EXPECT_GT((*source)->info().modified_ns, 1'000'000'000'000'000'000);
  EXPECT_EQ((*source)->info().compression, Compression::kGzip);
  EXPECT_EQ(read_all(**source, 3).text, "content");
  std::filesystem::remove(path);
}

TEST(ByteSource, SaysWhyAPathCannotBeOpened) {
  const auto missing = open_source("/no/such/file.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
  EXPECT_EQ(missing.error().file, "/no/such/file.json");
  EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
  const auto folder = open_source("/tmp");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("directory"));
}

// Standard input for the time of a test.
class StandardInput {
 public:
  explicit StandardInput(int descriptor) : kept_(dup(STDIN_FILENO)) {
    dup2(descriptor, STDIN_FILENO);
    close(descriptor);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() {
    dup2(kept_, STDIN_FILENO);
    close(kept_);
  }

 private:
  int kept_;
};

TEST(ByteSource, AFailingReadComesAfterTheBytesBeforeIt) {
  const std::string text = "good bytes";
  for (const std::string& stored : {text, gzip(text), zstd(text)}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    // A peer that closes with unread bytes resets the connection, behind what it has sent.
    ASSERT_EQ(write(ends[1], stored.data(), stored.size()), static_cast<ssize_t>(stored.size()));
    ASSERT_EQ(write(ends[0], "x", 1), 1);
    close(ends[1]);
    const StandardInput input(ends[0]);
    auto source = open_source("-");
    ASSERT_TRUE(source);
    EXPECT_FALSE((*source)->info().regular_file);
    const Reading reading = read_all(**source, 100);
    EXPECT_EQ(reading.text, text);
    ASSERT_TRUE(reading.error);
    EXPECT_EQ(reading.error->code, ErrorCode::kIo);
    EXPECT_THAT(reading.error->message, HasSubstr("reset"));
  }
}

TEST(ByteSource, WaitsForAPipeThatDoesNotBlock) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_NONBLOCK), 0);
  const StandardInput input(ends[0]);
  std::thread writer([&] {
    for (const std::string_view piece : {"some ", "slow ", "bytes"}) {
      usleep(20'000);
      EXPECT_EQ(write(ends[1], piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
    }
    close(ends[1]);
  });
  const Monitor monitor;
  auto source = open_source("-", &monitor);
  ASSERT_TRUE(source);
  EXPECT_EQ(read_all(**source, 8).text, "some slow bytes");
  writer.join();
}

TEST(ByteSource, CancelEndsWaiting) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const StandardInput input(ends[0]);
  ASSERT_EQ(write(ends[1], "12345", 5), 5);
  Monitor monitor;
  auto source = open_source("-", &monitor);
  ASSERT_TRUE(source);
  std::thread canceller([&] {
    usleep(50'000);
    monitor.cancel();
  });
  EXPECT_EQ(read_all(**source, 100).text, "12345");
  canceller.join();
  close(ends[1]);
}

}  // namespace
}  // namespace tidemark
