// All commands on snapshots that the installed Node.js writes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "diff/program.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using nlohmann::json;

// The folder with a, b and c; empty where there is no Node.js.
const std::string& snapshots() {
  static const TemporaryFolder folder;
  static const std::string path = [] {
    const std::string script = in_source("tests/workloads/node_leak.js");
    const std::string command = "node " + script + " " + folder.path() + " > /dev/null 2>&1";
    return std::system(command.c_str()) == 0 ? std::string(folder.path()) : std::string();
  }();
  return path;
}

std::string all_three() {
  const std::string& path = snapshots();
  return path + "/a.heapsnapshot " + path + "/b.heapsnapshot " + path + "/c.heapsnapshot";
}

// Lines break where they are full, which depends on the numbers in them.
std::string in_one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += word + ' ';
  return line;
}

json row_of(const json& rows, const std::string& class_name) {
  for (const json& row : rows) {
    if (row["class"] == class_name) return row;
  }
  ADD_FAILURE() << "no " << class_name;
  return {};
}

TEST(NodeSnapshots, TheLeaksAreNamedAndTheCacheIsCleared) {
  if (snapshots().empty()) GTEST_SKIP() << "no Node.js";
  const json found = tidemark_json("suspects --limit 0 " + all_three());
  ASSERT_GE(found["suspects"].size(), 2U);
  const json first = found["suspects"][0];
  EXPECT_EQ(first["class"], "Session");
  EXPECT_EQ(first["counts"], json::array({1000, 1700, 2600}));
  const json timers = row_of(found["suspects"], "Timeout");
  // One or two of the newest hang elsewhere.
  EXPECT_NEAR(timers["counts"][0].get<double>(), 100, 3);
  EXPECT_NEAR(timers["counts"][2].get<double>(), 260, 3);
  for (const json& suspect : found["suspects"]) {
    EXPECT_NE(suspect["class"], "CacheEntry");
  }
  const std::string text = in_one_line(tidemark("suspects " + all_three()).out);
  EXPECT_NE(text.find("variable sessions Map"), std::string::npos) << text;
  EXPECT_NE(text.find("._onTimeout tick() ["), std::string::npos) << text;
  EXPECT_NE(text.find("variable discount"), std::string::npos) << text;
  EXPECT_NE(text.find("node_leak.js"), std::string::npos) << text;
}

TEST(NodeSnapshots, DiffFollowsObjectsByTheirIds) {
  if (snapshots().empty()) GTEST_SKIP() << "no Node.js";
  const json found = tidemark_json("diff --by class --limit 0 " + all_three());
  EXPECT_EQ(found["comparable"], true);
  const json sessions = row_of(found["groups"], "Session");
  EXPECT_EQ(sessions["trend"], "grows");
  EXPECT_EQ(sessions["counts"], json::array({1000, 1700, 2600}));
  EXPECT_EQ(sessions["stayed"], 700);
  EXPECT_EQ(sessions["first_seen_in_last"], 900);
  EXPECT_EQ(sessions["gone_in_last_interval"], 0);
  const json cache = row_of(found["groups"], "CacheEntry");
  EXPECT_EQ(cache["trend"], "bounded");
  EXPECT_EQ(cache["counts"], json::array({300, 300, 300}));
  EXPECT_EQ(cache["gone_in_last_interval"], 300);
}

TEST(NodeSnapshots, SummaryAndRetainersAgree) {
  if (snapshots().empty()) GTEST_SKIP() << "no Node.js";
  const std::string file = snapshots() + "/c.heapsnapshot";
  const json summary = tidemark_json("summary --by class --limit 0 " + file);
  const json sessions = row_of(summary["groups"]["class"]["rows"], "Session");
  EXPECT_EQ(sessions["objects"], 2600);
  std::uint64_t bytes = 0;
  for (const json& row : summary["groups"]["class"]["rows"])
    bytes += row["bytes"].get<std::uint64_t>();
  EXPECT_EQ(bytes, summary["heap"]["bytes"]);
  EXPECT_EQ(summary["reachability"]["garbage"]["objects"], 0);
  const Ran ran = tidemark("retainers " + file + " Session");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(in_one_line(ran.out).find("variable sessions: Map"), std::string::npos) << ran.out;
  const Ran piped = shell("cat " + file + " | $TIDEMARK summary --by class --limit 3 -");
  EXPECT_EQ(piped.code, 0) << piped.err;
}

TEST(NodeSnapshots, ComparisonAsInDevTools) {
  if (snapshots().empty()) GTEST_SKIP() << "no Node.js";
  const std::string pair = snapshots() + "/a.heapsnapshot " + snapshots() + "/c.heapsnapshot";
  const Ran ran = tidemark("diff --compat devtools " + pair);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_NE(in_one_line(ran.out).find(" 1,600 0 +1,600 "), std::string::npos) << ran.out;
  EXPECT_NE(in_one_line(ran.out).find(" 300 300 0 "), std::string::npos) << ran.out;
  EXPECT_EQ(tidemark("diff --compat devtools " + all_three()).code, 2);
}

}  // namespace
}  // namespace tidemark
