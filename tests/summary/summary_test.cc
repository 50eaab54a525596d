// `tidemark summary` over dumps of known content, made here by a real Ruby, and over real ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "diff/program.h"

namespace tidemark {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Without name, time and notices: nothing else may differ.
json summary(const std::string& arguments) {
  json found = tidemark_json("summary --no-index " + arguments);
  if (found.is_object()) {
    for (const char* key : {"name", "generated_at", "notices"}) found.erase(key);
  }
  return found;
}

json truth_of(const std::string& folder) { return json::parse(read_file(folder + "/truth.json")); }

std::string place_of(const json& site) {
  return site["file"].get<std::string>() + ":" + std::to_string(site["line"].get<int>());
}

std::uint64_t objects_matching(const json& found, const json& match) {
  const bool placed = match.contains("line");
  std::uint64_t objects = 0;
  for (const json& row : found["groups"][placed ? "site" : "class"]["rows"]) {
    if (placed && row["label"] != place_of(match)) continue;
    if (match.contains("class") && row["class"] != match["class"]) continue;
    if (match.contains("type") && row["type"] != match["type"]) continue;
    objects += row["objects"].get<std::uint64_t>();
  }
  return objects;
}

// A file name with "line": in it cannot be told from a shorter one that ends there. One with a
// newline breaks the record in two lines: it is read, or counted as damaged.
std::uint64_t objects_of_fact(const json& found, const json& fact) {
  const std::string what = fact["what"];
  json match = fact["match"];
  if (what.ends_with("awkward name: members")) match.erase("line");
  const std::uint64_t objects = objects_matching(found, match);
  const std::uint64_t count = fact["count"].back();
  if (!what.ends_with("awkward name: newline") || objects > 0) return objects;
  return found["read"]["damaged_lines"] >= 2 * count ? count : 0;
}

class SummaryOfWorkload : public testing::TestWithParam<const char*> {};

TEST_P(SummaryOfWorkload, CountsExactlyWhatTheProgramMade) {
  const std::string folder = workload(GetParam());
  SKIP_WITHOUT(folder);
  const json facts = truth_of(folder)["facts"];
  ASSERT_GE(facts.size(), 3U);
  for (const std::string name : {"a", "b", "c"}) {
    const json found = summary("--limit 0 " + folder + "/" + name + ".json");
    for (const json& fact : facts) {
      if (fact["match"].contains("value")) continue;
      EXPECT_EQ(objects_of_fact(found, fact), fact["count"][name]) << name << ": " << fact["what"];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ruby, SummaryOfWorkload,
                         testing::Values("prime_leak", "untraced_leak", "awkward"),
                         [](const auto& of) { return std::string(of.param); });

TEST(SummaryProgram, RetainedSizesAreWhatRubySaysTheLeakHolds) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const json leak = truth_of(folder)["leak"];
  const json sites = summary("--by site --limit 0 " + folder + "/c.json")["groups"]["site"];
  std::uint64_t retained = 0;
  for (const json& row : sites["rows"]) {
    if (row["label"] == place_of(leak) && row["class"] == leak["class"]) {
      retained = row["retained_bytes"];
    }
  }
  EXPECT_EQ(retained, leak["retained_bytes_in_c"]);
}

TEST(SummaryProgram, RetainedSizesWithoutTracing) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const json leak = truth_of(folder)["leak"];
  const json classes =
      summary("--by class --filter UntracedLeak::Session " + folder + "/c.json")["groups"]["class"];
  std::uint64_t retained = 0;
  for (const json& row : classes["rows"]) {
    if (row["class"] == leak["class"]) retained = row["retained_bytes"];
  }
  EXPECT_EQ(retained, leak["retained_bytes_in_c"]);
}

TEST(SummaryProgram, FindsDuplicateStrings) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const json truth = truth_of(folder)["duplicates"];
  std::uint64_t copies = 0;
  const json found = summary("--limit 0 " + folder + "/c.json")["duplicate_strings"];
  for (const json& row : found["rows"]) {
    if (row["preview"] != truth["value"]) continue;
    copies = row["copies"];
    EXPECT_EQ(row["length_bytes"], truth["bytesize"]);
    EXPECT_EQ(row["wasted_bytes"].get<std::uint64_t>() * copies,
              row["bytes"].get<std::uint64_t>() * (copies - 1));
  }
  // The literal that they were made from is one more.
  EXPECT_GE(copies, truth["count"].get<std::uint64_t>());
  EXPECT_LE(copies, truth["count"].get<std::uint64_t>() + 1);
}

