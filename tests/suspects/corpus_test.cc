// `tidemark diff` and `suspects` on dumps of real applications and of every Ruby, where they are at
// hand, and on the examples.
#include <gtest/gtest.h>

#include <algorithm>

#include "diff/program.h"
#include "support/places.h"

namespace tidemark {
namespace {

using nlohmann::json;

std::string three(const std::string& a, const std::string& b, const std::string& c) {
  const std::string paths[] = {corpus(a), corpus(b), corpus(c)};
  std::string text;
  for (const std::string& path : paths) {
    if (path.empty()) return {};
    text += path + " ";
  }
  return text;
}

std::string last_steps(const json& suspect) {
  std::string text;
  for (const json& step : suspect["path"]) text += step["object"].get<std::string>() + " > ";
  return text;
}

bool is_held_by(const json& suspect, const std::string& steps) {
  return last_steps(suspect).find(steps) != std::string::npos;
}

bool any_held_by(const json& list, const std::string& steps) {
  return std::ranges::any_of(list, [&](const json& one) { return is_held_by(one, steps); });
}

TEST(CorpusDiff, RedmineTraced) {
  const std::string dumps = three("redmine-traced/d1.json.zst", "redmine-traced/d2.json.zst",
                                  "redmine-traced/d3.json.zst");
  SKIP_WITHOUT(dumps);
  const json diff = tidemark_json("diff --limit 0 " + dumps);
  int entries = 0;
  for (const json& group : diff["groups"]) {
    const std::string label = group["label"];
    if (group.value("class", "") == "RequestAudit::Entry") {
      ++entries;
      EXPECT_EQ(group["stayed"], 1200);
      EXPECT_EQ(group["trend"], "grows");
      EXPECT_EQ(group["counts"], json::array({1502, 2702, 3902}));
      EXPECT_EQ(group["gone_in_last_interval"], 0);
    }
    if (label.find("fragment_cache.rb") != std::string::npos) {
      EXPECT_NE(group["trend"], "grows") << group;
    }
  }
  EXPECT_EQ(entries, 1);
}

TEST(CorpusSuspects, RedmineTraced) {
  const std::string dumps = three("redmine-traced/d1.json.zst", "redmine-traced/d2.json.zst",
                                  "redmine-traced/d3.json.zst");
  SKIP_WITHOUT(dumps);
  const json found = tidemark_json("suspects --limit 0 " + dumps);
  ASSERT_GE(found["suspects"].size(), 2U);
  EXPECT_EQ(found["suspects"][0]["class"], "RequestAudit::Entry");
  EXPECT_TRUE(is_held_by(found["suspects"][0], "RequestAudit > Array (3,902)"));
  EXPECT_TRUE(is_held_by(found["suspects"][1], "RequestAudit > Hash (3,901)"))
      << found["suspects"][1];
  EXPECT_TRUE(any_held_by(found["cleared"], "FragmentCache > Hash (1,000)")) << found["cleared"];
}

TEST(CorpusSuspects, RedmineUntraced) {
  const std::string dumps = three("redmine-untraced/u1.json.zst", "redmine-untraced/u2.json.zst",
                                  "redmine-untraced/u3.json.zst");
  SKIP_WITHOUT(dumps);
  const json found = tidemark_json("suspects --limit 0 " + dumps);
  ASSERT_GE(found["suspects"].size(), 2U);
  EXPECT_TRUE(is_held_by(found["suspects"][0], "RequestAudit > Array (2,400)"));
  EXPECT_TRUE(is_held_by(found["suspects"][1], "RequestAudit > Hash (2,400)"))
      << found["suspects"][1];
  EXPECT_FALSE(any_held_by(found["suspects"], "FragmentCache > Hash"));
}

TEST(CorpusSuspects, EveryRuby) {
  for (const std::string name : {"native31-traps", "wasm-3.2", "native33-traps", "native34-traps",
                                 "native40-traps", "wasm-head"}) {
    const std::string start = "formats/" + name + "-d";
    const std::string dumps =
        three(start + "1.json.zst", start + "2.json.zst", start + "3.json.zst");
    SKIP_WITHOUT(dumps);
    const json found = tidemark_json("suspects --limit 0 " + dumps);
    ASSERT_FALSE(found["suspects"].empty()) << name;
    EXPECT_TRUE(is_held_by(found["suspects"][0], "Leak > Array (3,900)"))
        << name << found["suspects"][0];
    EXPECT_FALSE(any_held_by(found["suspects"], "BoundedCache")) << name;
    const json diff = tidemark_json("diff --by class --limit 0 " + dumps);
    EXPECT_EQ(diff["comparable"], true) << name;
    const auto leak = std::ranges::find_if(
        diff["groups"], [](const json& group) { return group.value("class", "") == "Request"; });
    ASSERT_NE(leak, diff["groups"].end()) << name;
    EXPECT_EQ((*leak)["trend"], "grows") << name;
    EXPECT_EQ((*leak)["stayed"], 1200) << name;
  }
}

// The dumps of an example shop under traffic, or empty where it cannot run.
std::string exercise(const TemporaryFolder& folder, const std::string& app) {
  if (shell("command -v ruby && command -v puma").code != 0) return {};
  const Ran ran = shell("ruby '" + in_source("examples/exercise.rb") + "' --app '" +
                        in_source("examples/" + app) + "' --out '" + folder.path() + "' --trace");
  EXPECT_EQ(ran.code, 0) << ran.err;
  return (folder / "1.json") + " " + (folder / "2.json") + " " + (folder / "3.json");
}

TEST(Examples, TheLeakyShop) {
  const TemporaryFolder folder;
  const std::string dumps = exercise(folder, "ruby-leaky");
  SKIP_WITHOUT(dumps);
  const json found = tidemark_json("suspects --limit 0 " + dumps);
  ASSERT_FALSE(found["suspects"].empty());
  const json& first = found["suspects"][0];
  EXPECT_EQ(first["class"], "RequestAudit::Entry");
  EXPECT_TRUE(first["places"][0]["site"].get<std::string>().ends_with("app/request_audit.rb:15"))
      << first["places"];
  EXPECT_TRUE(is_held_by(first, "RequestAudit > Array")) << first["path"];
  EXPECT_FALSE(any_held_by(found["suspects"], "StatementCache > Hash"));
  EXPECT_TRUE(any_held_by(found["cleared"], "StatementCache") ||
              any_held_by(found["large"], "StatementCache"))
      << found["cleared"];
  const json diff = tidemark_json("diff --limit 0 " + dumps);
  EXPECT_EQ(diff["groups"][0]["trend"], "grows");
  for (const json& group : diff["groups"]) {
    if (group["label"].get<std::string>().find("statement_cache.rb") == std::string::npos) continue;
    EXPECT_NE(group["trend"], "grows") << group;
  }
}

TEST(Examples, TheInnocentShop) {
  const TemporaryFolder folder;
  const std::string dumps = exercise(folder, "ruby-innocent");
  SKIP_WITHOUT(dumps);
  const json found = tidemark_json("suspects --limit 0 " + dumps);
  // Whatever a process gathers is next to nothing.
  for (const json& suspect : found["suspects"]) {
    const double grown =
        suspect["bytes"].back().get<double>() - suspect["bytes"].front().get<double>();
    EXPECT_LT(grown, 0.005 * found["reachable_bytes"].get<double>()) << suspect;
    EXPECT_FALSE(is_held_by(suspect, "StatementCache > Hash"));
  }
}

}  // namespace
}  // namespace tidemark
