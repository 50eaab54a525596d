#include "host/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/made_up_machine.h"

namespace tidemark {
namespace {

constexpr std::string_view kStatus =
    "Name:\tpuma: cluster wo\nUmask:\t0022\nState:\tS "
    "(sleeping)\nTgid:\t4711\nNgid:\t0\nPid:\t4711\n"
    "PPid:\t17\nTracerPid:\t99\nUid:\t1000\t1001\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n"
    "NSpid:\t4711\t42\t7\nVmRSS:\t  123456 kB\nThreads:\t12\nSigBlk:\t0000000000000200\n"
    "SigCgt:\t00000001820c4a7f\nCapEff:\t0000000000080000\nSeccomp:\t2\n"
    "x86_Thread_features:\tshstk \n";

TEST(Process, ReadsEveryFieldOfAStatus) {
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

TEST(Process, AStatusOfNothingIsEmpty) {
  const ProcessStatus status = parse_status("");
  EXPECT_EQ(status.pid, 0);
  EXPECT_EQ(status.state, '?');
  EXPECT_FALSE(status.shadow_stack);
}

TEST(Process, KnowsThisProcess) {
  const auto status = read_status(this_machine(), getpid());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->pid, getpid());
  EXPECT_EQ(status->parent, getppid());
  EXPECT_EQ(status->user, geteuid());
  EXPECT_GT(status->resident_bytes, 0U);
  EXPECT_FALSE(command_line(this_machine(), getpid()).empty());
  EXPECT_GT(read_stat(this_machine(), getpid())->started, 0U);
  EXPECT_GE(uptime_seconds(this_machine(), getpid()), 0);
  EXPECT_THAT(executable_path(this_machine(), getpid()), testing::HasSubstr("tidemark"));
  EXPECT_THAT(numbered_entries(this_machine(), "/proc/self/task"), testing::Contains(getpid()));
}

TEST(Process, AProcessThatIsNotThereIsAnErrorWithAWayOn) {
  const auto status = read_status(this_machine(), 0x7ffffff0);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(status.error().hint, testing::HasSubstr("tidemark doctor"));
}

TEST(Process, AStatOfAnyName) {
  MadeUpMachine machine;
  machine.process(17, 1, "a) (b c", "x", 1000);
  const auto stat = read_stat(machine, 17);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 17);
  EXPECT_EQ(stat->command, "a) (b c");
  EXPECT_EQ(stat->session, 1);
  EXPECT_FALSE(stat->dead());
  EXPECT_EQ(stat->user_ticks + stat->system_ticks, 1100U);
  EXPECT_DOUBLE_EQ(stat->processor_seconds(), 1100.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  EXPECT_EQ(stat->started, 100U);
  EXPECT_NEAR(uptime_seconds(machine, 17), 3599, 1);
  EXPECT_TRUE(parse_stat("1 (x) Z 1")->dead());
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("17 )x( S 1"));
}

TEST(Process, ListsThoseThatLive) {
  MadeUpMachine machine;
  machine.process(17, 1, "ruby", "ruby app.rb", 1000);
  machine.process(9, 17, "node", "node", 1000);
  machine.put("/proc/21/stat", "21 (x) Z 17 1 1\n");
  machine.put("/proc/21/cmdline", "");
  machine.put("/proc/meminfo", "MemTotal: 1 kB\n");
  machine.link("/proc/17/exe", "/usr/bin/ruby3.1 (deleted)");
  const auto processes = list_processes(machine);
  ASSERT_EQ(processes.size(), 2);
  EXPECT_EQ(processes[0].pid, 9);
  EXPECT_EQ(processes[1].arguments, (std::vector<std::string>{"ruby", "app.rb"}));
  EXPECT_EQ(executable_path(machine, 17), "/usr/bin/ruby3.1");
  EXPECT_EQ(executable_path(machine, 9), "");
}

TEST(Process, OddNamesAndOwnData) {
  MadeUpMachine machine;
  machine.process(17, 1, "a) (b c", "puma:\x01worker", 1000);
  const auto process = read_process(machine, 17);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->command, "a) (b c");
  EXPECT_EQ(process->parent, 1);
  EXPECT_EQ(process->started, 100);
  const auto self = read_process(this_machine(), getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, getppid());
  const auto memory = read_memory(this_machine(), getpid());
  ASSERT_TRUE(memory);
  EXPECT_GT(memory->resident, 1e6);
  EXPECT_GE(memory->threads, 1);
  if (const auto proportional = read_proportional_memory(this_machine(), getpid())) {
    EXPECT_LE(proportional->unique, proportional->proportional + 1);
  }
  EXPECT_FALSE(read_process(this_machine(), -1));
  EXPECT_FALSE(read_memory(this_machine(), 0));
}

TEST(Process, ThreadsThatServeAndWhoHandsOutMemory) {
  MadeUpMachine machine;
  machine.process(17, 1, "ruby", "puma: cluster worker 0", 1000);
  EXPECT_EQ(serving_threads(machine, 17), 0);
  EXPECT_FALSE(allocator_of(machine, 17));
  machine.thread(17, 17, "ruby");
  machine.thread(17, 18, "puma reactor");
  machine.thread(17, 19, "puma srv tp 001");
  machine.thread(17, 20, "puma threadpoo");
  EXPECT_EQ(serving_threads(machine, 17), 2);
  machine.put("/proc/17/maps", "7f00-7f01 r-xp 0 0:0 1 /usr/lib/libc.so.6\n");
  machine.put("/proc/17/environ", std::string("A=1\0XMALLOC_ARENA_MAX=9\0", 24));
  EXPECT_EQ(allocator_of(machine, 17), "glibc");
  machine.put("/proc/17/environ", std::string("A=1\0MALLOC_ARENA_MAX=2\0B=", 26));
  EXPECT_EQ(allocator_of(machine, 17), "glibc, MALLOC_ARENA_MAX=2");
  machine.put("/proc/17/maps", "7f00-7f01 r-xp 0 0:0 1 /usr/lib/libjemalloc.so.2\n");
  EXPECT_EQ(allocator_of(machine, 17), "jemalloc");
}

}  // namespace
}  // namespace tidemark
