#include "report/diff_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/safe_text.h"
#include "support/graph_builder.h"

namespace tidemark {
namespace {

using nlohmann::json;

// Three heaps: `leaked` more of the class at each, beside a cache that fills, and what is level.
struct Sample {
  std::shared_ptr<Vocabulary> words = std::make_shared<Vocabulary>();
  Grouping grouping;
  Diff diff;

  Sample(std::string_view class_name, std::string_view file, Dimension dimension)
      : grouping(*words, dimension) {
    HeapComparison heaps(grouping);
    HeapGraph last;
    for (std::uint32_t dump = 0; dump < 3; ++dump) {
      GraphBuilder heap(words);
      heap.root("vm");
      const auto add = [&](std::uint32_t count, std::uint64_t address, std::string_view name,
                           std::uint32_t line) {
        for (std::uint32_t i = 0; i < count; ++i) {
          const auto node = heap.object(name, 100);
          heap.set_address(node, address + i * 40);
          heap.set_site(node, file, line);
        }
      };
      add(500, 0x10000, "Level", 1);
      add(dump == 0 ? 0 : 300, 0x20000, "Cached", 2);
      add(100 + 200 * dump, 0x30000, class_name, 3);
      last = heap.build();
      heaps.add(last);
    }
    diff = heaps.finish(last);
  }
  [[nodiscard]] DiffReport report(DiffReportOptions options = {}) const {
    if (options.names.empty()) options.names = {"a.json", "b.json", "c.json"};
    return {diff, grouping, std::move(options)};
  }
};

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), 100U) << line;
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
  }
}

json as_json(const DiffReport& report) {
  StringSink sink;
  report.json(sink);
  return json::parse(sink.text());
}

TEST(DiffReport, JsonReconciles) {
  const Sample sample("Leaked", "app.rb", Dimension::kClass);
  const json diff = as_json(sample.report());
  EXPECT_EQ(diff["schema"], "tidemark.diff/1");
  EXPECT_EQ(diff["by"], "class");
  ASSERT_EQ(diff["groups"].size(), 2U);
  EXPECT_EQ(diff["groups"][0]["class"], "Leaked");
  EXPECT_EQ(diff["groups"][0]["trend"], "grows");
  EXPECT_EQ(diff["groups"][0]["counts"], json::array({100, 300, 500}));
  EXPECT_EQ(diff["groups"][0]["bytes"], json::array({10000, 30000, 50000}));
  EXPECT_EQ(diff["groups"][0]["stayed"], 200);
  EXPECT_EQ(diff["groups"][0]["first_seen_in_last"], 200);
  EXPECT_EQ(diff["groups"][1]["class"], "Cached");
  EXPECT_EQ(diff["groups"][1]["trend"], "bounded");
  EXPECT_EQ(diff["stayed"]["objects"], 500);
  EXPECT_EQ(diff["stayed"]["bytes"], 50000);
  EXPECT_FALSE(diff["stayed"].contains("retained_bytes"));
  EXPECT_EQ(diff["dumps"][2]["objects"], 1300);
  EXPECT_EQ(diff["intervals"][0]["same"], 600);
  EXPECT_EQ(diff["intervals"][0]["born"], 500);
}

TEST(DiffReport, TextSaysWhatGrowsAndWhatDoesNot) {
  const Sample sample("Leaked", "app.rb", Dimension::kSite);
  const std::string text = sample.report().text(TextStyle());
  expect_narrow(text);
  EXPECT_NE(text.find("3 dumps: 600 → 1,100 → 1,300 objects"), std::string::npos) << text;
  EXPECT_NE(text.find("100 → 300 → 500"), std::string::npos) << text;
  EXPECT_LT(text.find("Leaked"), text.find("BOUNDED")) << text;
  EXPECT_GT(text.find("Cached"), text.find("BOUNDED")) << text;
  EXPECT_EQ(text.find("Level"), std::string::npos) << text;
}

// Names out of a dump, of any length and with anything in them, and long paths of the dumps.
TEST(DiffReport, HostileNames) {
  const std::string escape = "\x1b[31m\x07\r\n\t\xff\xe2\x80\xae";
  const std::string endless(5000, 'x');
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "日本";
  for (const std::string& name : {escape, endless, wide, std::string(),
                                  std::string("a b") + endless, "A::" + endless + "::" + wide}) {
    for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
      const Sample sample(name, "/app/" + name + ".rb", static_cast<Dimension>(i));
      DiffReportOptions options;
      options.names = {"/tmp/a.json", "/tmp/" + escape + ".json", "c.json"};
      options.hours = {0, 1, 2};
      options.hours_from = "by --at";
      const DiffReport report = sample.report(options);
      expect_narrow(report.text(TextStyle()));
      const json diff = as_json(report);
      EXPECT_EQ(diff["dumps"].size(), 3U);
      StringSink csv;
      report.csv(csv);
      EXPECT_TRUE(csv.text().starts_with("trend,label,class,type"));
    }
  }
}

TEST(DiffReport, LimitFilterAndOrder) {
  const Sample sample("Leaked", "app.rb", Dimension::kClass);
  const auto options = [](std::string filter, std::size_t limit = 20,
                          DiffSort sort = DiffSort::kRetained) {
    DiffReportOptions chosen;
    chosen.filter = std::move(filter);
    chosen.limit = limit;
    chosen.sort = sort;
    return chosen;
  };
  const auto groups = [&](DiffReportOptions chosen) {
    return as_json(sample.report(std::move(chosen)))["groups"];
  };
  EXPECT_EQ(groups(options("Cach")).size(), 1U);
  EXPECT_EQ(groups(options("Nothing of this name")).size(), 0U);
  EXPECT_EQ(groups(options("", 0)).size(), 0U);  // the command line turns 0 into "all"
  for (const DiffSort sort :
       {DiffSort::kRetained, DiffSort::kBytes, DiffSort::kStayed, DiffSort::kGrowth}) {
    EXPECT_EQ(groups(options("", 20, sort))[0]["class"], "Leaked");
  }
  const std::string text = sample.report(options("No\x1b")).text(TextStyle());
  EXPECT_NE(text.find("Nothing new that stayed contains \"No\\x1b\""), std::string::npos) << text;
}

TEST(DiffReport, RatesWhereTheTimesAreKnown) {
  const Sample sample("Leaked", "app.rb", Dimension::kClass);
  DiffReportOptions options;
  options.hours = {0, 1, 4};
  options.hours_from = "by --at";
  const DiffReport report = sample.report(options);
  EXPECT_EQ(as_json(report)["groups"][0]["growth_per_hour"], 100.0);
  EXPECT_NE(report.text(TextStyle()).find("+100"), std::string::npos);
  EXPECT_NE(report.text(TextStyle()).find("over 4.0 h (by --at)"), std::string::npos);
}

TEST(DiffReport, GrowingBytes) {
  EXPECT_EQ(Sample("Leaked", "app.rb", Dimension::kClass).report().growing_bytes(), 20000U);
}

}  // namespace
}  // namespace tidemark
