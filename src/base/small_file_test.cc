#include "base/small_file.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

TEST(SmallFile, ReadsAsMuchAsIsWanted) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  write_file(path, std::string(20'000, 'x'));
  EXPECT_EQ(read_small_file(path)->size(), 20'000);
  EXPECT_EQ(read_small_file(path, 9'000)->size(), 9'000);
  EXPECT_EQ(read_small_file("/proc/self/stat", 4)->size(), 4);
  EXPECT_EQ(read_small_file(folder / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_small_file(folder.path()).error().code, ErrorCode::kIo);
}

TEST(SmallFile, WritesOnlyIntoWhatIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  EXPECT_FALSE(write_small_file(path, "text"));
  write_file(path, "");
  EXPECT_TRUE(write_small_file(path, "text"));
  EXPECT_EQ(*read_small_file(path), "text");
}

}  // namespace
}  // namespace tidemark
