#include "sources/heroku_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "platforms/dyno_sizes.h"
#include "series/clock_text.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

constexpr double kNow = 1.79e9;  // 2026
constexpr double kMegabyte = 1048576;

LogLine parse(std::string_view text) { return parse_log_line(text, kNow); }

TEST(LogLine, KnowsEveryForm) {
  struct Expected {
    std::string_view line;
    std::string_view source;
    std::string_view process;
    std::string_view text;
  };
  const Expected lines[] = {
      {"255 <158>1 2015-04-02T12:52:31.520012+00:00 host heroku router - at=error code=H12",
       "heroku", "router", "at=error code=H12"},
      {"<45>1 2015-05-12T17:47:18.857418+00:00 heroku web.1 - - source=web.1", "heroku", "web.1",
       "source=web.1"},
      {"162 <174>1 2013-04-17T19:04:46+00:00 d.1234-drain heroku logplex - - Error L10 (x): 5",
       "heroku", "logplex", "Error L10 (x): 5"},
      {"120 <40>1 2012-11-30T06:45:29+00:00 heroku web.3 d.73ea7440 - State changed", "heroku",
       "web.3", "State changed"},
      {"09 Mar 2020 11:27:47.967239 <45>1 2020-03-09T03:27:47.798721+00:00 heroku web.1 - - a=b",
       "heroku", "web.1", "a=b"},
      {"2020-05-21T09:23:13.271104+00:00 heroku[web.1]: source=web.1", "heroku", "web.1",
       "source=web.1"},
      {"Nov 21 14:14:58 cohortflow heroku/web.4: Process running mem=590M(115.2%)", "heroku",
       "web.4", "Process running mem=590M(115.2%)"},
      {"Jul 28 06:20:29 remap-sigterm heroku/worker.1 Error R12 (Exit timeout)", "heroku",
       "worker.1", "Error R12 (Exit timeout)"},
      {"heroku[release.xxxx]: Process running mem=1038M(202.8%)", "heroku", "release.xxxx",
       "Process running mem=1038M(202.8%)"},
      {"542 <134>1 2015-10-06T12:23:58.066218+00:00 app web.10: logdrain-metrics", "app", "web.10",
       "logdrain-metrics"},
  };
  for (const Expected& expected : lines) {
    const LogLine line = parse(expected.line);
    EXPECT_EQ(line.source, expected.source) << expected.line;
    EXPECT_EQ(line.process, expected.process) << expected.line;
    EXPECT_EQ(line.text, expected.text) << expected.line;
  }
}

TEST(LogLine, ReadsZonesAndYears) {
  EXPECT_EQ(*parse("2010-10-06T21:51:37-07:00 heroku[router]: at=error").time,
            *parse_time("2010-10-07T04:51:37Z"));
  EXPECT_EQ(*parse("Nov 21 14:14:58 a heroku/web.4: x").time, *parse_time("2025-11-21T14:14:58Z"));
  EXPECT_FALSE(parse("source=web.1 dyno=heroku.1.2 sample#load_avg_1m=2.46").time);
}

std::vector<std::string> messages(std::string_view text) {
  std::vector<std::string> out;
  std::string_view message;
  while (next_message(text, message)) out.emplace_back(message);
  return out;
}

TEST(LogLine, FramesWithRightLengthsAreTakenWhole) {
  const std::string one = "<158>1 2015-04-02T12:52:31+00:00 host app web.1 - two\nlines\n";
  const std::string two = "<172>1 2015-06-08T21:50:22+00:00 host heroku logplex - Error L10";
  const std::string body =
      fmt::format("{} {}{} {}{} {}", one.size(), one, two.size(), two, one.size(), one);
  const auto found = messages(body);
  ASSERT_EQ(found.size(), 3);
  EXPECT_EQ(found[0] + "\n", one);
  EXPECT_EQ(found[1], two);
  // With a wrong length it is lines.
  const auto lines = messages("999 " + one + "83 " + two);
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines[1], "lines");
}

TEST(Endpoint, IdsAreTakenOut) {
  EXPECT_EQ(endpoint_of("GET", "/users/17/tasks?page=2"), "GET /users/:id/tasks");
  EXPECT_EQ(endpoint_of("PUT", "/a/50578a75-9052-4e14-ac30-ba3686750017"), "PUT /a/:id");
  EXPECT_EQ(endpoint_of("GET", "/"), "GET /");
  EXPECT_EQ(endpoint_of("GET", "/facade/v2"), "GET /facade/v2");
}

