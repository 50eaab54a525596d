#include "report/diff_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "report/csv_document.h"
#include "report/json_document.h"
#include "report/safe_text.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;

ChangedGroup group(Trend trend, const std::string& name, std::vector<std::uint64_t> counts) {
  ChangedGroup out;
  out.trend = trend;
  out.name = {.label = name + ".rb:3", .class_name = name, .type = "OBJECT"};
  for (const std::uint64_t count : counts) out.bytes.push_back(100 * count);
  out.counts = std::move(counts);
  out.stayed = 200;
  out.stayed_bytes = 20'000;
  out.first_seen_in_last = 200;
  return out;
}

// `leaked` more of the class at each of three dumps, and a cache that filled.
DiffAnswer sample(const std::string& class_name = "Leaked", Dimension by = Dimension::kSite) {
  DiffAnswer answer;
  answer.by = by;
  const std::uint64_t objects[] = {600, 1100, 1300};
  for (std::size_t i = 0; i < 3; ++i) {
    answer.dumps.push_back({.name = std::string(1, static_cast<char>('a' + i)) + ".json",
                            .objects = objects[i],
                            .bytes = 100 * objects[i],
                            .traced_objects = 0,
                            .hours = {}});
  }
  answer.intervals = {{.same = 600, .born = 500}, {.same = 1100, .born = 200}};
  answer.stayed = {.objects = 500, .bytes = 50'000, .retained_bytes = {}};
  answer.groups = {group(Trend::kGrows, class_name, {100, 300, 500}),
                   group(Trend::kBounded, "Cached", {0, 300, 300})};
  return answer;
}

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), kTextWidth) << line;
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
  }
}

TEST(DiffText, SaysWhatGrowsAndWhatDoesNot) {
  const std::string text = diff_text(sample(), 20, TextStyle());
  expect_narrow(text);
  EXPECT_THAT(text, HasSubstr("3 dumps: 600 → 1,100 → 1,300 objects"));
  EXPECT_THAT(text, HasSubstr("New and stayed: 500 objects, 50.0 kB (not in a.json"));
  EXPECT_THAT(text, HasSubstr("100 → 300 → 500"));
  EXPECT_LT(text.find("Leaked"), text.find("BOUNDED")) << text;
  EXPECT_GT(text.find("Cached"), text.find("BOUNDED")) << text;
  EXPECT_THAT(text, Not(HasSubstr("PER HOUR")));
  EXPECT_THAT(text, HasSubstr("tidemark suspects a.json b.json c.json"));
}

// Names out of a dump, of any length and with anything in them, and long paths of the dumps.
TEST(DiffText, HostileNames) {
  const std::string escape = "\x1b[31m\x07\r\n\t\xff\xe2\x80\xae";
  const std::string endless(5000, 'x');
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "日本";
  for (const std::string& name : {escape, endless, wide, std::string(),
                                  std::string("a b") + endless, "A::" + endless + "::" + wide}) {
    for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
      DiffAnswer answer = sample(name, static_cast<Dimension>(i));
      answer.times_from = TimesFrom::kRequest;
      answer.dumps[1].name = "/tmp/" + escape + ".json";
      for (std::size_t d = 0; d < 3; ++d) answer.dumps[d].hours = static_cast<double>(d);
      expect_narrow(diff_text(answer, 20, TextStyle()));
      StringSink json;
      write_json(json, answer);
      EXPECT_EQ(nlohmann::json::parse(json.text())["dumps"].size(), 3U);
      StringSink csv;
      write_csv(csv, answer.groups);
      EXPECT_TRUE(csv.text().starts_with("trend,label,class,type,counts,bytes,stayed,"));
    }
  }
}

TEST(DiffText, LimitIsOfEachTrend) {
  DiffAnswer answer = sample();
  for (int i = 0; i < 4; ++i) {
    answer.groups.insert(answer.groups.begin(), group(Trend::kGrows, "Other", {1, 2, 3}));
  }
  EXPECT_THAT(diff_text(answer, 2, TextStyle()),
              HasSubstr(" ... and 3 further groups (--limit 0 shows all)\n"));
  EXPECT_EQ(listed_groups(answer, 2).size(), 3U);
  StringSink sink;
  write_json(sink, answer, 2);
  const auto json = nlohmann::json::parse(sink.text());
  EXPECT_EQ(json["groups_total"], 6);
  EXPECT_EQ(json["groups"].size(), 3U);
  EXPECT_EQ(json["groups"][2]["trend"], "bounded");
}

TEST(DiffText, NothingStayed) {
  DiffAnswer answer = sample();
  answer.groups.clear();
  EXPECT_THAT(diff_text(answer, 20, TextStyle()), HasSubstr("\nNothing new stayed.\n"));
  answer.filter = "No\x1b";
  EXPECT_THAT(diff_text(answer, 20, TextStyle()),
              HasSubstr("Nothing new that stayed contains \"No\\x1b\""));
}

TEST(DiffText, RatesWhereTheTimesAreKnown) {
  DiffAnswer answer = sample();
  answer.times_from = TimesFrom::kRequest;
  const double hours[] = {0, 1, 4};
  for (std::size_t d = 0; d < 3; ++d) answer.dumps[d].hours = hours[d];
  answer.groups[0].growth_per_hour = 100;
  const std::string text = diff_text(answer, 20, TextStyle());
  EXPECT_THAT(text, HasSubstr("+100"));
  EXPECT_THAT(text, HasSubstr("over 4.0 h (by --at)"));
}

TEST(DiffText, WhatGoesUpAndDownIsCounted) {
  DiffAnswer answer = sample();
  answer.groups = {group(Trend::kFluctuates, "Wanders", {3, 9, 5})};
  const std::string text = diff_text(answer, 20, TextStyle());
  EXPECT_THAT(text, HasSubstr("1 further group goes up and down"));
  EXPECT_THAT(text, Not(HasSubstr("Wanders")));
}

}  // namespace
}  // namespace tidemark
