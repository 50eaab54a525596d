#include "report/reproduce_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "report/csv_document.h"
#include "report/endpoints_text.h"
#include "report/json_document.h"
#include "reproduce/baseline.h"
#include "support/golden.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

GrowthTrend trend(double bytes_per_request) {
  return {.points = 3,
          .per_request = {.value = bytes_per_request,
                          .low = bytes_per_request - 25,
                          .high = bytes_per_request + 25},
          .total = bytes_per_request * 2000,
          .pace_kept = 0.98,
          .largest_step = 0.5,
          .rises = 2,
          .noise = 16e3};
}

LoadTotals some_load() {
  LoadTotals load;
  load.sent = 4001;
  load.answered = 4000;
  load.failed = 1;
  load.bytes = 80'000;
  load.by_status = {{200, 3999}, {500, 1}};
  load.faults = {{"timed out", 1}};
  load.by_kind = {4000};
  for (std::uint64_t i = 0; i < 1000; ++i) load.latency.add(1000 + i);
  load.seconds = 8;
  return load;
}

SuspectAnswer visits() {
  SuspectAnswer suspect;
  suspect.signature = "eb2ecb43";
  suspect.judgement = Judgement::kGrows;
  suspect.name = "Visit";
  suspect.class_name = "Visit";
  suspect.members = 4000;
  suspect.counts = {2000, 3000, 4000};
  suspect.bytes = {400'000, 600'000, 800'000};
  suspect.growth_bytes = 400'000;
  suspect.retained_bytes = 800'000;
  suspect.retained_bytes_at_least = 800'000;
  suspect.retained_share = 0.1;
  return suspect;
}

ReproduceAnswer leaking() {
  ReproduceAnswer answer;
  answer.command = {"puma", "-p", "3000"};
  answer.folder = "run";
  answer.files = {"1.heap.json.zst", "app.log"};
  MeasuredRun& run = answer.run;
  run.program = "Ruby 3.1.2";
  run.title = "puma";
  run.port = 3000;
  run.warmup_requests = 2000;
  run.load = some_load();
  for (int i = 0; i < 3; ++i) {
    run.points.push_back({.time = 1'700'000'000.0 + i,
                          .requests = 2000 + static_cast<std::uint64_t>(i) * 1000,
                          .resident = 30e6 + i * 1e6,
                          .worker_resident = 30e6,
                          .engine_pages = 0,
                          .threads = 9,
                          .thread_names = {},
                          .heap = 8e6 + i * 200e3,
                          .program = 2e6,
                          .objects = 54'000,
                          .dump = i == 0 ? "1.heap.json.zst" : ""});
  }
  run.conclusion = {.outcome = Outcome::kLeak,
                    .clear = true,
                    .by_heap = true,
                    .heap = trend(200),
                    .data = trend(200),
                    .resident = trend(1000),
                    .outside = trend(800),
                    .threads = {},
                    .level = 32e6,
                    .peak = 33e6,
                    .workers = 1,
                    .per_worker = 33e6};
  run.curve = {.kind = VerdictKind::kLeak, .leak_odds = 0.75};
  run.suspects.emplace();
  run.suspects->dumps = {"run/1.heap.json.zst"};
  run.suspects->suspects = {visits()};
  run.first_suspect_members_per_request = 1;
  run.samples = {{.time = 1.5, .bytes = 30'000'000, .requests = {}, .workers = 1},
                 {.time = 2.5, .bytes = 31'000'000, .requests = 250, .workers = 1}};
  answer.quota = 512e6;
  answer.fits = {{.memory_bytes = 512e6, .workers = 14}};
  return answer;
}

ReproduceAnswer steady() {
  ReproduceAnswer answer = leaking();
  Conclusion& c = answer.run.conclusion;
  c.outcome = Outcome::kSteady;
  c.heap = c.data = trend(0);
  answer.run.suspects.reset();
  return answer;
}

EndpointsAnswer endpoints() {
  EndpointCost dear;
  dear.name = "GET /dear";
  dear.requests = 400;
  dear.load = some_load();
  dear.before = 30e6;
  dear.after = 34e6;
  dear.peak = 36e6;
  dear.kept = trend(10'000);
  dear.allocated_bytes = 20'000;
  EndpointCost broken;
  broken.name = "GET /broken";
  broken.failure = "no request was answered";
  EndpointsAnswer answer;
  answer.folder = "run";
  answer.table.endpoints = {dear, broken};
  return answer;
}

template <class Answer>
std::string document_of(const Answer& answer) {
  setenv("SOURCE_DATE_EPOCH", "0", 1);
  StringSink sink;
  write_json(sink, answer);
  unsetenv("SOURCE_DATE_EPOCH");
  return sink.text();
}

TEST(ReproduceDocument, IsAsKept) {
  EXPECT_EQ(golden_difference("reproduce.json", document_of(leaking())), "");
  EXPECT_EQ(golden_difference("endpoints.json", document_of(endpoints())), "");
}

TEST(ReproduceDocument, IsReadBackToCompareWith) {
  const TemporaryFolder folder;
  const std::string path = folder / "report.json";
  std::ofstream(path) << document_of(leaking());
  const auto before = read_baseline(path);
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(before->outcome, "leak");
  EXPECT_DOUBLE_EQ(before->growth_per_1000.value, 200e3);
  EXPECT_DOUBLE_EQ(before->growth_per_1000.high, 225e3);
  EXPECT_EQ(before->level, 32e6);
  EXPECT_EQ(before->peak, 33e6);
  EXPECT_EQ(before->requests_per_second, 500);
  EXPECT_NEAR(before->p99_seconds, 0.00199, 0.00004);
}

TEST(ReproduceText, TellsALeakWithItsSuspects) {
  const std::string text = reproduce_text(leaking(), 3, {});
  EXPECT_THAT(text, HasSubstr("LEAK: The heap keeps 200 kB more for each 1,000 requests"));
  EXPECT_THAT(text, HasSubstr("The first suspect gains 1 for each request."));
  EXPECT_THAT(text, HasSubstr("Visit: 2,000 → 3,000 → 4,000, more at each dump"));
  EXPECT_THAT(text, HasSubstr("run/ has 1 dump, report.json"));
  EXPECT_THAT(text, HasSubstr("After the fix: add --compare run/report.json"));
  EXPECT_TRUE(is_alarming(leaking()));
}

TEST(ReproduceText, SaysHowManyWorkersFit) {
  ReproduceAnswer answer = steady();
  EXPECT_THAT(reproduce_text(answer, 3, {}), HasSubstr("14 of them fit in 512.0 MB."));
  answer.quota.reset();
  answer.fits = {{.memory_bytes = 512e6, .workers = 14},
                 {.memory_bytes = 1024e6, .workers = 29},
                 {.memory_bytes = 2560e6, .workers = 73}};
  const std::string text = reproduce_text(answer, 3, {});
  EXPECT_THAT(text, HasSubstr("that fit: 14 in 512 MB,"));
  EXPECT_THAT(text, HasSubstr("29 in 1 GB, 73 in 2.5 GB."));
  EXPECT_THAT(text, Not(HasSubstr("After the fix")));
  EXPECT_FALSE(is_alarming(answer));
}

TEST(ReproduceText, HoldsARunAgainstAnEarlierOne) {
  ReproduceAnswer answer = steady();
  answer.comparison = {.before = GrowthComparison::Before{.file = "old/report.json",
                                                          .outcome = Outcome::kLevelsOff,
                                                          .growth = {},
                                                          .level = 31e6,
                                                          .peak = 32e6,
                                                          .requests_per_second = 480,
                                                          .p99_seconds = 0.0112},
                       .limit = 50e3,
                       .exceeded = false};
  const std::string text = reproduce_text(answer, 3, {});
  EXPECT_THAT(text, HasSubstr("levels-off"));
  EXPECT_THAT(text, HasSubstr("WITHIN THE LIMIT: 50.0 kB for each 1,000 requests."));
  answer.comparison->exceeded = true;
  EXPECT_TRUE(is_alarming(answer));
}

TEST(ReproduceSeries, IsAsVerdictReadsIt) {
  StringSink sink;
  write_csv(sink, leaking().run.samples);
  EXPECT_EQ(sink.text(), "time,bytes,requests,workers\n1.5,30000000,,1\n2.5,31000000,250,1\n");
}

TEST(EndpointsText, ListsTheDearestAndWhatFailed) {
  const std::string text = endpoints_text(endpoints(), {});
  EXPECT_THAT(text, HasSubstr("GET /dear"));
  EXPECT_THAT(text, HasSubstr("GET /broken: no request was answered"));
}

}  // namespace
}  // namespace tidemark
