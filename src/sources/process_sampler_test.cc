// Servers on a made-up machine, followed and added up.
#include "sources/process_sampler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "sources/worker_memory.h"
#include "support/made_up_machine.h"

namespace tidemark {
namespace {

TEST(ProcessSampler, AddsUpSharedPagesOnceAndFollows) {
  MadeUpMachine machine;
  machine.process(10, 1, "ruby", "puma: master", 100000, 40000);
  machine.process(11, 10, "ruby", "puma: cluster worker 0", 100000, 50000);
  machine.process(12, 10, "ruby", "puma: cluster worker 1", 100000, 50000);
  machine.process(13, 1, "bash", "bash", 5000);
  machine.put("/sys/fs/cgroup/app/one/memory.current", "1000000\n");
  machine.put("/sys/fs/cgroup/app/one/memory.max", "536870912\n");
  auto sampler = ProcessSampler::follow("puma", {.host = &machine});
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
  auto sampler = ProcessSampler::follow("10", {.host = &machine});
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
  EXPECT_FALSE(ProcessSampler::follow("bash", {.host = &machine, .self = 11}));
  EXPECT_TRUE(ProcessSampler::follow("bash", {.host = &machine}));
  EXPECT_EQ(ProcessSampler::follow("none", {.host = &machine}).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(ProcessSampler::follow("99", {.host = &machine}));
}

TEST(WorkerMemory, OfARunningServer) {
  MadeUpMachine machine;
  machine.process(10, 1, "ruby", "puma: master", 100000, 40000);
  machine.process(11, 10, "ruby", "puma: cluster worker 0", 110000, 60000, 100, 30000);
  machine.process(12, 10, "ruby", "puma: cluster worker 1", 120000, 70000, 100, 40000);
  auto sampler = ProcessSampler::follow("puma", {.host = &machine});
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
