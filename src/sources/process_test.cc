// Processes and control groups out of folders that look like /proc and /sys, and of ourselves.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "sources/control_group.h"
#include "sources/process_info.h"
#include "sources/process_sampler.h"
#include "sources/worker_memory.h"
#include "support/made_up_machine.h"

namespace tidemark {
namespace {

TEST(ProcessInfo, OddNamesAndOwnData) {
  MadeUpMachine machine;
  machine.process(17, 1, "a) (b c", "puma:\x01worker", 1000);
  const auto process = read_process(17, machine.root() + "/proc");
  ASSERT_TRUE(process);
  EXPECT_EQ(process->command, "a) (b c");
  EXPECT_EQ(process->parent, 1);
  EXPECT_EQ(process->started, 100);
  const auto self = read_process(getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->parent, getppid());
  const auto memory = read_memory(getpid());
  ASSERT_TRUE(memory);
  EXPECT_GT(memory->resident, 1e6);
  EXPECT_GE(memory->threads, 1);
  if (const auto proportional = read_proportional_memory(getpid())) {
    EXPECT_LE(proportional->unique, proportional->proportional + 1);
  }
  EXPECT_FALSE(read_process(-1));
  EXPECT_FALSE(read_memory(0));
}

TEST(ProcessInfo, NamesAsUsersSayThem) {
  const auto named = [](std::vector<std::string> arguments, std::string_view name) {
    return goes_by({.command = "ruby", .arguments = std::move(arguments)}, name);
  };
  EXPECT_TRUE(named({"puma: cluster worker 0: 17 [app]"}, "puma"));
  EXPECT_TRUE(named({"/usr/bin/ruby3.1", "-W0", "/srv/app/bin/rails", "server"}, "rails"));
  EXPECT_TRUE(named({"node", "server.js"}, "server.js"));
  EXPECT_TRUE(named({"x"}, "ruby"));
  EXPECT_FALSE(named({"vim", "puma.rb"}, "puma"));
  EXPECT_FALSE(named({"bash", "-c", "tidemark watch puma"}, "puma"));
  EXPECT_FALSE(named({}, "ruby"));
}

TEST(ControlGroup, Version2TakesTheTightestLimitAbove) {
  MadeUpMachine machine;
  machine.process(17, 1, "x", "x", 1000);
  machine.put("sys/fs/cgroup/app/one/memory.current", "1000000\n");
  machine.put("sys/fs/cgroup/app/one/memory.max", "max\n");
  machine.put("sys/fs/cgroup/app/one/memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n");
  machine.put("sys/fs/cgroup/app/one/memory.pressure", "some avg10=1.50 avg60=0.0 total=1\n");
  machine.put("sys/fs/cgroup/app/memory.max", "536870912\n");
  const ControlGroup group = read_control_group(17, machine.root());
  EXPECT_EQ(group.limit, 536870912);
  EXPECT_EQ(group.current, 1000000);
  EXPECT_EQ(group.killed, 2);
  EXPECT_EQ(group.pressure, 1.5);
}

TEST(ControlGroup, Version1AndTheFileOfADyno) {
  MadeUpMachine machine;
  machine.process(17, 1, "x", "x", 1000);
  machine.put("proc/17/cgroup", "4:memory:/docker/abc\n3:cpu:/\n0::/\n");
  machine.put("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "77\n");
  machine.put("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_FALSE(read_control_group(17, machine.root()).limit);
  EXPECT_EQ(read_control_group(17, machine.root()).current, 77);
  // A dyno: no groups at all, and one file.
  machine.put("proc/17/cgroup", "0::/\n");
  machine.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(read_control_group(17, machine.root()).limit, 536870912);
  EXPECT_FALSE(read_control_group(18, machine.root()).limit);
}

TEST(ProcessSampler, AddsUpSharedPagesOnceAndFollows) {
  MadeUpMachine machine;
  machine.process(10, 1, "ruby", "puma: master", 100000, 40000);
  machine.process(11, 10, "ruby", "puma: cluster worker 0", 100000, 50000);
  machine.process(12, 10, "ruby", "puma: cluster worker 1", 100000, 50000);
  machine.process(13, 1, "bash", "bash", 5000);
  machine.put("sys/fs/cgroup/app/one/memory.current", "1000000\n");
  machine.put("sys/fs/cgroup/app/one/memory.max", "536870912\n");
  auto sampler = ProcessSampler::follow("puma", {.root = machine.root()});
  ASSERT_TRUE(sampler);
  EXPECT_EQ(sampler->title(), "puma");
  sampler->sample(1000);
  ASSERT_EQ(sampler->total().samples.size(), 1);
  EXPECT_EQ(sampler->total().samples[0].bytes, (140000 + 3 * 3) * 1024.0);
  EXPECT_EQ(sampler->total().samples[0].workers, 2);
  EXPECT_EQ(sampler->total().quota, 536870912);
  EXPECT_EQ(sampler->running().size(), 3);

  machine.process(12, 10, "ruby", "puma: cluster worker 1", 101000, 50000);
  sampler->sample(1001);  // moved by 1 %: not read anew, moves as the resident memory does
  EXPECT_EQ(sampler->total().samples[1].bytes, (141000 + 3 * 3) * 1024.0);

  // The whole is restarted under other pids; for a moment there is nothing.
  for (const int pid : {10, 11, 12}) machine.end(pid);
  sampler->sample(1002);
  EXPECT_TRUE(sampler->running().empty());
  EXPECT_EQ(sampler->total().samples.size(), 2);
  machine.process(20, 1, "ruby", "puma: master", 100000, 40000, 200);
  sampler->sample(1003);
  ASSERT_EQ(sampler->total().events.size(), 1);
  EXPECT_EQ(sampler->total().events[0].kind, EventKind::kRestart);
  EXPECT_EQ(sampler->total().samples.size(), 3);
  EXPECT_EQ(sampler->processes().size(), 4);
}

TEST(ProcessSampler, APidIsFollowedToTheNextRunOfItsCommand) {
  MadeUpMachine machine;
  machine.process(10, 1, "node", "node server.js", 1000);
  machine.process(11, 1, "node", "node other.js", 1000);
  auto sampler = ProcessSampler::follow("10", {.root = machine.root()});
  ASSERT_TRUE(sampler);
  sampler->sample(1000);
  EXPECT_EQ(sampler->running().size(), 1);
  EXPECT_TRUE(sampler->shares_unknown());
  EXPECT_EQ(sampler->total().samples[0].bytes, 1004 * 1024.0);
  machine.end(10);
  machine.process(30, 1, "node", "node server.js", 1000, 0, 300);
  sampler->sample(1001);
  ASSERT_EQ(sampler->running().size(), 1);
  EXPECT_EQ(sampler->running()[0].process.pid, 30);
  EXPECT_EQ(sampler->total().events.size(), 1);
}

TEST(ProcessSampler, NeitherItselfNorWhatIsNotThere) {
  MadeUpMachine machine;
  machine.process(10, 1, "bash", "bash", 1000);
  machine.process(11, 10, "tidemark", "tidemark watch bash", 1000);
  EXPECT_FALSE(ProcessSampler::follow("bash", {.root = machine.root(), .self = 11}));
  EXPECT_TRUE(ProcessSampler::follow("bash", {.root = machine.root()}));
  EXPECT_EQ(ProcessSampler::follow("none", {.root = machine.root()}).error().code,
            ErrorCode::kNotFound);
  EXPECT_FALSE(ProcessSampler::follow("99", {.root = machine.root()}));
}

TEST(ProcessInfo, ThreadsThatServeAndWhoHandsOutMemory) {
  MadeUpMachine machine;
  const std::string proc = machine.root() + "/proc";
  machine.process(17, 1, "ruby", "puma: cluster worker 0", 1000);
  EXPECT_EQ(serving_threads(17, proc), 0);
  EXPECT_FALSE(allocator_of(17, proc));
  machine.thread(17, 17, "ruby");
  machine.thread(17, 18, "puma reactor");
  machine.thread(17, 19, "puma srv tp 001");
  machine.thread(17, 20, "puma threadpoo");
  EXPECT_EQ(serving_threads(17, proc), 2);
  machine.put("proc/17/maps", "7f00-7f01 r-xp 0 0:0 1 /usr/lib/libc.so.6\n");
  machine.put("proc/17/environ", std::string("A=1\0XMALLOC_ARENA_MAX=9\0", 24));
  EXPECT_EQ(allocator_of(17, proc), "glibc");
  machine.put("proc/17/environ", std::string("A=1\0MALLOC_ARENA_MAX=2\0B=", 26));
  EXPECT_EQ(allocator_of(17, proc), "glibc, MALLOC_ARENA_MAX=2");
  machine.put("proc/17/maps", "7f00-7f01 r-xp 0 0:0 1 /usr/lib/libjemalloc.so.2\n");
  EXPECT_EQ(allocator_of(17, proc), "jemalloc");
}

TEST(WorkerMemory, OfARunningServer) {
  MadeUpMachine machine;
  machine.process(10, 1, "ruby", "puma: master", 100000, 40000);
  machine.process(11, 10, "ruby", "puma: cluster worker 0", 110000, 60000, 100, 30000);
  machine.process(12, 10, "ruby", "puma: cluster worker 1", 120000, 70000, 100, 40000);
  auto sampler = ProcessSampler::follow("puma", {.root = machine.root()});
  ASSERT_TRUE(sampler);
  EXPECT_FALSE(worker_memory(*sampler));
  sampler->sample(1000);
  const auto memory = worker_memory(*sampler);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->workers, 2);
  EXPECT_EQ(memory->total, (170000 + 9) * 1024.0);
  EXPECT_EQ(memory->own, (35000 + 3) * 1024.0);
  EXPECT_EQ(memory->least, (30000 + 3) * 1024.0);
  EXPECT_EQ(memory->most, (40000 + 3) * 1024.0);
  EXPECT_EQ(memory->shared(), (100000 + 3) * 1024.0);
  EXPECT_EQ(memory->resident, (330000 + 3 * 4) * 1024.0);
  // The same beside the total, to be recorded.
  ASSERT_EQ(sampler->own().samples.size(), 1);
  EXPECT_EQ(sampler->own().samples[0].bytes, (70000 + 6) * 1024.0);
  EXPECT_EQ(sampler->own().samples[0].workers, 2);
  EXPECT_EQ(sampler->own().kind, MemoryKind::kPrivate);
}

TEST(WorkerMemory, OfAHistoryWithTheUsualNumberOfWorkers) {
  MemorySeries total;
  total.name = "puma";
  MemorySeries own;
  own.name = "puma";
  own.kind = MemoryKind::kPrivate;
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t workers = i == 90 ? 3 : 2;  // while one is replaced
    const double each = 1e6 * std::min(i, 60);
    total.samples.push_back({.time = i * 5.0, .bytes = 80e6 + workers * each, .workers = workers});
    if (i % 7 == 0) continue;  // not read each time
    own.samples.push_back({.time = i * 5.0, .bytes = workers * each, .workers = workers});
  }
  const auto memory = worker_memory(total, own);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->workers, 2);
  EXPECT_EQ(memory->own, 60e6);
  EXPECT_EQ(memory->shared(), 80e6);
  own.samples.resize(3);
  EXPECT_FALSE(worker_memory(total, own));
}

}  // namespace
}  // namespace tidemark