TEST(SummaryProgram, FindsGarbageThatNoCollectionTook) {
  const TemporaryFolder folder;
  const std::string dump = folder / "lost.json";
  write_file(folder / "lost.rb",
             "require 'objspace'\n"
             "class Lost; end\n"
             "class Kept; end\n"
             "GC.start\n"
             "GC.disable\n"
             "KEPT = Array.new(503) { Kept.new }\n"
             "Thread.new { 1_013.times { Lost.new } }.join\n"
             "File.open(ARGV[0], 'w') { |file| ObjectSpace.dump_all(output: file) }\n");
  if (shell("ruby " + (folder / "lost.rb") + " " + dump).code != 0) GTEST_SKIP() << "no Ruby here";
  const json found = summary("--limit 0 " + dump);
  for (const json& row : found["groups"]["class"]["rows"]) {
    if (row["class"] == "Lost") {
      EXPECT_EQ(row["objects"], 1013);
      EXPECT_EQ(row["garbage_objects"], 1013);
      EXPECT_EQ(row["retained_bytes"], 0);
    } else if (row["class"] == "Kept") {
      EXPECT_EQ(row["objects"], 503);
      EXPECT_EQ(row["garbage_objects"], 0);
    }
  }
  EXPECT_EQ(found["garbage_by_class"]["rows"][0]["class"], "Lost");
}

TEST(SummaryProgram, OfSeveralDumpsInOneStreamTakesTheLast) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const TemporaryFolder scratch;
  const std::string all = scratch / "all.json";
  ASSERT_EQ(shell("cat " + three_dumps(folder) + " >" + all).code, 0);
  json last = summary(folder + "/c.json");
  json found = summary(all);
  for (json* one : {&last, &found}) {
    one->erase("read");
    for (json& row : (*one)["duplicate_strings"]["rows"]) row.erase("preview");
  }
  EXPECT_EQ(found, last);
  EXPECT_THAT(tidemark("summary --no-index " + all).err,
              HasSubstr("holds 3 dumps; this is about the last of them"));
  EXPECT_THAT(tidemark("summary --no-index -q " + all).err, IsEmpty());
}

TEST(SummaryProgram, CompressionAndStandardInputChangeNothing) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const TemporaryFolder scratch;
  const std::string dump = folder + "/c.json";
  const json plain = summary(dump);
  EXPECT_EQ(summary("- <" + dump), plain);
  EXPECT_EQ(summary("--threads 1 " + dump), plain);
  for (const std::string tool : {"gzip -1", "zstd -q -1"}) {
    const std::string packed = scratch / "packed";
    if (shell(tool + " -c " + dump + " >" + packed).code != 0) continue;
    EXPECT_EQ(summary(packed), plain) << tool;
    EXPECT_EQ(summary("- <" + packed), plain) << tool;
  }
}

TEST(SummaryProgram, AnIndexChangesNothing) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const TemporaryFolder cache;
  const std::string dump = folder + "/c.json";
  const std::string same_time = "SOURCE_DATE_EPOCH=0 ";
  for (const std::string options : {"", "--by site --limit 30 ", "--format json "}) {
    const std::string plain =
        shell(same_time + "$TIDEMARK summary --no-index " + options + dump).out;
    for (const char* what : {"written", "read"}) {
      const Ran ran = shell(same_time + "XDG_CACHE_HOME=" + cache.path() + " $TIDEMARK summary " +
                            options + dump);
      EXPECT_EQ(ran.out, plain) << what;
      EXPECT_THAT(ran.err, IsEmpty());
    }
  }
}

