#include "report/summary_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "report/csv_document.h"
#include "report/json_document.h"
#include "report/safe_text.h"
#include "report/wrap.h"
#include "support/dump_builder.h"
#include "support/leaking_app.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using nlohmann::json;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

MATCHER(fits_the_screen, "") { return display_width(arg) <= kTextWidth; }

SummaryAnswer summary_of(const std::string& dump, SummaryRequest request = {}) {
  const TemporaryFolder folder;
  request.dump = folder / "heap.json";
  request.read.use_index = false;
  write_file(request.dump, dump);
  Monitor monitor;
  auto found = answer(request, monitor);
  EXPECT_TRUE(found) << found.error().message;
  if (!found) return {};
  found->name = "heap.json";
  return std::move(*found);
}

SummaryRequest by(Dimension dimension) {
  SummaryRequest request;
  request.by = {dimension};
  return request;
}

std::string plain(const SummaryAnswer& found, SummaryTextOptions options = {}) {
  if (options.path.empty()) options.path = "heap.json";
  return summary_text(found, options, TextStyle());
}

json as_json(const SummaryAnswer& found, std::size_t limit) {
  StringSink sink;
  write_json(sink, found, limit);
  return json::parse(sink.text());
}

TEST(SummaryText, TheFirstScreenAnswersWhatIsInHere) {
  const std::string text = plain(summary_of(leaking_app_dump(2)));
  EXPECT_THAT(text, HasSubstr("heap.json: 159 objects, 17.7 kB of memsize"));
  EXPECT_THAT(text, HasSubstr("reachable      152  17.4 kB  98.4 %"));
  EXPECT_THAT(text, HasSubstr("garbage          7    280 B   1.6 %"));
  EXPECT_THAT(text, HasSubstr("/app/services/audit.rb:19"));
  EXPECT_THAT(text, HasSubstr("GC 10 "));
  EXPECT_THAT(text, HasSubstr("production"));
  EXPECT_THAT(text, HasSubstr("Array (50)"));
  EXPECT_THAT(text, HasSubstr("class Audit"));
  EXPECT_THAT(text, Not(HasSubstr("GARBAGE"))) << "there is little";
  EXPECT_THAT(text, HasSubstr("tidemark suspects heap.json"));
  EXPECT_THAT(lines_in(text), Each(fits_the_screen()));
  EXPECT_LE(lines_in(text).size(), 60U);
}

TEST(SummaryText, MuchGarbageIsListedByClass) {
  DumpBuilder dump(Ruby::k33);
  dump.root("vm", {0x1000});
  for (const std::uint64_t address : {0x1000, 0x2000, 0x3000}) {
    dump.add({.address = address, .type = "STRING", .value = "x", .memsize = 1000});
  }
  EXPECT_THAT(plain(summary_of(dump.text())), HasSubstr("GARBAGE  of these classes"));
}

TEST(SummaryText, AnUntracedHeapSaysHowToGetMore) {
  const std::string dump = leaking_app_dump(2, false);
  const std::string text = plain(summary_of(dump));
  EXPECT_THAT(text, HasSubstr("ObjectSpace.trace_object_allocations_start"));
  EXPECT_THAT(text, Not(HasSubstr("GC 10")));
  EXPECT_THAT(text, Not(HasSubstr("PACKAGES")));
  EXPECT_THAT(plain(summary_of(dump, by(Dimension::kGeneration))),
              HasSubstr("no object has a recorded generation"));
}

TEST(SummaryText, WithoutRootsSaysWhatIsMissing) {
  DumpBuilder dump(Ruby::k33);
  dump.add({.address = 0x1000, .type = "STRING", .value = "text"});
  const SummaryAnswer found = summary_of(dump.text());
  const std::string text = plain(found);
  EXPECT_THAT(text, HasSubstr("There are no ROOT records"));
  EXPECT_THAT(text, Not(HasSubstr("RETAINED")));
  EXPECT_THAT(text, Not(HasSubstr("suspects")));
  EXPECT_THAT(plain(summary_of(dump.text(), by(Dimension::kClass))), Not(HasSubstr("RETAINED")));
  EXPECT_TRUE(as_json(found, 20)["reachability"].is_null());
  EXPECT_TRUE(as_json(found, 20)["groups"]["class"]["rows"][0]["retained_bytes"].is_null());
}

TEST(SummaryText, NothingIsThere) {
  const SummaryAnswer nothing;
  EXPECT_THAT(plain(nothing), HasSubstr("0 objects, 0 B of memsize"));
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    SummaryAnswer empty;
    empty.by = {static_cast<Dimension>(i)};
    empty.groups.by_dimension[i].emplace();
    EXPECT_THAT(lines_in(plain(empty)), Each(fits_the_screen()));
  }
}

TEST(SummaryText, ATableAddsUpToAllObjects) {
  const std::string dump = leaking_app_dump(2);
  const std::string text = plain(summary_of(dump, by(Dimension::kClass)), {.limit = 2, .path = {}});
  EXPECT_THAT(text, HasSubstr("159 objects, 17.7 kB of memsize, of 7 classes"));
  EXPECT_THAT(text, HasSubstr("(5 others)"));
  EXPECT_THAT(text, HasSubstr("100 %"));
  SummaryRequest data = by(Dimension::kClass);
  data.data_only = true;
  EXPECT_THAT(plain(summary_of(dump, data)), HasSubstr("program"));
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    const std::string table = plain(summary_of(dump, by(static_cast<Dimension>(i))));
    EXPECT_THAT(lines_in(table), Each(fits_the_screen())) << table;
    EXPECT_THAT(table, HasSubstr("all"));
  }
}

