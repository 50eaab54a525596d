#include "base/remote_bytes.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "base/byte_source.h"
#include "support/compress.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

// An object that holds its own address, compressed; given out byte by byte.
class Echo final : public RemoteBytes {
 public:
  explicit Echo(std::string_view path) : stored_(gzip(path)) {}
  Result<std::size_t> read(std::span<char> out) override {
    if (out.empty() || next_ == stored_.size()) return 0;
    out.front() = stored_[next_++];
    return 1;
  }

 private:
  std::string stored_;
  std::size_t next_ = 0;
};

Result<std::unique_ptr<RemoteBytes>> open_echo(const std::string& path, const Monitor* /*unused*/) {
  return std::make_unique<Echo>(path);
}

Result<std::unique_ptr<RemoteBytes>> open_nothing(const std::string& path,
                                                  const Monitor* /*unused*/) {
  return std::unexpected(Error{.code = ErrorCode::kNotFound,
                               .message = "there is nothing",
                               .file = path,
                               .offset = {},
                               .hint = {}});
}

// The list is one for the whole process, so every test uses these.
void add_schemes() {
  static const bool added = [] {
    add_remote_scheme({.prefix = "echo://", .form = "echo://TEXT (itself)", .opener = open_echo});
    add_remote_scheme({.prefix = "none://", .form = "none://X (nothing)", .opener = open_nothing});
    return true;
  }();
  EXPECT_TRUE(added);
}

Result<std::string> content_of(const std::string& path) {
  auto source = open_source(path);
  if (!source) return std::unexpected(source.error());
  std::string content(1000, ' ');
  const auto got = (*source)->read(content);
  if (!got) return std::unexpected(got.error());
  content.resize(*got);
  return content;
}

TEST(RemoteSchemes, EachIsOpenedByItsOwn) {
  add_schemes();
  EXPECT_EQ(content_of("echo://bucket/key").value_or("failed"), "echo://bucket/key");
  const auto nothing = content_of("none://bucket/key");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(nothing.error().file, "none://bucket/key");
  EXPECT_EQ(opener_of("echo:/x"), nullptr);
  EXPECT_EQ(opener_of("dir/echo://x"), nullptr);
}

TEST(RemoteSchemes, AnUnknownOneIsRefusedWithThoseThatWork) {
  add_schemes();
  const auto unknown = content_of("foo://bucket/heap.json");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(unknown.error().file, "foo://bucket/heap.json");
  EXPECT_THAT(unknown.error().message, HasSubstr("foo:// is no address"));
  EXPECT_THAT(unknown.error().hint, HasSubstr("echo://TEXT (itself); none://X (nothing)"));
  const auto missing = content_of("no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
}

TEST(RemoteSchemes, KnowAddressesByTheirForm) {
  EXPECT_EQ(scheme_of("s3://bucket/key"), "s3://");
  EXPECT_EQ(scheme_of("git+ssh://x"), "git+ssh://");
  for (const std::string_view path :
       {"", "-", "heap.json", "://x", "/tmp/a://b", "3s://x", "a b://x", "s3:/x"}) {
    EXPECT_EQ(scheme_of(path), "") << path;
  }
}

// A folder may be called so.
TEST(RemoteSchemes, AFileGoesBeforeAnUnknownScheme) {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  std::filesystem::create_directory("foo:");
  std::ofstream("foo:/heap.json") << "content";
  EXPECT_EQ(content_of("foo://heap.json").value_or("failed"), "content");
  std::filesystem::current_path(before);
}

TEST(RemoteSchemes, AreReadByManyThreads) {
  add_schemes();
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([i] {
      for (int round = 0; round < 50; ++round) {
        const std::string path = "echo://" + std::to_string(i) + "/" + std::to_string(round);
        EXPECT_EQ(content_of(path).value_or("failed"), path);
        EXPECT_GE(remote_forms().size(), 2U);
      }
    });
  }
  add_remote_scheme({.prefix = "late://", .form = "late://X", .opener = open_nothing});
  for (std::thread& reader : readers) reader.join();
  EXPECT_NE(opener_of("late://x"), nullptr);
}

TEST(RemoteSchemesDeathTest, TheSameAgainIsAMistakeOfOurs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  add_schemes();
  EXPECT_DEATH(add_remote_scheme({.prefix = "echo://", .form = "echo://", .opener = open_nothing}),
               "");
}

}  // namespace
}  // namespace tidemark