TEST(SummaryProgram, DamagedLinesAreLeftOutAndSaid) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const TemporaryFolder scratch;
  const std::string clean = read_file(folder + "/a.json");
  const std::size_t place = clean.find('\n', clean.size() / 2) + 1;
  const std::string dump = scratch / "damaged.json";
  write_file(dump, clean.substr(0, place) + "{\"address\":\"0x7f00, broken\n" +
                       clean.substr(place) + "not a record at all\n");
  json expected = summary(folder + "/a.json");
  json found = summary(dump);
  EXPECT_EQ(found["read"]["damaged_lines"], 2);
  expected.erase("read");
  found.erase("read");
  EXPECT_EQ(found, expected);
  const Ran ran = tidemark("summary --no-index " + dump);
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("2 lines left out as damaged; the first at byte"));
  const Ran strict = tidemark("summary --no-index --strict " + dump);
  EXPECT_EQ(strict.code, 1);
  EXPECT_THAT(strict.out, IsEmpty());
  EXPECT_THAT(strict.err, HasSubstr("error"));
  EXPECT_THAT(strict.err, HasSubstr("at byte"));
}

TEST(SummaryProgram, ACutDumpIsReadAsFarAsItGoes) {
  const std::string folder = workload("untraced_leak");
  SKIP_WITHOUT(folder);
  const TemporaryFolder scratch;
  const std::string whole = read_file(folder + "/a.json");
  write_file(scratch / "cut.json", whole.substr(0, whole.size() - 20));
  const Ran ran = tidemark("summary --no-index " + (scratch / "cut.json"));
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, HasSubstr("1 line left out as damaged"));
}

TEST(SummaryProgram, WhatIsNoDumpIsSaidToBeNone) {
  const TemporaryFolder scratch;
  for (const auto& [name, content] : {std::pair{"picture.png", "\x89PNG\r\n\x1a\n and so on"},
                                      {"text.txt", "Dear diary,\n"},
                                      {"list.json", "[1, 2, 3]\n"},
                                      {"empty.json", ""}}) {
    write_file(scratch / name, content);
    const Ran ran = tidemark("summary " + (scratch / name));
    EXPECT_EQ(ran.code, 1) << name;
    EXPECT_THAT(ran.out, IsEmpty());
    EXPECT_THAT(ran.err, HasSubstr(name));
    EXPECT_THAT(ran.err, HasSubstr("error"));
  }
  EXPECT_THAT(tidemark("summary /nowhere/heap.json").err, HasSubstr("/nowhere/heap.json"));
}

TEST(SummaryProgram, WrongUsage) {
  EXPECT_EQ(tidemark("summary").code, 2);
  for (const std::string arguments :
       {"--by colour", "--sort colour", "--format csv", "--by generation --sort bytes",
        "--by generation --filter x", "--limit -1"}) {
    const Ran ran = tidemark("summary " + arguments + " heap.json");
    EXPECT_EQ(ran.code, 2) << arguments;
    EXPECT_THAT(ran.err, HasSubstr("summary")) << arguments;
  }
}

TEST(SummaryProgram, ContentsCanBeLeftOut) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const std::string text = truth_of(folder)["duplicates"]["value"];
  const auto shows = [&](const std::string& options) {
    return tidemark("summary --no-index " + options + " " + folder + "/c.json").out;
  };
  EXPECT_THAT(shows("--limit 1000"), HasSubstr(text.substr(0, 20)));
  EXPECT_THAT(shows("--limit 1000 --no-contents"), Not(HasSubstr(text.substr(0, 20))));
  EXPECT_THAT(shows("--format json --no-contents"), Not(HasSubstr(text.substr(0, 20))));
}

