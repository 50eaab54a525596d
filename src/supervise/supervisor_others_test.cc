// Supervisors that meet others: the tidemark before, a server with workers of its own, those who
// ask over the channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "supervise/fake_world.h"
#include "supervise/state_file.h"

namespace tidemark {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Error io_error(const std::string& message) {
  return {.code = ErrorCode::kIo, .message = message, .file = {}, .offset = {}, .hint = {}};
}

PoolSettings external_settings() {
  PoolSettings settings = fake_settings(1);
  settings.external = true;
  return settings;
}

// ---------- a tidemark before

TEST(TakeOver, WorkersGoOnUnderTheNextOne) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.served = 10}; };
  {
    FakeRun killed(machine, fake_settings(2));
    ASSERT_TRUE(killed.wait_for("worker 2 (pid 102) serves"));
    killed.turn_for(30);
    machine.signals = {SIGHUP};  // so that there is something to remember
    killed.turn_for(30);
  }
  EXPECT_EQ(machine.pids(), (std::vector<int>{103, 104}));
  machine.done.clear();
  FakeRun next(machine, fake_settings(2));
  EXPECT_TRUE(next.said("took over 2 workers of the last run, which serve on port 3000"))
      << next.log();
  EXPECT_THAT(machine.done, IsEmpty());  // it has not listened anew
  next.turn_for(30, [&] { EXPECT_EQ(machine.accepting(), 2); });
  EXPECT_EQ(machine.pids(), (std::vector<int>{103, 104}));
  ASSERT_EQ(next.pool().members.size(), 2U);
  EXPECT_EQ(next.pool().members[0].view.number, 3);
  EXPECT_GT(next.pool().members[0].view.baseline, 0);
  EXPECT_GT(machine.time - next.pool().members[0].view.born, 50);
  EXPECT_TRUE(next.pool().members[0].view.speaks);
  machine.signals = {SIGHUP};
  next.turn_for(30, [&] { EXPECT_GE(machine.accepting(), 2); });
  EXPECT_EQ(machine.pids(), (std::vector<int>{105, 106})) << next.log();
  EXPECT_TRUE(next.said("worker 5 (pid 105) starts"));  // numbers go on
}

TEST(TakeOver, APidThatIsAnotherProcessNowIsLeftAlone) {
  FakeMachine machine;
  {
    FakeRun killed(machine, fake_settings(2));
    ASSERT_TRUE(killed.wait_for("worker 2 (pid 102) serves"));
  }
  machine.processes[101].info.started += 1;
  FakeRun next(machine, fake_settings(2));
  EXPECT_TRUE(next.said("took over 1 worker"));
  ASSERT_EQ(next.pool().members.size(), 1U);
  EXPECT_EQ(next.pool().members[0].view.pid, 102);
}

TEST(TakeOver, WhereTheSocketCannotBeHadWorkersAreStoppedFirst) {
  FakeMachine machine;
  machine.next_app = [](int count) { return AppScript{.stops = count == 1 ? 2. : -1.}; };
  {
    FakeRun killed(machine, fake_settings(2));
    ASSERT_TRUE(killed.wait_for("worker 2 (pid 102) serves"));
  }
  machine.copy_error = io_error("not permitted");
  machine.done.clear();
  FakeRun next(machine, fake_settings(2));
  EXPECT_TRUE(
      next.said("2 workers of the last run cannot be taken over (not permitted); stopping "
                "them first"))
      << next.log();
  EXPECT_THAT(machine.done,
              ElementsAre("SIGTERM 101", "SIGTERM 102", "group SIGKILL 102", "listen"));
  ASSERT_TRUE(next.wait_for("worker 4 (pid 104) serves")) << next.log();
}

TEST(TakeOver, ADamagedStateIsTold) {
  FakeMachine machine;
  machine.state = "tidemark-run 1\nworker";
  FakeRun run(machine, fake_settings(1));
  EXPECT_TRUE(run.said("have to be stopped by hand"));
  EXPECT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
}

TEST(TakeOver, AStateThatCannotBeWrittenIsToldOnce) {
  FakeMachine machine;
  machine.state_error = io_error("disk full");
  FakeRun run(machine, fake_settings(2));
  ASSERT_TRUE(run.wait_for("worker 2 (pid 102) serves"));
  EXPECT_EQ(run.times_said("disk full; if tidemark crashes, its workers cannot be taken over"), 1);
}

// ---------- a server that keeps its own workers

TEST(External, ReplacesOneAtATimeAndWaitsForTheServerToStartAnother) {
  FakeMachine machine;
  machine.master_restarts = 3;
  machine.start_master(3);
  PoolSettings settings = external_settings();
  settings.attach = machine.master;
  settings.max_age = 20;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.ready);
  ASSERT_TRUE(run.wait_for("Puma keeps 3 workers (master: pid 101)")) << run.log();
  ASSERT_TRUE(run.wait_for("worker 3 (pid 104) serves"));
  run.turn_for(60, [&] { EXPECT_GE(machine.accepting(), 2) << run.log(); });
  EXPECT_GE(run.pool().counts.replaced, 3U) << run.log();
  EXPECT_TRUE(run.said("worker 4 in place of "));
}

TEST(External, SighupToAServerThatIsWatchedReplacesOneAtATime) {
  FakeMachine machine;
  machine.master_restarts = 3;
  machine.start_master(2);
  PoolSettings settings = external_settings();
  settings.attach = machine.master;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("worker 2 (pid 103) serves")) << run.log();
  machine.signals = {SIGHUP};
  run.turn_for(30, [&] { EXPECT_GE(machine.accepting(), 1) << run.log(); });
  EXPECT_EQ(machine.pids(), (std::vector<int>{101, 104, 105})) << run.log();
}