std::string metrics(double time, double rss, double swap, std::string_view uuid = "aaaa-1") {
  return fmt::format(
      "{} heroku[web.1]: source=web.1 dyno=heroku.1.{} sample#memory_total={:.2f}MB "
      "sample#memory_rss={:.2f}MB sample#memory_cache=5.00MB sample#memory_swap={:.2f}MB "
      "sample#memory_quota=512.00MB\n",
      format_precise_time(time), uuid, rss + swap + 5, rss, swap);
}

std::string router(double time, std::string_view path, std::string_view id) {
  return fmt::format(
      "{} heroku[router]: at=info method=GET path=\"{}\" host=a request_id={} fwd=\"1.2.3.4\" "
      "dyno=web.1 connect=1ms service=22ms status=200 bytes=1\n",
      format_precise_time(time), path, id);
}

TEST(HerokuLog, SwapCountsAndCacheDoesNot) {
  HerokuLog log(kNow);
  log.add(metrics(1.7e9, 400, 50));
  const SeriesSet set = log.series();
  ASSERT_EQ(set.series.size(), 1);
  EXPECT_EQ(set.series[0].name, "web.1");
  EXPECT_EQ(set.series[0].quota, 512 * kMegabyte);
  EXPECT_EQ(set.series[0].samples[0].bytes, 450 * kMegabyte);
}

TEST(HerokuLog, OrderAndRepetitionDoNotMatter) {
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i) {
    lines.push_back(metrics(1.7e9 + 20 * i, 100 + i, 0, i < 100 ? "aaaa-1" : "bbbb-2"));
    lines.push_back(router(1.7e9 + 20 * i + 3, fmt::format("/x/{}", i), fmt::format("r{}", i)));
  }
  HerokuLog straight(kNow);
  for (const auto& line : lines) straight.add(line);
  HerokuLog mixed(kNow);
  std::vector<std::string> twice = lines;
  twice.insert(twice.end(), lines.begin(), lines.end());
  std::mt19937_64 dice(3);
  std::shuffle(twice.begin(), twice.end(), dice);
  for (const auto& line : twice) mixed.add(line);
  const MemorySeries a = straight.series().series.at(0);
  const MemorySeries b = mixed.series().series.at(0);
  ASSERT_EQ(a.samples.size(), 200);
  ASSERT_EQ(b.samples.size(), 200);
  double requests = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    EXPECT_EQ(a.samples[i].bytes, b.samples[i].bytes);
    EXPECT_EQ(a.samples[i].requests, b.samples[i].requests);
    requests += a.samples[i].requests;
  }
  EXPECT_NEAR(requests, 199, 1);  // the last ones come after the last sample
  ASSERT_EQ(a.events.size(), 1);  // the new dyno
  EXPECT_EQ(a.events[0].kind, EventKind::kRestart);
  EXPECT_EQ(a.events[0].time, 1.7e9 + 2000);
  ASSERT_EQ(a.endpoints.size(), 1);
  EXPECT_EQ(a.endpoints[0].endpoint, "GET /x/:id");
}

TEST(HerokuLog, SaysWhyALifeBegan) {
  HerokuLog log(kNow);
  const auto line = [&](double time, std::string_view who, std::string_view text) {
    log.add(fmt::format("{} {}: {}\n", format_precise_time(time), who, text));
  };
  log.add(metrics(1.7e9, 100, 0, "a"));
  line(1.7e9 + 100, "app[api]", "Release v99 created by user user@example.com");
  line(1.7e9 + 120, "heroku[web.1]", "Restarting");
  line(1.7e9 + 130, "heroku[web.1]", "Starting process with command `bundle exec puma`");
  log.add(metrics(1.7e9 + 150, 100, 0, "b"));
  line(1.7e9 + 9000, "heroku[web.1]", "Error R15 (Memory quota vastly exceeded)");
  line(1.7e9 + 9001, "heroku[web.1]", "Stopping process with SIGKILL");
  line(1.7e9 + 9020, "heroku[web.1]", "Starting process with command `bundle exec puma`");
  log.add(metrics(1.7e9 + 9040, 100, 0, "c"));
  line(1.7e9 + 9500, "app[web.1]", "[2] * Workers: 3");
  log.add(metrics(1.7e9 + 9600, 100, 0, "c"));
  const MemorySeries series = log.series().series.at(0);
  std::vector<EventKind> kinds;
  for (const SeriesEvent& event : series.events) kinds.push_back(event.kind);
  EXPECT_EQ(kinds, (std::vector<EventKind>{EventKind::kDeploy, EventKind::kOutOfMemory,
                                           EventKind::kOutOfMemory}));
  EXPECT_EQ(series.events[0].detail, "v99");
  EXPECT_EQ(series.samples.back().workers, 3);
}

