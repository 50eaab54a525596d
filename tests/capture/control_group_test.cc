// A process whose control group has no room for a copy of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

// A group of our own under that of this process, in the hierarchy that limits memory; gone with it.
class LimitedGroup {
 public:
  explicit LimitedGroup(std::uint64_t bytes) {
    for (const std::string& line : lines_of(read_file("/proc/self/cgroup"))) {
      const bool one = line.find(":memory:") != std::string::npos;
      if (!one && !line.starts_with("0::")) continue;
      const std::string root = one ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
      const std::string path = root + "/tidemark-test-" + std::to_string(getpid());
      std::error_code refused;
      std::filesystem::create_directory(path, refused);
      if (refused) continue;
      folder_ = path;
      limit_ = path + (one ? "/memory.limit_in_bytes" : "/memory.max");
      most_ = path + (one ? "/memory.max_usage_in_bytes" : "/memory.peak");
      if (std::filesystem::exists(limit_)) {
        write_file(limit_, std::to_string(bytes));
        return;
      }
      std::filesystem::remove(std::exchange(folder_, {}));
    }
  }
  LimitedGroup(const LimitedGroup&) = delete;
  LimitedGroup& operator=(const LimitedGroup&) = delete;
  ~LimitedGroup() {
    for (int attempt = 0; attempt < 100 && !folder_.empty(); ++attempt) {
      if (rmdir(folder_.c_str()) == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  [[nodiscard]] bool made() const { return !folder_.empty(); }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t most() const {
    const std::string text = read_file(most_);
    return text.empty() ? 0 : std::stoull(text);
  }

 private:
  std::string folder_;
  std::string limit_;
  std::string most_;
};

TEST(ControlGroup, ACopyThatWouldNotFitInTheAppsCountsInOurs) {
  SKIP_UNLESS_CAPTURE("node");
  constexpr std::uint64_t kLimit = 150'000'000;
  const LimitedGroup group(kLimit);
  if (!group.made()) GTEST_SKIP() << "needs root and control groups for memory";
  // 300,000 objects: a process of 90 MB, whose snapshot takes some 200 MB more.
  const LiveProcess node(
      {"sh", "-c",
       "echo $$ > " + group.folder() +
           "/cgroup.procs; exec node -e '"
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
