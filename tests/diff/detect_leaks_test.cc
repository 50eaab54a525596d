// `tidemark diff --compat detect-leaks` beside the script that it stands in for.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "diff/program.h"
#include "support/places.h"

namespace tidemark {
namespace {

const std::string kScript = "ruby '" + in_source("bench/three_dump_diff.rb") + "' ";

// The script leaves the order of equal counts open, so lines are compared sorted, and their first
// numbers in order.
void expect_same(const Ran& script, const Ran& ours) {
  ASSERT_EQ(ours.code, 0) << ours.err;
  const std::vector<std::string> theirs = lines_of(script.out);
  const std::vector<std::string> lines = lines_of(ours.out);
  ASSERT_GE(theirs.size(), 3U) << script.err;
  ASSERT_EQ(lines.size(), theirs.size());
  EXPECT_EQ(lines.back(), theirs.back());  // Total Size: ...
  const auto counts = [](const std::vector<std::string>& from) {
    std::vector<long> numbers;
    for (const std::string& line : from) {
      if (line.starts_with("Leaked ")) numbers.push_back(std::stol(line.substr(7)));
    }
    return numbers;
  };
  EXPECT_EQ(counts(lines), counts(theirs));
  std::vector<std::string> a = lines;
  std::vector<std::string> b = theirs;
  std::ranges::sort(a);
  std::ranges::sort(b);
  EXPECT_EQ(a, b);
}

void compare_workload(const std::string& name) {
  const std::string folder = workload(name);
  SKIP_WITHOUT(folder);
  expect_same(shell(kScript + three_dumps(folder)),
              tidemark("diff --compat detect-leaks " + three_dumps(folder)));
}

// Real dumps are compressed; the script reads each of them once, so a pipe will do.
void compare_corpus(const std::vector<std::string>& names) {
  if (shell("command -v ruby && command -v zstd").code != 0) GTEST_SKIP() << "no ruby or no zstd";
  std::string piped;
  std::string files;
  for (const std::string& name : names) {
    const std::string path = corpus(name);
    SKIP_WITHOUT(path);
    piped.append(" <(zstd -dcq --long=27 '").append(path).append("')");
    files.append(" '").append(path).append("'");
  }
  expect_same(shell(kScript + piped), tidemark("diff --compat detect-leaks" + files));
}

TEST(DetectLeaks, PrimeLeak) { compare_workload("prime_leak"); }

TEST(DetectLeaks, UntracedLeak) { compare_workload("untraced_leak"); }

TEST(DetectLeaks, Ruby31) {
  compare_corpus({"formats/native31-traps-d1.json.zst", "formats/native31-traps-d2.json.zst",
                  "formats/native31-traps-d3.json.zst"});
}

TEST(DetectLeaks, Redmine) {
  compare_corpus(
      {"redmine-traced/d1.json.zst", "redmine-traced/d2.json.zst", "redmine-traced/d3.json.zst"});
}

// Here the two cannot agree: the script leaves out every line that is not valid JSON (of files
// whose names Ruby does not escape, and of methods beyond ASCII), and prints a line break in a file
// name as one. What it can parse, tidemark counts too.
TEST(DetectLeaks, AwkwardDumpsLoseNothing) {
  const std::string folder = workload("awkward");
  SKIP_WITHOUT(folder);
  const auto groups = [](const std::string& out) {
    std::map<std::string, long> counts;  // "STRING at: /app/a.rb:3" -> objects
    for (const std::string& line : lines_of(out)) {
      const std::size_t type = line.find(' ', 7) + 1;
      const std::size_t place = line.find(" at: /");
      if (!line.starts_with("Leaked ") || place == std::string::npos ||
          line.find("/app/") != std::string::npos) {
        continue;
      }
      counts[line.substr(type, line.find(' ', type) - type) + line.substr(place)] =
          std::stol(line.substr(7));
    }
    return counts;
  };
  const auto ours = groups(tidemark("diff --compat detect-leaks " + three_dumps(folder)).out);
  const auto theirs = groups(shell(kScript + three_dumps(folder)).out);
  EXPECT_GT(theirs.size(), 50U);
  for (const auto& [group, count] : theirs) {
    ASSERT_TRUE(ours.contains(group)) << group;
    EXPECT_GE(ours.at(group), count) << group;
  }
}

TEST(DetectLeaks, ThreeDumpsInOneStream) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const Ran apart = tidemark("diff --compat detect-leaks " + three_dumps(folder));
  const Ran together =
      shell("cat " + three_dumps(folder) + " | $TIDEMARK diff --compat detect-leaks -");
  EXPECT_EQ(together.out, apart.out);
}

TEST(DetectLeaks, ThreeDumpsAndNoOtherNumber) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const Ran ran =
      tidemark("diff --compat detect-leaks " + folder + "/a.json " + folder + "/b.json");
  EXPECT_EQ(ran.code, 2);
  EXPECT_NE(ran.err.find("three dumps, not 2"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace tidemark
