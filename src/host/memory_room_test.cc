#include "host/memory_room.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/made_up_machine.h"

namespace tidemark {
namespace {

// Control groups of a host of 1 GB with 400 MB available.
class MemoryRoomTest : public testing::Test {
 protected:
  MemoryRoomTest() {
    machine_.put("/proc/meminfo",
                 "MemTotal:     1000000 kB\nMemFree: 1 kB\nMemAvailable:  400000 kB\n");
  }
  MemoryGroup two(const std::string& name, const std::string& most, const std::string& now,
                  const std::string& files, const std::string& whole = "0") {
    const std::string path = "/sys/fs/cgroup/" + name;
    machine_.put(path + "/memory.max", most + "\n");
    machine_.put(path + "/memory.current", now + "\n");
    machine_.put(path + "/memory.stat", "anon 5\ninactive_file " + files + "\nactive_file 9\n");
    machine_.put(path + "/memory.oom.group", whole + "\n");
    return {.folder = path, .version_two = true};
  }
  MemoryRoom room(std::vector<MemoryGroup> groups) {
    return MemoryRoomWatch(machine_, std::move(groups)).now();
  }
  MadeUpMachine machine_;
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

// A copy that made the app's group wait for memory would stop the app.
TEST_F(MemoryRoomTest, WhatThrottlesIsALimit) {
  const MemoryGroup group = two("a", "100000", "50000", "0");
  machine_.put(group.folder + "/memory.high", "60000\n");
  EXPECT_EQ(room({group}).free_bytes, 10'000U);
  EXPECT_EQ(room({group}).limit_bytes, 60'000U);
}

TEST_F(MemoryRoomTest, AGroupThatDiesTogetherIsKnown) {
  EXPECT_TRUE(room({two("a", "100000", "1", "0", "1")}).kills_whole_group);
  EXPECT_FALSE(room({two("b", "100000", "1", "0", "0")}).kills_whole_group);
}

TEST_F(MemoryRoomTest, VersionOneHasOtherNames) {
  const std::string path = "/sys/fs/cgroup/memory/one";
  machine_.put(path + "/memory.limit_in_bytes", "1000\n");
  machine_.put(path + "/memory.usage_in_bytes", "800\n");
  machine_.put(path + "/memory.stat", "inactive_file 1\ntotal_inactive_file 100\n");
  const MemoryRoom narrow = room({{.folder = path, .version_two = false}});
  EXPECT_EQ(narrow.free_bytes, 300U);
  machine_.put(path + "/memory.limit_in_bytes", "9223372036854771712\n");  // how it says "none"
  EXPECT_TRUE(room({{.folder = path, .version_two = false}}).host);
}

TEST_F(MemoryRoomTest, OfAProcessAllItsGroupsCount) {
  machine_.process(17, 1, "x", "x", 1000);
  two("app", "90000", "10000", "0");
  two("app/one", "max", "5000", "0");
  const MemoryRoom narrow = MemoryRoomWatch(machine_, 17).now();
  EXPECT_EQ(narrow.group, "/sys/fs/cgroup/app");
  EXPECT_EQ(narrow.free_bytes, 80'000U);
}

TEST_F(MemoryRoomTest, AFullGroupRefusesForks) {
  machine_.process(17, 1, "x", "x", 1000);
  machine_.put("/proc/self/mountinfo", "30 25 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
  EXPECT_EQ(fork_obstacle(machine_, 17), "");
  machine_.put("/cg/app/pids.max", "40\n");
  machine_.put("/cg/app/pids.current", "40\n");
  EXPECT_EQ(fork_obstacle(machine_, 17), "its control group allows 40 processes and has 40");
}

TEST(MemoryRoom, KnowsThisProcess) {
  const MemoryRoom here = MemoryRoomWatch(this_machine(), getpid()).now();
  EXPECT_GT(here.limit_bytes, 0U);
  EXPECT_LE(here.free_bytes, here.limit_bytes);
}

}  // namespace
}  // namespace tidemark
