// `tidemark suspects` and `tidemark retainers` on workloads whose leak is known.
#include <gtest/gtest.h>

#include <algorithm>

#include "diff/program.h"

namespace tidemark {
namespace {

using nlohmann::json;

json truth_of(const std::string& folder) { return json::parse(read_file(folder + "/truth.json")); }

std::string joined(const json& path) {
  std::string text;
  for (const json& step : path) text += step["object"].get<std::string>() + " > ";
  return text;
}

bool lists(const json& suspects, const std::string& class_name) {
  return std::ranges::any_of(suspects,
                             [&](const json& suspect) { return suspect["class"] == class_name; });
}

TEST(SuspectsPrimeLeak, TheLeakComesFirst) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const json found = tidemark_json("suspects --limit 0 " + three_dumps(folder));
  ASSERT_FALSE(found["suspects"].empty());
  const json first = found["suspects"][0];
  EXPECT_EQ(first["class"], "PrimeLeak::Node");
  EXPECT_EQ(first["judgement"], "grows");
  EXPECT_EQ(first["kind"], "collection");
  EXPECT_EQ(first["members"], 14020);
  EXPECT_EQ(first["counts"], json::array({0, 7919, 14020}));
  EXPECT_EQ(first["holder"]["class"], "Array");
  EXPECT_NE(joined(first["path"]).find("PrimeLeak > Array (14,020)"), std::string::npos)
      << first["path"];
  const std::string line = std::to_string(truth_of(folder)["leak"]["line"].get<int>());
  EXPECT_TRUE(first["places"][0]["site"].get<std::string>().ends_with("prime_leak.rb:" + line));
  EXPECT_EQ(first["places"][0]["objects"], 14020);
  EXPECT_EQ(first["retained_bytes_at_least"], truth_of(folder)["leak"]["retained_bytes_in_c"]);
  EXPECT_GE(first["retained_bytes"], first["retained_bytes_at_least"]);
  EXPECT_LT(first["retained_bytes"], found["reachable_bytes"]);
  for (const char* innocent : {"PrimeLeak::Entry", "PrimeLeak::Link", "PrimeLeak::Passing"}) {
    EXPECT_FALSE(lists(found["suspects"], innocent)) << innocent;
  }
}

TEST(SuspectsPrimeLeak, TheListIsCountedWhole) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const json found = tidemark_json("suspects --limit 0 " + three_dumps(folder));
  for (const json& level : found["large"]) {
    if (level["class"] != "PrimeLeak::Link") continue;
    EXPECT_EQ(level["kind"], "chain");
    EXPECT_EQ(level["members"], 30011);
    return;
  }
  FAIL() << "the list is not among what is large: " << found["large"];
}

// In another process the same leak has the same signature, for which it is there.
TEST(SuspectsPrimeLeak, AnotherProcess) {
  const std::string one = workload("prime_leak", 1);
  SKIP_WITHOUT(one);
  const std::string two = workload("prime_leak", 2);
  const json here = tidemark_json("suspects " + three_dumps(one));
  const json there = tidemark_json("suspects " + three_dumps(two));
  EXPECT_EQ(here["suspects"][0]["signature"], there["suspects"][0]["signature"]);
  // One dump of one process, two of another: places are compared, not addresses.
  const json mixed =
      tidemark_json("suspects " + one + "/a.json " + two + "/b.json " + two + "/c.json");
  ASSERT_FALSE(mixed["suspects"].empty());
  EXPECT_EQ(mixed["suspects"][0]["class"], "PrimeLeak::Node");
  EXPECT_EQ(mixed["suspects"][0]["signature"], here["suspects"][0]["signature"]);
  EXPECT_EQ(mixed["suspects"][0]["counts"], json::array({0, 7919, 14020}));
}

TEST(SuspectsPrimeLeak, OneDump) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const json found = tidemark_json("suspects --limit 0 " + folder + "/c.json");
  ASSERT_FALSE(found["suspects"].empty());
  EXPECT_TRUE(lists(found["suspects"], "PrimeLeak::Node")) << found["suspects"];
}

TEST(SuspectsPrimeLeak, StreamOfThree) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  json apart = tidemark_json("suspects " + three_dumps(folder));
  const Ran ran = shell("cat " + three_dumps(folder) + " | $TIDEMARK suspects - --format json");
  ASSERT_EQ(ran.code, 0) << ran.err;
  json together = json::parse(ran.out);
  for (json* document : {&apart, &together}) {
    for (const char* differs : {"dumps", "notices", "generated_at"}) document->erase(differs);
  }
  EXPECT_EQ(together, apart);
}