TEST(HerokuLog, WithoutMetricsTheWarningsAreAllThereIs) {
  HerokuLog log(kNow);
  log.add(
      "2025-10-02T08:30:06.241596+00:00 heroku[worker.1]: Process running mem=646M(126.2%)\n"
      "2025-10-02T08:30:06.243727+00:00 heroku[worker.1]: Error R14 (Memory quota exceeded)\n");
  const SeriesSet set = log.series();
  ASSERT_EQ(set.series.size(), 1);
  EXPECT_EQ(set.series[0].quota, 512 * kMegabyte);
  EXPECT_EQ(set.series[0].samples[0].bytes, 646 * kMegabyte);
  EXPECT_EQ(set.series[0].events[0].kind, EventKind::kOverQuota);
  EXPECT_NE(set.notices[0].message.find("log-runtime-metrics"), std::string::npos);
}

TEST(HerokuLog, The2013FormAndDynoSizes) {
  HerokuLog log(kNow);
  log.add(
      "2013-08-30T14:39:57.133012+00:00 heroku[web.1]: "
      "source=heroku.772639.web.1.50578a75-9052-4e14-ac30-ba3686750017 measure=memory_total "
      "val=509 units=MB\n"
      "222 <134>1 2015-04-07T16:01:43.517062+00:00 host app api - Scaled to web@3:Performance-L "
      "mailer@1:Standard-2X by user someuser@gmail.com\n");
  const SeriesSet set = log.series();
  ASSERT_EQ(set.series.size(), 1);
  EXPECT_EQ(set.series[0].samples[0].bytes, 509 * kMegabyte);
  EXPECT_EQ(set.series[0].quota, 14336 * kMegabyte);
}

// However a quota is learnt, it is the one of the table, and samples are in its unit.
TEST(HerokuLog, TheQuotaOfALogIsThatOfTheDyno) {
  const auto quota_of = [](std::string_view scaled, std::string_view more) {
    HerokuLog log(kNow);
    log.add(
        fmt::format("2026-11-01T00:00:00+00:00 app[api]: Scaled to web@1:{} by user a@b.c\n"
                    "2026-11-01T00:00:20+00:00 heroku[web.1]: source=web.1 dyno=heroku.1.a "
                    "sample#memory_total=512.00MB{}\n",
                    scaled, more));
    const MemorySeries series = log.series().series.at(0);
    EXPECT_EQ(series.samples[0].bytes, 536870912);
    return series.quota;
  };
  for (const char* size : {"Standard-1X", "Private-XL", "Shield-L-RAM", "performance-2xl", "Hobby",
                           "dyno-16c-128gb"}) {
    EXPECT_EQ(quota_of(size, ""), static_cast<double>(dyno_size(size)->quota)) << size;
  }
  EXPECT_EQ(quota_of("Private-M", " sample#memory_quota=2560.00MB"),
            static_cast<double>(dyno_size("private-m")->quota));
  EXPECT_EQ(quota_of("Unheard-Of", ""), 0);
}

TEST(HerokuLog, RealLinesAreUnderstood) {
  const std::string path = in_source("../shared/corpus/heroku/lines.txt");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "not here: " << path;
  const std::string text = read_file(path);
  EXPECT_TRUE(looks_like_heroku_log(text.substr(0, 4096)));
  HerokuLog log(kNow);
  log.add(text);
  EXPECT_EQ(log.lines(), 116);
  const SeriesSet set = log.series();
  std::size_t samples = 0;
  for (const MemorySeries& series : set.series) samples += series.samples.size();
  // 15 metrics lines with a time and without addons', and the dynos that only R14 speaks of.
  EXPECT_GE(samples, 14);
  EXPECT_GE(log.useful_lines(), 70);
}

}  // namespace
}  // namespace tidemark