TEST(SummaryProgram, CsvHasAsManyLinesAsThereAreGroups) {
  const std::string folder = workload("prime_leak");
  SKIP_WITHOUT(folder);
  const json groups = summary("--limit 0 " + folder + "/a.json")["groups"];
  for (const auto& [name, table] : groups.items()) {
    const Ran ran = tidemark("summary --no-index --by " + name + " --format csv --limit 0 " +
                             folder + "/a.json");
    EXPECT_EQ(lines_of(ran.out).size(), table["rows"].size() + 1);
  }
}

// Every table adds up, and every page fits a terminal.

void expect_sum(const json& rows, const json& rest, const json& whole) {
  std::uint64_t objects = rest["objects"];
  std::uint64_t bytes = rest["bytes"];
  for (const json& row : rows) {
    objects += row["objects"].get<std::uint64_t>();
    bytes += row["bytes"].get<std::uint64_t>();
  }
  EXPECT_EQ(objects, whole["objects"]);
  EXPECT_EQ(bytes, whole["bytes"]);
}

void expect_that_it_adds_up(const json& found) {
  const json& heap = found["heap"];
  EXPECT_EQ(found["groups"].size(), 6U);
  for (const auto& [name, table] : found["groups"].items()) {
    SCOPED_TRACE(name);
    expect_sum(table["rows"], table["others"], heap);
    if (found["reachability"].is_null()) continue;
    const std::uint64_t reachable = found["reachability"]["reachable"]["bytes"];
    const std::uint64_t measuring = found["measuring"]["bytes"];
    for (const json& row : table["rows"]) {
      EXPECT_LE(row["retained_bytes"], reachable);
      EXPECT_GE(row["retained_bytes"].get<std::uint64_t>(),
                row["bytes"].get<std::uint64_t>() - row["garbage_bytes"].get<std::uint64_t>());
      EXPECT_LE(row["retained_bytes"].get<std::uint64_t>(), reachable + measuring);
    }
  }
  expect_sum(found["generations"]["bins"], found["generations"]["not_traced"], heap);
  if (!found["reachability"].is_null()) {
    const json& reach = found["reachability"];
    EXPECT_EQ(reach["reachable"]["objects"].get<std::uint64_t>() +
                  reach["garbage"]["objects"].get<std::uint64_t>(),
              heap["objects"]);
    expect_sum(found["garbage_by_class"]["rows"], found["garbage_by_class"]["others"],
               reach["garbage"]);
  }
}

TEST(SummaryProgram, AddsUpForWorkloads) {
  for (const char* name : {"prime_leak", "untraced_leak", "awkward"}) {
    const std::string folder = workload(name);
    SKIP_WITHOUT(folder);
    for (const std::string limit : {"1", "20", "0"}) {
      SCOPED_TRACE(std::string(name) + " --limit " + limit);
      expect_that_it_adds_up(summary("--limit " + limit + " " + folder + "/c.json"));
    }
  }
}

std::ptrdiff_t characters(const std::string& line) {
  return std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; });
}

TEST(SummaryProgram, AddsUpAndFitsForRealDumps) {
  SKIP_WITHOUT(corpus("."));
  const TemporaryFolder scratch;
  std::vector<std::string> dumps;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus("."))) {
    if (entry.path().extension() == ".zst") dumps.push_back(entry.path().string());
  }
  for (const std::string& dump : dumps) {
    SCOPED_TRACE(dump);
    expect_that_it_adds_up(summary("--limit 7 '" + dump + "'"));
    // A short name and an index, since all pages are wanted.
    std::filesystem::remove(scratch / "d");
    std::filesystem::create_symlink(dump, scratch / "d");
    for (const std::string page : {"", "--by site --data", "--by class", "--by generation"}) {
      const Ran ran = shell("cd " + scratch.path() + " && XDG_CACHE_HOME=" + scratch.path() +
                            " $TIDEMARK summary -q " + page + " d");
      EXPECT_EQ(ran.code, 0) << ran.err;
      for (const std::string& line : lines_of(ran.out)) EXPECT_LE(characters(line), 100) << line;
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tidemark