TEST(SuspectsUntracedLeak, TheLeakComesFirst) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const json found = tidemark_json("suspects --limit 0 " + three_dumps(folder));
  ASSERT_FALSE(found["suspects"].empty());
  const json first = found["suspects"][0];
  EXPECT_EQ(first["class"], "UntracedLeak::Session");
  EXPECT_EQ(first["counts"], json::array({0, 5003, 9004}));
  EXPECT_EQ(first["holder"]["class"], "Hash");
  EXPECT_NE(joined(first["path"]).find("UntracedLeak::SessionStore > Hash (9,004)"),
            std::string::npos)
      << first["path"];
  EXPECT_EQ(first["retained_bytes_at_least"], truth_of(folder)["leak"]["retained_bytes_in_c"]);
  EXPECT_FALSE(lists(found["suspects"], "UntracedLeak::PageCache::Page"));
  EXPECT_FALSE(lists(found["suspects"], "UntracedLeak::Passing"));
}

TEST(SuspectsUntracedLeak, OneDumpSaysWhatIsLarge) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const json found = tidemark_json("suspects " + folder + "/c.json");
  ASSERT_FALSE(found["suspects"].empty());
  EXPECT_EQ(found["suspects"][0]["class"], "UntracedLeak::Session");
  EXPECT_EQ(found["suspects"][0]["judgement"], "held");
  EXPECT_NE(tidemark("suspects " + folder + "/c.json").out.find("shows what is large"),
            std::string::npos);
}

TEST(RetainersPrimeLeak, OfAClassAndOfAnAddress) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const Ran by_class = tidemark("retainers " + folder + "/c.json PrimeLeak::Node");
  ASSERT_EQ(by_class.code, 0) << by_class.err;
  EXPECT_NE(by_class.out.find("module PrimeLeak"), std::string::npos) << by_class.out;
  // The one with a singleton class keeps most alive.
  EXPECT_NE(by_class.out.find("constant or variable"), std::string::npos) << by_class.out;
  const json found = tidemark_json("suspects " + three_dumps(folder));
  const std::string address = found["suspects"][0]["holder"]["address"];
  const Ran by_address = tidemark("retainers " + folder + "/c.json " + address);
  ASSERT_EQ(by_address.code, 0) << by_address.err;
  EXPECT_NE(by_address.out.find(address), std::string::npos);
  EXPECT_NE(by_address.out.find("module PrimeLeak"), std::string::npos) << by_address.out;
  const json as_json = tidemark_json("retainers " + folder + "/c.json " + address);
  EXPECT_TRUE(as_json.is_object());
}

TEST(RetainersPrimeLeak, AnUnknownNameGetsASuggestion) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const Ran ran = tidemark("retainers " + folder + "/c.json PrimeLeak::Nod");
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("did you mean PrimeLeak::Node?"), std::string::npos) << ran.err;
  const Ran address = tidemark("retainers " + folder + "/c.json 0x1230");
  EXPECT_EQ(address.code, 1);
  EXPECT_NE(address.err.find("there is no object at 0x1230"), std::string::npos) << address.err;
}

TEST(Retainers, NothingHoldsGarbage) {
  const TemporaryFolder folder;
  write_file(folder / "heap.json",
             R"({"type":"ROOT", "root":"vm", "references":["0x1000"]}
{"address":"0x1000", "type":"ARRAY", "length":0, "memsize":40}
{"address":"0x1028", "type":"ARRAY", "length":1, "references":["0x1050"], "memsize":40}
{"address":"0x1050", "type":"STRING", "bytesize":3, "value":"abc", "memsize":40}
)");
  for (const char* address : {"0x1028", "0x1050"}) {
    const Ran ran = tidemark("retainers " + (folder / "heap.json") + " " + address);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(ran.out.find("Nothing holds it"), std::string::npos) << ran.out;
  }
}

// A part of a dump names no roots: nothing can be said, and nothing made up.
TEST(Suspects, DumpsWithoutRoots) {
  const TemporaryFolder folder;
  std::string object = R"({"address":"0x1000", "type":"ARRAY", "length":0, "memsize":40})"
                       "\n";
  write_file(folder / "part.json", object);
  write_file(folder / "whole.json", R"({"type":"ROOT", "root":"vm", "references":["0x1000"]})"
                                    "\n" +
                                        object);
  const std::string part = folder / "part.json";
  const std::string whole = folder / "whole.json";
  for (const std::string& dumps : {part, whole + " " + part, part + " " + whole}) {
    const Ran ran = tidemark("suspects " + dumps);
    EXPECT_EQ(ran.code, 1) << dumps << ran.out;
    EXPECT_NE(ran.err.find("without ROOT records"), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace tidemark
