#include "host/control_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "support/made_up_machine.h"

namespace tidemark {
namespace {

TEST(ControlGroup, Version2TakesTheTightestLimitAbove) {
  MadeUpMachine machine;
  machine.process(17, 1, "x", "x", 1000);
  machine.put("/sys/fs/cgroup/app/one/memory.current", "1000000\n");
  machine.put("/sys/fs/cgroup/app/one/memory.max", "max\n");
  machine.put("/sys/fs/cgroup/app/one/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n");
  machine.put("/sys/fs/cgroup/app/one/memory.pressure", "some avg10=1.50 avg60=0.0 total=1\n");
  machine.put("/sys/fs/cgroup/app/memory.max", "536870912\n");
  const ControlGroup group = read_control_group(machine, 17);
  EXPECT_EQ(group.limit, 536870912);
  EXPECT_EQ(group.current, 1000000);
  EXPECT_EQ(group.killed, 2);
  EXPECT_EQ(group.pressure, 1.5);
}

TEST(ControlGroup, Version1AndTheFileOfADyno) {
  MadeUpMachine machine;
  machine.process(17, 1, "x", "x", 1000);
  machine.put("/proc/17/cgroup", "4:memory:/docker/abc\n3:cpu:/\n0::/\n");
  machine.put("/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "77\n");
  machine.put("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(read_control_group(machine, 17).limit);
  EXPECT_EQ(read_control_group(machine, 17).current, 77);
  // A dyno: no groups at all, and one file.
  machine.put("/proc/17/cgroup", "0::/\n");
  machine.put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(read_control_group(machine, 17).limit, 536870912);
  EXPECT_FALSE(read_control_group(machine, 18).limit);
}

TEST(ControlGroup, WhatThrottlesLimitsAsWhatKillsDoes) {
  MadeUpMachine machine;
  machine.process(17, 1, "x", "x", 1000);
  machine.put("/sys/fs/cgroup/app/one/memory.current", "900\n");
  machine.put("/sys/fs/cgroup/app/one/memory.max", "2000\n");
  machine.put("/sys/fs/cgroup/app/one/memory.high", "1000\n");
  EXPECT_EQ(read_control_group(machine, 17).limit, 1000);
  machine.put("/sys/fs/cgroup/app/one/memory.high", "max\n");
  EXPECT_EQ(read_control_group(machine, 17).limit, 2000);
  machine.put("/sys/fs/cgroup/app/memory.high", "1500\n");
  EXPECT_EQ(read_control_group(machine, 17).limit, 1500);
}

TEST(ControlGroup, FoldersAreWhereTheMountSays) {
  MadeUpMachine machine;
  machine.put("/proc/17/cgroup", "4:cpu,memory:/docker/abc/app\n0::/../other\n");
  machine.put("/proc/self/mountinfo",
              "30 25 0:26 / /sys/fs/cgroup/unified rw,nosuid shared:5 - cgroup2 cgroup2 rw\n"
              "31 25 0:27 /docker/abc /cg/memory rw shared:9 - cgroup cgroup rw,memory,cpu\n"
              "32 25 0:28 / /proc rw - proc proc rw\n");
  EXPECT_THAT(control_group_folders(machine, 17, "memory"),
              testing::ElementsAre("/cg/memory/app", "/cg/memory"));
  EXPECT_THAT(control_group_folders(machine, 17, ""), testing::IsEmpty());  // not seen from here
  EXPECT_THAT(control_group_folders(machine, 17, "pids"), testing::IsEmpty());
  EXPECT_THAT(control_group_folders(machine, 18, "memory"), testing::IsEmpty());
  machine.put("/cg/memory/memory.limit_in_bytes", "5000\n");
  EXPECT_EQ(read_control_group(machine, 17).limit, 5000);
}

TEST(ControlGroup, OfThisProcess) {
  const ControlGroup here = read_control_group(this_machine(), getpid());
  if (here.limit) {
    EXPECT_GT(*here.limit, 0);
  }
}

}  // namespace
}  // namespace tidemark
