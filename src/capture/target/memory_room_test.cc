#include "capture/target/memory_room.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "support/temporary_folder.h"

namespace tidemark {
namespace {

// Control groups as files, and a host of 1 GB with 400 MB available.
class MemoryRoomTest : public testing::Test {
 protected:
  MemoryRoomTest() {
    write_file(folder_ / "meminfo",
               "MemTotal:     1000000 kB\nMemFree: 1 kB\nMemAvailable:  400000 kB\n");
  }
  MemoryRoomWatch::Group two(const std::string& name, const std::string& most,
                             const std::string& now, const std::string& files,
                             const std::string& whole = "0") {
    const std::string path = folder_ / name;
    std::filesystem::create_directory(path);
    write_file(path + "/memory.max", most + "\n");
    write_file(path + "/memory.current", now + "\n");
    write_file(path + "/memory.stat", "anon 5\ninactive_file " + files + "\nactive_file 9\n");
    write_file(path + "/memory.oom.group", whole + "\n");
    return {.folder = path, .version_two = true};
  }
  MemoryRoom room(std::vector<MemoryRoomWatch::Group> groups) {
    return MemoryRoomWatch(std::move(groups), folder_ / "meminfo").now();
  }
  TemporaryFolder folder_;
};

TEST_F(MemoryRoomTest, WithoutGroupsTheHostLimits) {
  const MemoryRoom host = room({});
  EXPECT_TRUE(host.host);
  EXPECT_EQ(host.free_bytes, 400'000U * 1024);
  EXPECT_EQ(host.limit_bytes, 1'000'000U * 1024);
  EXPECT_DOUBLE_EQ(host.free_part(), 0.4);
}

TEST_F(MemoryRoomTest, TheNarrowestGroupLimitsAndFilesDoNotCount) {
  const MemoryRoom narrow = room({two("a", "max", "900", "0"), two("b", "100000", "95000", "20000"),
                                  two("c", "1000000", "500000", "0")});
  EXPECT_FALSE(narrow.host);
  EXPECT_EQ(narrow.limit_bytes, 100'000U);
  EXPECT_EQ(narrow.free_bytes, 25'000U);
  EXPECT_TRUE(enough_left(narrow));
  EXPECT_FALSE(enough_left(room({two("d", "100000", "95000", "0")})));
  EXPECT_EQ(room({two("e", "100", "500", "0")}).free_bytes, 0U);
}

TEST_F(MemoryRoomTest, AGroupThatDiesTogetherIsKnown) {
  EXPECT_TRUE(room({two("a", "100000", "1", "0", "1")}).kills_whole_group);
  EXPECT_FALSE(room({two("b", "100000", "1", "0", "0")}).kills_whole_group);
}

TEST_F(MemoryRoomTest, VersionOneHasOtherNames) {
  const std::string path = folder_ / "one";
  std::filesystem::create_directory(path);
  write_file(path + "/memory.limit_in_bytes", "1000\n");
  write_file(path + "/memory.usage_in_bytes", "800\n");
  write_file(path + "/memory.stat", "inactive_file 1\ntotal_inactive_file 100\n");
  const MemoryRoom narrow = room({{.folder = path, .version_two = false}});
  EXPECT_EQ(narrow.free_bytes, 300U);
  write_file(path + "/memory.limit_in_bytes", "9223372036854771712\n");  // how it says "none"
  EXPECT_TRUE(room({{.folder = path, .version_two = false}}).host);
}

TEST_F(MemoryRoomTest, KnowsThisProcess) {
  const MemoryRoom here = MemoryRoomWatch(getpid()).now();
  EXPECT_GT(here.limit_bytes, 0U);
  EXPECT_LE(here.free_bytes, here.limit_bytes);
}

}  // namespace
}  // namespace tidemark
