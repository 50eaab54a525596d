#include "answers/live/doctor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace tidemark {
namespace {

Diagnosis of_a_ruby() {
  Diagnosis diagnosis;
  diagnosis.status.pid = 7;
  diagnosis.status.resident_bytes = 100;
  diagnosis.runtime = Runtime{};
  diagnosis.room = {.free_bytes = 30, .limit_bytes = 80, .host = false, .group = "/app"};
  return diagnosis;
}

TEST(DoctorAnswer, CountsACopyWhereItCounts) {
  Diagnosis diagnosis = of_a_ruby();
  CaptureMemory memory = capture_memory(diagnosis);
  EXPECT_EQ(memory.limited_by, "/app");
  EXPECT_EQ(memory.copy_counts_in, CaptureMemory::CountsIn::kApp);
  EXPECT_EQ(memory.copy_free_bytes, 30U);

  diagnosis.copy_groups =
      CopyGroups{.doors = {}, .room = {.free_bytes = 500, .limit_bytes = 900, .group = {}}};
  memory = capture_memory(diagnosis);
  EXPECT_EQ(memory.free_bytes, 30U);
  EXPECT_EQ(memory.copy_counts_in, CaptureMemory::CountsIn::kOwn);
  EXPECT_EQ(memory.copy_free_bytes, 500U);
  EXPECT_EQ(memory.copy_limited_by, "host");
}

TEST(DoctorAnswer, LeavesOutWhatARuntimeDoesNotHave) {
  const RuntimeProcess process = runtime_process(of_a_ruby());
  EXPECT_FALSE(process.v8_heap_bytes);
  EXPECT_FALSE(process.version);
  EXPECT_EQ(process.other_namespaces, false);
  EXPECT_FALSE(runtime_process(Candidate{}).threads);
}

TEST(DoctorAnswer, SaysWhenThereIsNoSuchProcess) {
  Monitor monitor;
  const auto none = answer(DoctorTargetRequest{.target = "no-such-process-of-a-test"}, monitor);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

TEST(DoctorAnswer, ListsOthersThanItself) {
  Monitor monitor;
  const auto all = answer(DoctorRequest{}, monitor);
  ASSERT_TRUE(all);
  EXPECT_TRUE(std::ranges::none_of(
      all->processes, [](const RuntimeProcess& process) { return process.pid == getpid(); }));
}

}  // namespace
}  // namespace tidemark