void expect_sum(const json& rows, const json& others, const json& whole) {
  std::uint64_t objects = others["objects"];
  std::uint64_t bytes = others["bytes"];
  for (const json& row : rows) {
    objects += row["objects"].get<std::uint64_t>();
    bytes += row["bytes"].get<std::uint64_t>();
  }
  EXPECT_EQ(objects, whole["objects"]);
  EXPECT_EQ(bytes, whole["bytes"]);
}

TEST(SummaryText, JsonReconcilesWhateverTheLimit) {
  const SummaryAnswer found = summary_of(leaking_app_dump(2));
  for (const std::size_t limit : {0U, 1U, 3U, 1000U}) {
    const json all = as_json(found, limit);
    EXPECT_EQ(all["schema"], "tidemark.summary/2");
    EXPECT_EQ(all["groups"].size(), 6U);
    for (const auto& [name, table] : all["groups"].items()) {
      SCOPED_TRACE(name);
      expect_sum(table["rows"], table["others"], all["heap"]);
      EXPECT_EQ(table["rows_total"], table["rows"].size() + table["others"]["groups"].get<int>());
    }
    const json& garbage = all["garbage_by_class"];
    expect_sum(garbage["rows"], garbage["others"], all["reachability"]["garbage"]);
    if (limit > 0) {
      const json& ages = all["generations"];
      expect_sum(ages["bins"], ages["not_traced"], all["heap"]);
    }
  }
}

TEST(SummaryText, CsvHasOneLineForEachGroup) {
  SummaryRequest request = by(Dimension::kClass);
  request.sort = SummarySort::kCount;
  const SummaryAnswer found = summary_of(leaking_app_dump(2), request);
  StringSink sink;
  write_csv(sink, found.groups.of(Dimension::kClass)->rows, 2);
  const auto lines = lines_in(sink.text());
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0],
            "label,class,type,objects,bytes,program_objects,program_bytes,share,garbage_objects,"
            "garbage_bytes,retained_bytes,retained_share");
  EXPECT_THAT(lines[1], testing::StartsWith("String,String,STRING,62,4480,0,0,0.25"));
  StringSink ages;
  write_csv(ages, age_bins(summary_of(leaking_app_dump(2)).ages.value(), 10));
  const auto bins = lines_in(ages.text());
  ASSERT_EQ(bins.size(), 12U);
  EXPECT_EQ(bins[0], "first,last,objects,bytes,program_objects,program_bytes");
  EXPECT_THAT(bins[11], testing::StartsWith(",,")) << "not traced";
}

TEST(SummaryText, ContentsAreShownOnlyWhenWanted) {
  SummaryRequest request;
  request.contents = false;
  const SummaryAnswer found = summary_of(leaking_app_dump(2), request);
  EXPECT_THAT(plain(found), Not(HasSubstr("production")));
  EXPECT_THAT(plain(found), HasSubstr("(left out)"));
  EXPECT_THAT(as_json(found, 20).dump(), Not(HasSubstr("production")));
}

TEST(SummaryText, HostileNamesAndLongPathsDoNoHarm) {
  const std::string bad = "\x1b[31mred\nline\xff" + std::string(300, 'x');
  SummaryAnswer found = summary_of(leaking_app_dump(2));
  found.name = "/tmp/a folder/" + std::string(90, 'd') + "\x1b[2J.json";
  for (auto& table : found.groups.by_dimension) {
    if (!table) continue;
    for (HeapGroup& row : table->rows) row.name = {.label = bad, .class_name = bad, .type = bad};
  }
  for (LargeObject& large : found.largest->by_retained_bytes) {
    large.object.object = bad;
    if (large.holder) large.holder->object = bad;
  }
  std::vector<std::string> pages = {plain(found, {.limit = {}, .path = found.name})};
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    found.by = {static_cast<Dimension>(i)};
    pages.push_back(plain(found));
  }
  for (const std::string& page : pages) {
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    for (const std::string& line : lines_in(page)) {
      if (line.find("dddd") == std::string::npos) {
        EXPECT_THAT(line, fits_the_screen());
      }
    }
  }
  EXPECT_NO_THROW((void)as_json(found, 20));
}

TEST(SummaryText, ColourChangesNoColumn) {
  const SummaryAnswer found = summary_of(leaking_app_dump(2));
  const std::string coloured =
      summary_text(found, {.limit = {}, .path = "heap.json"}, TextStyle(true));
  std::vector<std::size_t> widths;
  for (const std::string& line : lines_in(coloured)) widths.push_back(display_width(line));
  std::vector<std::size_t> plain_widths;
  for (const std::string& line : lines_in(plain(found))) {
    plain_widths.push_back(display_width(line));
  }
  EXPECT_EQ(widths, plain_widths);
  EXPECT_THAT(coloured, HasSubstr("\x1b["));
}

}  // namespace
}  // namespace tidemark
