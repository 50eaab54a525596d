// `tidemark diff` on a workload whose truth is known to the object.
#include <gtest/gtest.h>

#include <charconv>
#include <string_view>

#include "diff/program.h"

namespace tidemark {
namespace {

using nlohmann::json;

std::string dumps() {
  const std::string folder = workload("prime_leak");
  return folder.empty() ? folder : three_dumps(folder);
}

json truth() { return json::parse(read_file(workload("prime_leak") + "/truth.json")); }

// The group of this class and type whose label ends like this, or null.
json group(const json& diff, std::string_view class_name, std::string_view type,
           std::string_view label_end = "") {
  for (const json& found : diff["groups"]) {
    const std::string label = found["label"].is_null() ? "" : found["label"].get<std::string>();
    if (found["class"] == class_name && found["type"] == type && label.ends_with(label_end)) {
      return found;
    }
  }
  return nullptr;
}

std::string line_label(const json& fact) {
  return "prime_leak.rb:" + std::to_string(fact["match"]["line"].get<int>());
}

std::uint64_t number_after(std::string_view line, std::string_view name) {
  const std::size_t place = line.rfind(name);
  std::uint64_t number = 0;
  if (place != std::string_view::npos) {
    std::from_chars(line.data() + place + name.size(), line.data() + line.size(), number);
  }
  return number;
}

TEST(DiffPrimeLeak, TotalsAreThoseOfTheLines) {
  SKIP_WITHOUT(dumps());
  const json diff = tidemark_json("diff " + dumps());
  ASSERT_EQ(diff["dumps"].size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::uint64_t traced = 0;
    const std::string name = std::string(1, static_cast<char>('a' + i)) + ".json";
    for (const std::string& line : lines_of(read_file(workload("prime_leak") + "/" + name))) {
      if (!line.starts_with("{\"address\":")) continue;
      ++objects;
      bytes += number_after(line, "\"memsize\":");
      traced += line.find("\"generation\":") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(diff["dumps"][i]["objects"], objects) << name;
    EXPECT_EQ(diff["dumps"][i]["bytes"], bytes) << name;
    EXPECT_EQ(diff["dumps"][i]["traced_objects"], traced) << name;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const json& interval = diff["intervals"][i];
    const std::uint64_t same = interval["same"];
    EXPECT_EQ(same + interval["died"].get<std::uint64_t>(), diff["dumps"][i]["objects"]);
    EXPECT_EQ(same + interval["born"].get<std::uint64_t>(), diff["dumps"][i + 1]["objects"]);
    EXPECT_EQ(interval["matched_by_generation"].get<std::uint64_t>() +
                  interval["matched_by_content"].get<std::uint64_t>() +
                  interval["matched_by_address_and_class"].get<std::uint64_t>(),
              same);
  }
  // The second leak was born where the passers-by had died.
  EXPECT_GT(diff["intervals"][1]["addresses_reused"], 1000);
}

TEST(DiffPrimeLeak, TheLeakByClass) {
  SKIP_WITHOUT(dumps());
  const json diff = tidemark_json("diff --by class --limit 0 " + dumps());
  EXPECT_EQ(diff["comparable"], true);
  const json node = group(diff, "PrimeLeak::Node", "OBJECT");
  ASSERT_FALSE(node.is_null());
  EXPECT_EQ(node["trend"], "grows");
  EXPECT_EQ(node["stayed"], 7919);
  EXPECT_EQ(node["first_seen_in_last"], 6101);
  EXPECT_EQ(node["gone_in_last_interval"], 0);
  const json counts = node["counts"];
  EXPECT_EQ(counts[1].get<int>() - counts[0].get<int>(), 7919);
  EXPECT_EQ(counts[2].get<int>() - counts[1].get<int>(), 6101);
}

TEST(DiffPrimeLeak, EveryFactBySite) {
  SKIP_WITHOUT(dumps());
  const json diff = tidemark_json("diff --by site --limit 0 " + dumps());
  const json facts = truth()["facts"];
  const auto expect_growing = [&](const json& fact, std::string_view class_name,
                                  std::string_view type) {
    const json found = group(diff, class_name, type, line_label(fact));
    ASSERT_FALSE(found.is_null()) << fact;
    EXPECT_EQ(found["trend"], "grows");
    EXPECT_EQ(found["counts"], json::array({0, 7919, 14020}));
    EXPECT_EQ(found["stayed"], 7919);
    EXPECT_EQ(found["first_seen_in_last"], 6101);
    EXPECT_EQ(found["gone_in_last_interval"], 0);
  };
  for (const json& fact : facts) {
    if (fact["what"] == "leaked nodes") expect_growing(fact, "PrimeLeak::Node", "OBJECT");
    if (fact["what"] == "their labels") expect_growing(fact, "String", "STRING");
    if (fact["what"] == "cache entries") {
      const json found = group(diff, "PrimeLeak::Entry", "OBJECT", line_label(fact));
      ASSERT_FALSE(found.is_null());
      EXPECT_EQ(found["trend"], "bounded");
      EXPECT_EQ(found["counts"], json::array({0, 997, 997}));
      EXPECT_EQ(found["stayed"], truth()["innocent"]["kept_from_b_to_c"]);
      EXPECT_EQ(found["gone_in_last_interval"], 499);
    }
  }
  // What lived in one dump only, and what never changed, is not there at all.
  EXPECT_TRUE(group(diff, "PrimeLeak::Passing", "OBJECT").is_null());
  EXPECT_TRUE(group(diff, "PrimeLeak::Link", "OBJECT").is_null());
  EXPECT_TRUE(group(diff, "PrimeLeak::Point", "STRUCT").is_null());
  EXPECT_GE(diff["churned_objects"], 4999);
  EXPECT_EQ(diff["groups"][0]["class"], "PrimeLeak::Node");
}

TEST(DiffPrimeLeak, RetainedIsWhatRubySays) {
  SKIP_WITHOUT(dumps());
  const std::string folder = workload("prime_leak");
  const json diff =
      tidemark_json("diff --by class --limit 0 " + folder + "/a.json " + folder + "/c.json");
  const json node = group(diff, "PrimeLeak::Node", "OBJECT");
  ASSERT_FALSE(node.is_null());
  EXPECT_EQ(node["trend"], "new");
  EXPECT_EQ(node["stayed"], 14020);
  EXPECT_EQ(node["stayed_retained_bytes"], truth()["leak"]["retained_bytes_in_c"]);
  EXPECT_GE(diff["stayed"]["retained_bytes"], node["stayed_retained_bytes"]);
}

TEST(DiffPrimeLeak, EveryDimensionHasTheSameTotals) {
  SKIP_WITHOUT(dumps());
  const json by_site = tidemark_json("diff --no-retained " + dumps());
  for (const std::string by : {"class", "type", "gem", "method", "file", "generation"}) {
    const json diff = tidemark_json("diff --no-retained --limit 0 --by " + by + " " + dumps());
    EXPECT_EQ(diff["by"], by);
    for (const char* same : {"dumps", "intervals", "stayed", "churned_objects"}) {
      EXPECT_EQ(diff[same], by_site[same]) << by;
    }
    std::uint64_t stayed = 0;
    for (const json& found : diff["groups"]) stayed += found["stayed"].get<std::uint64_t>();
    EXPECT_LE(stayed, diff["stayed"]["objects"]) << by;
  }
}

TEST(DiffPrimeLeak, ThreeDumpsInOneStream) {
  SKIP_WITHOUT(dumps());
  json apart = tidemark_json("diff " + dumps());
  const Ran ran = shell("cat " + dumps() + " | $TIDEMARK diff - --format json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  json together = json::parse(ran.out);
  for (json* diff : {&apart, &together}) {
    diff->erase("generated_at");
    diff->erase("times_from");
    for (json& dump : (*diff)["dumps"]) {
      dump.erase("name");
      dump.erase("hours");
    }
    for (json& found : (*diff)["groups"]) found.erase("growth_per_hour");
  }
  EXPECT_EQ(together, apart);
}

TEST(DiffPrimeLeak, TextFormIsNarrowAndNamesTheLeakFirst) {
  SKIP_WITHOUT(dumps());
  const Ran ran = tidemark("diff " + dumps());
  ASSERT_EQ(ran.code, 0);
  EXPECT_TRUE(ran.err.empty()) << ran.err;
  const std::size_t grows = ran.out.find("\nGROWS");
  const std::size_t bounded = ran.out.find("\nBOUNDED");
  ASSERT_NE(grows, std::string::npos);
  ASSERT_NE(bounded, std::string::npos);
  EXPECT_LT(ran.out.find("PrimeLeak::Node"), bounded);
  EXPECT_GT(ran.out.find("PrimeLeak::Entry"), bounded);
  EXPECT_EQ(ran.out.find("PrimeLeak::Passing"), std::string::npos);
}

TEST(DiffPrimeLeak, GrowthAboveALimitIsAnExitCode) {
  SKIP_WITHOUT(dumps());
  EXPECT_EQ(tidemark("diff --max-growth 100kB " + dumps()).code, 3);
  EXPECT_EQ(tidemark("diff --max-growth 1GB " + dumps()).code, 0);
}

// Two processes: nothing can be followed, and the report says so.
TEST(DiffPrimeLeak, DifferentProcessesAreNotComparable) {
  SKIP_WITHOUT(dumps());
  const std::string files =
      workload("prime_leak", 1) + "/a.json " + workload("prime_leak", 2) + "/c.json";
  const json diff = tidemark_json("diff --by class " + files);
  EXPECT_EQ(diff["comparable"], false);
  const Ran text = tidemark("diff --by class " + files);
  EXPECT_NE(text.out.find("different processes"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("PrimeLeak::Node"), std::string::npos) << text.out;
  // What is level was not "filled up": whether its members changed cannot be known.
  EXPECT_EQ(text.out.find("PrimeLeak::Link"), std::string::npos) << text.out;
}

TEST(DiffUntracedLeak, TheTruthByClass) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const json diff = tidemark_json("diff --by class --limit 0 " + three_dumps(folder));
  const json session = group(diff, "UntracedLeak::Session", "STRUCT");
  ASSERT_FALSE(session.is_null());
  EXPECT_EQ(session["trend"], "grows");
  EXPECT_EQ(session["counts"], json::array({0, 5003, 9004}));
  const json page = group(diff, "UntracedLeak::PageCache::Page", "STRUCT");
  ASSERT_FALSE(page.is_null());
  EXPECT_EQ(page["trend"], "bounded");
  EXPECT_EQ(page["counts"], json::array({0, 499, 499}));
  EXPECT_TRUE(group(diff, "UntracedLeak::Passing", "STRUCT").is_null());
  // An address that another session took over matches by class alone: the count may be above, by
  // what died, and nothing of the leak did.
  EXPECT_EQ(session["stayed"], 5003);
  EXPECT_EQ(diff["intervals"][0]["matched_by_generation"], 0);
  EXPECT_GT(diff["intervals"][0]["matched_by_content"], 5000);
}

}  // namespace
}  // namespace tidemark
