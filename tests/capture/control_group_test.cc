// A process whose control group has no room for a copy of it.
#include "capture/control_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

TEST(ControlGroup, ACopyThatWouldNotFitInTheAppsCountsInOurs) {
  SKIP_UNLESS_CAPTURE("node");
  constexpr std::uint64_t kLimit = 150'000'000;
  const ControlGroupForTest group;
  if (!group.made()) GTEST_SKIP() << "needs root and control groups for memory";
  group.limit(kLimit);
  // 300,000 objects: a process of 90 MB, whose snapshot takes some 200 MB more.
  const LiveProcess node(
      {"sh", "-c",
       group.join() +
           "exec node -e '"
           "class Kept { constructor(i) { this.id = i; this.name = `user ${i}`; } } "
           "globalThis.kept = Array.from({length: 300}, () => Array.from({length: 1000}, "
           "(_, i) => new Kept(i))); console.log(`ready`); setInterval(() => {}, 20)'"},
      "ready");
  const auto doctor = tidemark_json("doctor " + node.name());
  EXPECT_EQ(doctor["memory"]["copy_counts_in"], "own");
  EXPECT_LE(doctor["memory"]["limit_bytes"].get<std::uint64_t>(), kLimit);
  EXPECT_GT(doctor["memory"]["copy_free_bytes"], doctor["memory"]["limit_bytes"]);
  EXPECT_THAT(tidemark("capture " + node.name() + " --dry-run").out,
              HasSubstr("the copy does not count in the app's control group"));

  const std::string path = node.folder() / "kept.heapsnapshot";
  const auto report = tidemark_json("capture " + node.name() + " -o '" + path + "'");
  EXPECT_GT(report["copy_peak_bytes"].get<std::uint64_t>(), kLimit);
  EXPECT_LT(group.most(), kLimit);
  EXPECT_TRUE(node.alive());
  EXPECT_EQ(node.traces().children, 0U);
  EXPECT_EQ(instances(path, "Kept"), 300'000);
}

}  // namespace
}  // namespace tidemark
