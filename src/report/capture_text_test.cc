#include "report/capture_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "report/json_document.h"
#include "support/golden.h"

namespace tidemark {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

CaptureAnswer one_capture() {
  CaptureAnswer answer;
  answer.path = "shop-web1-4711-20260131T140203Z.heap.json.zst";
  answer.taken_at = "2026-01-31T14:02:03Z";
  answer.host = "web1";
  answer.process.pid = 4711;
  answer.process.command = "puma 6.4.2 (tcp://0.0.0.0:3000) [shop]";
  answer.process.version = "3.3.5";
  answer.process.resident_bytes = 203'500'000;
  answer.process.threads = 5;
  answer.process.uptime_seconds = 7500;
  answer.holds_contents = true;
  answer.bytes = 119'200'000;
  answer.stored_bytes = 4'700'000;
  answer.seconds = 0.5;
  answer.pause_milliseconds = 12;
  answer.stopped_milliseconds = 4.5;
  answer.copy_peak_bytes = 40'000'000;
  answer.ids_comparable = true;
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

TEST(CaptureDocument, IsAsKept) {
  CaptureAnswer answer = one_capture();
  answer.notices.emplace_back().code = "method_refused";
  answer.notices.back().message = "not by fork: a seccomp filter refuses ptrace";
  EXPECT_EQ(golden_difference("capture.json", document_of(answer)), "");
}

TEST(CaptureDocument, OfASeriesIsAsKept) {
  CaptureSeriesAnswer series;
  series.process = one_capture().process;
  series.captures = {{.path = "dumps/1.zst",
                      .taken_at = "2026-01-31T14:02:03Z",
                      .resident_bytes = 203'500'000,
                      .stored_bytes = 4'700'000}};
  EXPECT_EQ(golden_difference("capture_series.json", document_of(series)), "");
}

TEST(CaptureText, IsAsKept) {
  EXPECT_EQ(golden_difference("capture.txt", capture_text(one_capture(), {})), "");
}

TEST(CaptureText, SaysWhatBecameOfContents) {
  CaptureAnswer answer = one_capture();
  answer.redacted = Contents::kDropped;
  EXPECT_THAT(capture_text(answer, {}), HasSubstr("The contents of strings were left out."));
  answer.redacted = Contents::kSalted;
  EXPECT_THAT(capture_text(answer, {}), HasSubstr("replaced by salted names"));
  answer.holds_contents = false;
  EXPECT_THAT(capture_text(answer, {}), Not(HasSubstr("contents")));
}

TEST(CaptureText, SaysWhatNextAfterTheLastOfASeriesAlone) {
  CaptureAnswer answer = one_capture();
  answer.count = 2;
  EXPECT_THAT(capture_text(answer, {}), Not(HasSubstr("Next:")));
  answer.number = 2;
  EXPECT_THAT(capture_text(answer, {}), HasSubstr("\nNext: tidemark summary shop-"));
  answer.kind = CaptureKind::kGcStats;
  EXPECT_THAT(capture_text(answer, {}), Not(HasSubstr("Next:")));
  answer.kind = CaptureKind::kAllocationProfile;
  EXPECT_THAT(capture_text(answer, {}), EndsWith(" --by site\n"));
}

TEST(CaptureText, OfAPlanSaysWhoseMemory) {
  CapturePlanAnswer plan;
  plan.process = one_capture().process;
  plan.kind = CaptureKind::kGcStats;
  plan.outlook.emplace();
  plan.memory.free_bytes = 300'000'000;
  plan.memory.limit_bytes = 512'000'000;
  plan.memory.limited_by = "/app";
  plan.memory.copy_limited_by = "host";
  EXPECT_THAT(capture_text(plan, {}), HasSubstr("Would capture its gc-stats by fork:"));
  EXPECT_THAT(capture_text(plan, {}), HasSubstr("(/app)"));
  plan.memory.copy_counts_in = CaptureMemory::CountsIn::kOwn;
  EXPECT_THAT(capture_text(plan, {}), HasSubstr("(this host; the copy does not count"));
  EXPECT_EQ(golden_difference("capture_plan.json", document_of(plan)), "");
}

TEST(AllocationTracingText, SaysHowItWas) {
  AllocationTracingAnswer answer;
  answer.pid = 4711;
  EXPECT_EQ(allocation_tracing_text(answer),
            "Allocation tracing of process 4711 is already off.\n");
  answer.on = true;
  EXPECT_THAT(allocation_tracing_text(answer), HasSubstr("process 4711 is on. A busy app"));
  EXPECT_EQ(golden_difference("allocation_tracing.json", document_of(answer)), "");
}

}  // namespace
}  // namespace tidemark
