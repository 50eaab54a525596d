#include "capture/target/proc_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tidemark {
namespace {

constexpr std::string_view kStatus =
    "Name:\tpuma: cluster wo\nUmask:\t0022\nState:\tS "
    "(sleeping)\nTgid:\t4711\nNgid:\t0\nPid:\t4711\n"
    "PPid:\t17\nTracerPid:\t99\nUid:\t1000\t1001\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n"
    "NSpid:\t4711\t42\t7\nVmRSS:\t  123456 kB\nThreads:\t12\nSigBlk:\t0000000000000200\n"
    "SigCgt:\t00000001820c4a7f\nCapEff:\t0000000000080000\nSeccomp:\t2\n"
    "x86_Thread_features:\tshstk \n";

TEST(ProcFiles, ReadsEveryFieldOfAStatus) {
  const ProcessStatus status = parse_status(kStatus);
  EXPECT_EQ(status.pid, 4711);
  EXPECT_EQ(status.parent, 17);
  EXPECT_EQ(status.pid_inside, 7);
  EXPECT_EQ(status.user, 1001U);
  EXPECT_EQ(status.name, "puma: cluster wo");
  EXPECT_EQ(status.state, 'S');
  EXPECT_EQ(status.threads, 12U);
  EXPECT_EQ(status.resident_bytes, 123456U * 1024);
  EXPECT_EQ(status.signals_blocked, 0x200U);
  EXPECT_EQ(status.effective_capabilities, 0x80000U);
  EXPECT_EQ(status.seccomp, 2);
  EXPECT_EQ(status.tracer, 99);
  EXPECT_TRUE(status.shadow_stack);
}

TEST(ProcFiles, AStatusOfNothingIsEmpty) {
  const ProcessStatus status = parse_status("");
  EXPECT_EQ(status.pid, 0);
  EXPECT_EQ(status.state, '?');
  EXPECT_FALSE(status.shadow_stack);
}

TEST(ProcFiles, AFieldIsFoundByItsWholeName) {
  EXPECT_EQ(status_field("VmRSSx:\t1\nVmRSS:\t2 kB\n", "VmRSS"), "2 kB");
  EXPECT_EQ(status_field("Name:\t\n", "Name"), "");
  EXPECT_EQ(status_number("A: ff\n", "A", 16), 255U);
  EXPECT_EQ(status_number("A: -\n", "A"), std::nullopt);
}

TEST(ProcFiles, KnowsThisProcess) {
  const auto status = read_status(getpid());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->pid, getpid());
  EXPECT_EQ(status->parent, getppid());
  EXPECT_EQ(status->user, geteuid());
  EXPECT_GT(status->resident_bytes, 0U);
  EXPECT_FALSE(command_line(getpid()).empty());
  EXPECT_TRUE(start_ticks(getpid()));
  EXPECT_GE(uptime_seconds(getpid()), 0);
  EXPECT_THAT(executable_path(getpid()), testing::HasSubstr("tidemark"));
  EXPECT_THAT(numbered_entries("/proc/self/task"), testing::Contains(getpid()));
}

TEST(ProcFiles, AProcessThatIsNotThereIsAnErrorWithAWayOn) {
  const auto status = read_status(0x7ffffff0);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(status.error().hint, testing::HasSubstr("tidemark doctor"));
}

}  // namespace
}  // namespace tidemark