TEST(External, TellsOfAWorkerThatDoesNotComeBack) {
  FakeMachine machine;
  machine.start_master(2);
  machine.master_restarts = -1;
  PoolSettings settings = external_settings();
  settings.attach = machine.master;
  settings.max_age = 10;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("Puma has started no worker in place of worker 1", 90)) << run.log();
  EXPECT_EQ(run.times_said("has ended"), 1);
}

TEST(External, TheEndOfAServerThatIsWatchedIsTheEnd) {
  FakeMachine machine;
  machine.start_master(2);
  PoolSettings settings = external_settings();
  settings.attach = machine.master;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("worker 2 (pid 103) serves"));
  machine.crash(machine.master, SIGKILL);
  run.turn_for(2);
  ASSERT_TRUE(run.done());
  EXPECT_EQ(run.result().value_or(-1), 1);
  EXPECT_TRUE(run.said("! the server has ended"));
}

TEST(External, SigtermLeavesAServerThatIsWatched) {
  FakeMachine machine;
  machine.start_master(2);
  PoolSettings settings = external_settings();
  settings.attach = machine.master;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("worker 2 (pid 103) serves"));
  machine.done.clear();
  machine.signals = {SIGTERM};
  run.turn_for(2);
  ASSERT_TRUE(run.done());
  EXPECT_EQ(run.result().value_or(-1), 0);
  EXPECT_THAT(machine.done, IsEmpty());
  EXPECT_EQ(machine.accepting(), 2);
}

TEST(External, AServerOfOursIsToldWhenItsClientsAreGone) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.drains = 4, .stops = 1}; };
  // What is started is the server.
  FakeRun run(machine, external_settings());
  ASSERT_TRUE(run.ready);
  EXPECT_TRUE(run.said("started node (pid 101), which keeps its own workers"));
  machine.adopt_master(101, 2);
  ASSERT_TRUE(run.wait_for("worker 2 (pid 103) serves")) << run.log();
  const double told = machine.time;
  machine.signals = {SIGTERM};
  ASSERT_TRUE(run.wait_for("SIGTERM goes to the server (pid 101)")) << run.log();
  EXPECT_NEAR(machine.time - told, 4, 0.5);
  run.turn_for(10);
  ASSERT_TRUE(run.done());
  EXPECT_EQ(run.result().value_or(-1), 0);
}

TEST(External, AServerOfOursThatHangsIsKilled) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.stops = -1}; };
  FakeRun run(machine, external_settings());
  machine.adopt_master(101, 1);
  ASSERT_TRUE(run.wait_for("worker 1 (pid 102) serves"));
  machine.signals = {SIGTERM};
  run.turn_for(40);
  ASSERT_TRUE(run.done()) << run.log();
  EXPECT_THAT(machine.done, Contains("group SIGKILL 101"));
  EXPECT_TRUE(run.said("the server is still there at the end of the time there is: it is killed"));
}

TEST(External, OtherSignalsGoToTheServer) {
  FakeMachine machine;
  FakeRun run(machine, external_settings());
  machine.adopt_master(101, 1);
  ASSERT_TRUE(run.wait_for("worker 1 (pid 102) serves"));
  machine.signals = {SIGUSR1};
  run.turn_for(1);
  EXPECT_THAT(machine.done, Contains("SIGUSR1 101"));
}

// ---------- who asks over the channel

TEST(Messages, AnswersTheStatusAndMetrics) {
  FakeMachine machine;
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.lines = {{.connection = 70, .pid = 999, .text = "status json"},
                   {.connection = 71, .pid = 0, .text = "GET /metrics HTTP/1.1"},
                   {.connection = 72, .pid = 0, .text = "GET /other HTTP/1.1"},
                   {.connection = 73, .pid = 0, .text = "Host: localhost"}};
  run.turn_for(0.3);
  EXPECT_EQ(machine.sent[70], "json of 1 workers");
  EXPECT_THAT(machine.sent[71], HasSubstr("200 OK"));
  EXPECT_THAT(machine.sent[71], HasSubstr("\r\n\r\nmetrics of 1 workers"));
  EXPECT_THAT(machine.sent[72], HasSubstr("404 Not Found"));
  EXPECT_EQ(machine.sent.count(73), 0U);
  EXPECT_THAT(machine.done, Contains("finish 70"));
  EXPECT_THAT(machine.done, Contains("finish 71"));
}

TEST(Messages, OnlyAWorkersProcessesGetTheSocket) {
  FakeMachine machine;
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  const int child = machine.start_app(101, {"node", "child.js"}).info.pid;
  const int other = machine.start_app(1, {"nginx"}).info.pid;
  machine.lines = {{.connection = 80, .pid = child, .text = "socket"},
                   {.connection = 81, .pid = other, .text = "socket"}};
  run.turn_for(0.3);
  EXPECT_THAT(machine.done, Contains("socket to 80"));
  EXPECT_THAT(machine.done, Contains("finish 81"));
  EXPECT_THAT(machine.done, Not(Contains("socket to 81")));
}

TEST(Messages, CountsRequestsOfAllPartsAlsoOfThoseThatAreGone) {
  FakeMachine machine;
  machine.next_app = [](int count) { return AppScript{.served = count == 1 ? 10. : 0.}; };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  run.turn_for(20);
  EXPECT_NEAR(run.pool().members[0].view.served, 200, 25);
  machine.signals = {SIGHUP};
  run.turn_for(20);
  EXPECT_NEAR(run.pool().counts.served, 200, 25) << run.log();
}

}  // namespace
}  // namespace tidemark
