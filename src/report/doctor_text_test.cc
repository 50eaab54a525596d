#include "report/doctor_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "report/json_document.h"
#include "support/golden.h"

namespace tidemark {
namespace {

RuntimeProcess puma() {
  RuntimeProcess process;
  process.pid = 4711;
  process.parent = 4700;
  process.pid_inside = 7;
  process.app = "shop";
  process.command = "puma: cluster worker 0: 4700 [shop]";
  process.runtime = RuntimeKind::kRuby;
  process.version = "3.3.5";
  process.resident_bytes = 203'500'000;
  process.threads = 5;
  process.uptime_seconds = 7500;
  process.other_namespaces = true;
  return process;
}

DoctorTargetAnswer of_puma() {
  DoctorTargetAnswer answer;
  answer.process = puma();
  answer.candidates = {puma()};
  answer.memory = {.free_bytes = 300'000'000,
                   .limit_bytes = 512'000'000,
                   .limited_by = "/app",
                   .copy_counts_in = CaptureMemory::CountsIn::kOwn,
                   .copy_free_bytes = 4'000'000'000,
                   .copy_limit_bytes = 8'000'000'000,
                   .copy_limited_by = "host"};
  answer.checks = {{.name = "ptrace", .result = CheckResult::kFine, .text = "is permitted"},
                   {.name = "rbtrace", .result = CheckResult::kWarning, .text = "is not loaded"}};
  answer.methods = {{.method = CaptureMethod::kFork,
                     .possible = true,
                     .cost = {.pause_low_ms = 3,
                              .pause_high_ms = 12,
                              .memory_bytes = 40'000'000,
                              .memory_stays = false},
                     .fits = true,
                     .obstacle = {},
                     .remedy = {}},
                    {.method = CaptureMethod::kRbtrace,
                     .possible = false,
                     .cost = {},
                     .fits = true,
                     .obstacle = "the gem is not loaded",
                     .remedy = "add it to the Gemfile"}};
  answer.best_method = CaptureMethod::kFork;
  return answer;
}

template <class Answer>
std::string json_of(const Answer& answer) {
  setenv("SOURCE_DATE_EPOCH", "0", 1);
  StringSink sink;
  write_json(sink, answer);
  unsetenv("SOURCE_DATE_EPOCH");
  return sink.text();
}

TEST(DoctorDocument, IsAsKept) {
  DoctorAnswer answer;
  answer.processes = {puma()};
  EXPECT_EQ(golden_difference("doctor.json", json_of(answer)), "");
  EXPECT_EQ(golden_difference("doctor_target.json", json_of(of_puma())), "");
}

TEST(DoctorText, IsAsKept) {
  EXPECT_EQ(golden_difference("doctor_target.txt", doctor_text(of_puma(), {})), "");
}

TEST(DoctorText, ListsThoseThatAreCalledSo) {
  DoctorTargetAnswer answer = of_puma();
  answer.candidates.push_back(puma());
  EXPECT_THAT(doctor_text(answer, {}), testing::HasSubstr("RUNTIME"));
  EXPECT_THAT(doctor_text(of_puma(), {}), testing::Not(testing::HasSubstr("RUNTIME")));
}

TEST(DoctorText, SaysWhatToDoNext) {
  DoctorTargetAnswer answer = of_puma();
  answer.methods[0].fits = false;
  EXPECT_THAT(doctor_text(answer, {}),
              testing::HasSubstr("\nNext: tidemark capture 4711 --dry-run shows the numbers; "
                                 "--force tries.\n"));
  answer.best_method.reset();
  EXPECT_THAT(doctor_text(answer, {}), testing::HasSubstr("\nNo method is possible"));
  EXPECT_THAT(doctor_text(DoctorAnswer{}, {}), testing::StartsWith("No Ruby or Node.js process"));
}

}  // namespace
}  // namespace tidemark
