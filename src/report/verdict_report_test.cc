#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "report/json_document.h"
#include "report/picture.h"
#include "report/raster.h"
#include "report/safe_text.h"
#include "report/series_picture.h"
#include "report/text_chart.h"
#include "report/verdict_text.h"
#include "support/memory_world.h"

namespace tidemark {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

JudgedSeries judged(const MemorySeries& series) { return {series, judge(series), {}}; }

TEST(VerdictReport, EveryKindFitsTheWidthAndSaysWhatItIs) {
  for (int kind = 0; kind < kWorldKinds; ++kind) {
    const MemorySeries series = make_world(static_cast<WorldKind>(kind), 1).series;
    const JudgedSeries one = judged(series);
    const std::string text = verdict_report(one, {});
    EXPECT_NE(text.find(verdict_name(one.verdict.kind)), std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos) << text;
    EXPECT_EQ(text.find("inf"), std::string::npos) << text;
    for (const std::string& line : lines_of(text)) EXPECT_LE(display_width(line), 100) << line;
    const std::string table = verdict_table({one, one}, {});
    for (const std::string& line : lines_of(table)) EXPECT_LE(display_width(line), 100) << line;
  }
}

TEST(VerdictReport, NamesFromLogsCannotSteerTheTerminal) {
  MemorySeries series = make_world(WorldKind::kLeak, 1).series;
  series.name = "web\x1b[31m.1<script>";
  series.events.push_back(
      {.time = series.samples.front().time - 1, .kind = EventKind::kDeploy, .detail = "v1\x1b[2J"});
  series.put_in_order();
  const JudgedSeries one = judged(series);
  EXPECT_EQ(verdict_report(one, {}).find('\x1b'), std::string::npos);
  const std::string svg = series_picture(one).svg();
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
}

// What the model expects is not said of the data: a line does not slow, whatever its offset.
TEST(VerdictReport, AStraightLineIsNeverSaidToSlow) {
  for (const double start : {100e6, 200e6, 400e6, 513e6, 1000e6}) {
    MemorySeries series;
    for (int i = 0; i < 60; ++i) {
      series.samples.push_back({.time = 1.7e9 + i * 300.0, .bytes = start + i * 2e6});
    }
    for (const double quota : {0.0, start * 1.5, start * 3}) {
      series.quota = quota;
      const JudgedSeries one = judged(series);
      const std::string text = verdict_report(one, {});
      EXPECT_EQ(text.find("slowing"), std::string::npos) << text;
      if (one.verdict.leak_probability >= 0.1) {
        EXPECT_EQ(text.find("Not a leak"), std::string::npos) << text;
      }
    }
  }
}

TEST(VerdictReport, ShortSeriesSayWhatIsMissing) {
  MemorySeries series;
  const JudgedSeries none = judged(series);
  EXPECT_NE(verdict_sentences(series, none.verdict).find("No sample"), std::string::npos);
  series.samples.push_back({.time = 1e9, .bytes = 1e8});
  const JudgedSeries one = judged(series);
  EXPECT_NE(verdict_report(one, {}).find("45 min"), std::string::npos);
  EXPECT_FALSE(series_picture(one).svg().empty());
}

TEST(VerdictJson, HoldsWhatTheTextSays) {
  const MemorySeries series = make_world(WorldKind::kOvercommitted, 2).series;
  StringSink sink;
  write_json(sink, conclude("x.csv", {judged(series)}));
  const auto json = nlohmann::json::parse(sink.text());
  EXPECT_EQ(json["schema"], "tidemark.verdict/2");
  EXPECT_EQ(json["series"][0]["verdict"], "overcommitted");
  EXPECT_EQ(json["series"][0]["conclusion"]["workers"]["fit"], 1);
  EXPECT_GT(json["series"][0]["floor"].size(), 10);
}

TEST(TextChart, ShowsHeightsQuotaAndEvents) {
  MemorySeries series;
  for (int i = 0; i < 60; ++i) series.samples.push_back({.time = 60.0 * i, .bytes = 1e6 * i});
  series.quota = 61e6;
  series.events.push_back({.time = 1800, .kind = EventKind::kRestart, .detail = {}});
  const std::string text = text_chart(series, {.width = 60, .height = 6}, {});
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), 8);
  for (const std::string& line : lines) EXPECT_LE(display_width(line), 60) << line;
  EXPECT_NE(text.find("╌"), std::string::npos);
  EXPECT_NE(lines[6].find('R'), std::string::npos);
  EXPECT_NE(lines[7].find("00:59"), std::string::npos);
  EXPECT_EQ(text_chart({}, {}, {}), "");
}

// Unpacks nothing: a PNG's frame is enough, the pixels are looked at by the raster's own test.
TEST(Picture, PngAndSvgAreWellFormed) {
  const MemorySeries series = make_world(WorldKind::kBloat, 1).series;
  const Picture picture = series_picture(judged(series));
  const std::string png = picture.png(1);
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(png.substr(png.size() - 8, 4), "IEND");
  const std::string svg = picture.svg();
  EXPECT_EQ(svg.find("<svg "), 0);
  EXPECT_NE(svg.find("</svg>"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Picture, OverlappingStrokesCoverOnce) {
  // A half-transparent line that turns back on itself is as dark where it overlaps as elsewhere.
  Picture once(40, 20);
  once.line({{5, 10}, {35, 10}}, {0, 0, 0, 0.5}, 6);
  Picture twice(40, 20);
  twice.line({{5, 10}, {35, 10}, {5, 10.001}}, {0, 0, 0, 0.5}, 6);
  EXPECT_EQ(once.png(1), twice.png(1));
}

TEST(Picture, HostileCoordinatesDrawNothing) {
  Picture picture(40, 20);
  picture.line({{NAN, 10}, {35, INFINITY}}, {}, 1);
  picture.area({{-1e300, -1e300}, {1e300, 5}, {NAN, 1}}, {});
  picture.text({1e9, 1e9}, "\xff\x01 \xe2\x82\xac", 10, {});
  EXPECT_FALSE(picture.png(1).empty());
  EXPECT_EQ(Picture(40, 20).png(1), Picture(40, 20).png(1));
}

}  // namespace
}  // namespace tidemark
