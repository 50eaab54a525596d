// A pool's life against a fake world: starts, failures, timeouts, load, the end.
#include "supervise/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "supervise/decide.h"
#include "supervise/fake_world.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// The times at which worker after worker was started.
std::vector<double> starts(const FakeRun& run) {
  std::vector<double> times;
  std::istringstream lines(run.log());
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(" starts")) times.push_back(std::stod(line));
  }
  return times;
}

TEST(Supervisor, StartsTheWorkersAndSaysWhenTheyServe) {
  FakeMachine machine;
  FakeRun run(machine, fake_settings(2));
  ASSERT_TRUE(run.ready);
  EXPECT_TRUE(run.said("listening on 0.0.0.0 port 3000; 2 to 2 workers"));
  ASSERT_TRUE(run.wait_for("worker 2 (pid 102) serves, 0.")) << run.log();
  EXPECT_TRUE(run.said("worker 1 (pid 101) starts"));
  EXPECT_EQ(run.times_said("serves"), 2);
  EXPECT_EQ(machine.accepting(), 2);
  run.turn_for(60);
  EXPECT_EQ(machine.processes.size(), 2U);  // and then nothing
  EXPECT_EQ(run.pool().counts.started, 2U);
}

TEST(Supervisor, AWorkerThatDoesNotSpeakIsReadyWhenItIsAtRestOrHasAClient) {
  FakeMachine machine;
  machine.next_app = [](int count) {
    return AppScript{.boots = 2, .speaks = false, .clients = count - 1};
  };
  FakeRun run(machine, fake_settings(2));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  EXPECT_TRUE(run.said("worker 2 (pid 102) serves, 2.")) << run.log();
  EXPECT_EQ(run.times_said(", without the part that drains"), 2);
  // The client came first.
  EXPECT_LT(run.log().find("worker 2 (pid 102) serves"),
            run.log().find("worker 1 (pid 101) serves"));
}

TEST(Supervisor, ACommandThatCannotBeRunEndsIt) {
  FakeMachine machine;
  machine.start_error = Error{.code = ErrorCode::kIo,
                              .message = "cannot run node: no such file",
                              .file = {},
                              .offset = {},
                              .hint = "is it installed?"};
  FakeRun run(machine, fake_settings(1));
  run.turn_for(5);
  ASSERT_TRUE(run.done());
  const auto result = run.result();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "cannot run node: no such file; is it installed?");
}

TEST(Supervisor, APortThatIsTakenKeepsItFromStarting) {
  FakeMachine machine;
  machine.listen_error = Error{.code = ErrorCode::kIo,
                               .message = "cannot listen",
                               .file = {},
                               .offset = {},
                               .hint = "puma (pid 17) has it"};
  FakeRun run(machine, fake_settings(1));
  ASSERT_FALSE(run.ready);
  EXPECT_EQ(run.ready.error().hint, "puma (pid 17) has it");
}

TEST(Supervisor, WorkersThatDieAtStartAreTriedEverMoreSlowlyAndThenGivenUp) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) {
    return AppScript{.boots = 1, .crashes = 0.1, .crash_status = 7 << 8};
  };
  FakeRun run(machine, fake_settings(1));
  run.turn_for(60);
  EXPECT_TRUE(run.said("! worker 1 (pid 101) ended with exit code 7 before it served"));
  EXPECT_TRUE(run.said("the next try is in 0.5 s"));
  const auto times = starts(run);
  ASSERT_EQ(times.size(), 5U) << run.log();
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_GE(times[i] - times[i - 1], 0.1 + start_pause(static_cast<int>(i)));
  }
  ASSERT_TRUE(run.done());
  const auto result = run.result();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "5 workers in a row have failed to start");
}

TEST(Supervisor, WorkersThatOnceServedAreTriedForEver) {
  FakeMachine machine;
  machine.next_app = [](int count) {
    return AppScript{.boots = 1, .crashes = count == 1 ? 20. : 0.1};
  };
  FakeRun run(machine, fake_settings(1));
  run.turn_for(1000);
  EXPECT_FALSE(run.done());
  EXPECT_TRUE(run.said("! worker 1 (pid 101) ended by SIGKILL, which nobody asked for"));
  const auto times = starts(run);
  ASSERT_GT(times.size(), 12U);
  EXPECT_NEAR(times.back() - times[times.size() - 2], kTuning.longest_start_pause, 1);
}

TEST(Supervisor, ACrashSoonAfterTheStartCountsAsAFailedStart) {
  FakeMachine machine;
  machine.next_app = [](int count) { return AppScript{.crashes = count <= 3 ? 2. : -1.}; };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 4 (pid 104) serves"));
  const auto times = starts(run);
  ASSERT_EQ(times.size(), 4U);
  EXPECT_NEAR(times[1] - times[0], 2 + start_pause(1), 0.3);
  EXPECT_NEAR(times[3] - times[2], 2 + start_pause(3), 0.3);
  EXPECT_EQ(run.pool().counts.crashed, 3U);
  run.turn_for(10);
  EXPECT_EQ(run.pool().known.failed_starts, 0);  // it has proven itself
}

TEST(Supervisor, AWorkerThatListensElsewhereIsToldOfAndKilledInTime) {
  FakeMachine machine;
  machine.next_app = [](int count) {
    return AppScript{.takes_socket = count > 1, .own_port = count > 1 ? 0 : 8081, .speaks = false};
  };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(
      run.wait_for("worker 1 (pid 101) has NOT taken the socket of port 3000: it listens on "
                   "port 8081 instead"))
      << run.log();
  EXPECT_EQ(machine.accepting(), 0);
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) is killed: not ready after 60 s", 70)) << run.log();
  EXPECT_THAT(machine.done, Contains("group SIGKILL 101"));
  ASSERT_TRUE(run.wait_for("worker 2 (pid 102) serves"));
}

TEST(Supervisor, ReplacesOneAtATimeTheNewOneFirst) {
  FakeMachine machine;
  FakeRun run(machine, fake_settings(3));
  ASSERT_TRUE(run.wait_for("worker 3 (pid 103) serves"));
  machine.signals = {SIGHUP};
  run.turn_for(60, [&] { EXPECT_GE(machine.accepting(), 3) << run.log(); });
  EXPECT_EQ(machine.pids(), (std::vector<int>{104, 105, 106})) << run.log();
  EXPECT_EQ(run.times_said("has ended"), 3);
  const std::string log = run.log();
  std::size_t at = 0;
  for (const char* text :
       {"SIGHUP: replacing 3 workers, one at a time",
        "worker 4 (pid 104) starts: to replace worker 1", "worker 4 (pid 104) serves",
        "worker 1 (pid 101) drains: worker 4 is ready",
        "worker 1 (pid 101) gets SIGTERM: drained in ", "worker 1 (pid 101) has ended",
        "worker 5 (pid 105) starts: to replace worker 2", "worker 2 (pid 102) has ended",
        "worker 6 (pid 106) starts: to replace worker 3", "worker 3 (pid 103) has ended"}) {
    at = log.find(text, at);
    ASSERT_NE(at, std::string::npos) << text << " in " << log;
  }
  EXPECT_TRUE(run.said("worker 4 in place of 1: 40.0 MB now")) << log;
  EXPECT_EQ(run.pool().counts.replaced, 3U);
}

TEST(Supervisor, IsNotStoppedBeforeItsClientsAreGone) {
  FakeMachine machine;
  machine.next_app = [](int count) {
    return AppScript{.drains = count == 1 ? 3. : 0.2, .clients = 4};
  };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.signals = {SIGHUP};
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) drains"));
  const double drains = machine.time;
  EXPECT_EQ(machine.sent[1], "drain\n");
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) gets SIGTERM"));
  EXPECT_NEAR(machine.time - drains, 3, 0.3);
  EXPECT_THAT(machine.done, Contains("SIGTERM 101"));
}

TEST(Supervisor, AClientThatStaysAndAWorkerThatHangsHaveATimeout) {
  FakeMachine machine;
  machine.next_app = [](int count) {
    return count == 1 ? AppScript{.drains = -1, .stops = -1} : AppScript{};
  };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.signals = {SIGHUP};
  ASSERT_TRUE(run.wait_for("gets SIGTERM: 1 connection still open after 20 s; stopped"))
      << run.log();
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) is killed: hangs 10 s after its signal"))
      << run.log();
  EXPECT_THAT(machine.done, Contains("group SIGKILL 101"));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) has ended"));
  EXPECT_EQ(machine.accepting(), 1);
}

TEST(Supervisor, WhatCannotBeDrainedIsStoppedAndThatIsSaidOnce) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.speaks = false}; };
  FakeRun run(machine, fake_settings(2));
  ASSERT_TRUE(run.wait_for("worker 2 (pid 102) serves"));
  machine.signals = {SIGHUP};
  run.turn_for(30);
  EXPECT_EQ(run.times_said("has ended"), 2);
  EXPECT_EQ(run.times_said("cannot be drained; stopped at once"), 2);
  EXPECT_EQ(run.times_said("a client that keeps its connection open may lose one"), 1);
}

TEST(Supervisor, AReplacementThatDoesNotStartLeavesTheOldOneServing) {
  FakeMachine machine;
  machine.next_app = [](int count) { return AppScript{.crashes = count == 2 ? 0.1 : -1.}; };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.signals = {SIGHUP};
  run.turn_for(20, [&] { EXPECT_GE(machine.accepting(), 1); });
  EXPECT_TRUE(run.said("worker 2 (pid 102) ended by SIGKILL before it served"));
  EXPECT_TRUE(run.said("worker 1 (pid 101) drains: worker 3 is ready")) << run.log();
}

TEST(Supervisor, ALeakIsReplacedAndWhatItReleasedIsTold) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.memory = 50e6, .leak = 1e6}; };
  PoolSettings settings = fake_settings(1);
  settings.max_memory = 100e6;
  settings.min_life = 5;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("is over --max-memory 100.0 MB", 100)) << run.log();
  run.turn_for(100, [&] { EXPECT_GE(machine.accepting(), 1); });
  ASSERT_FALSE(run.pool().known.recycles.empty()) << run.log();
  const Recycle& recycle = run.pool().known.recycles[0];
  EXPECT_NEAR(recycle.released, 91e6, 3e6);
  EXPECT_NEAR(recycle.taken, 46e6, 3e6);
  EXPECT_NEAR(gain_of(recycle), 45e6, 4e6);
  EXPECT_FALSE(run.said("does not help"));
}

TEST(Supervisor, StopsReplacingWhereItDoesNotHelp) {
  FakeMachine machine;
  PoolSettings settings = fake_settings(1);
  settings.max_memory = 40e6;
  settings.min_life = 1;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("replacing workers does not help: a new worker takes 50.0 MB"))
      << run.log();
  run.turn_for(600);
  EXPECT_EQ(run.times_said("is to be replaced"), 1);
}

TEST(Supervisor, WithoutRoomForTwoTheOldOneGoesFirst) {
  FakeMachine machine;
  machine.next_app = [](int count) { return AppScript{.leak = count == 1 ? 1e6 : 0}; };
  PoolSettings settings = fake_settings(1);
  settings.quota = 120e6;
  settings.ahead = 1;
  settings.min_life = 5;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("of the quota of 120.0 MB are used", 120)) << run.log();
  ASSERT_TRUE(
      run.wait_for("worker 1 (pid 101) drains: before the new one starts: no room for both"));
  ASSERT_TRUE(run.wait_for("worker 2 (pid 102) serves")) << run.log();
  EXPECT_LT(run.log().find("worker 1 (pid 101) has ended"),
            run.log().find("worker 2 (pid 102) starts"));
}

TEST(Supervisor, GrowsUnderLoadAndShrinksWhenIdle) {
  FakeMachine machine;
  PoolSettings settings = fake_settings(1);
  settings.max_workers = 3;
  settings.idle = 20;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.queue = 10;
  run.turn_for(30, [&] { EXPECT_LE(run.in_phase(WorkerPhase::kStarting).size(), 1U); });
  EXPECT_EQ(machine.accepting(), 3) << run.log();
  EXPECT_TRUE(run.said("2 workers wanted: 10 connections wait to be accepted"));
  machine.queue = 0;
  run.turn_for(100, [&] { EXPECT_GE(machine.accepting(), 1); });
  EXPECT_EQ(machine.accepting(), 1) << run.log();
  EXPECT_EQ(run.times_said("enough for"), 2);
}

TEST(Supervisor, ABurstDoesNotWaitForTheLastOne) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.boots = 5}; };
  PoolSettings settings = fake_settings(1);
  settings.max_workers = 4;
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.queue = 100;
  run.turn_for(3);
  EXPECT_EQ(run.in_phase(WorkerPhase::kStarting).size(), 3U) << run.log();
}

TEST(Supervisor, TellsWhenNobodyTakesWhatWaits) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.cpu = 0}; };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  run.turn_for(5);
  machine.queue = 1;
  run.turn_for(60);
  EXPECT_EQ(run.times_said("1 connections wait on port 3000 and no worker takes them"), 1)
      << run.log();
}

TEST(Supervisor, EndsAllInOrder) {
  FakeMachine machine;
  FakeRun run(machine, fake_settings(2));
  ASSERT_TRUE(run.wait_for("worker 2 (pid 102) serves"));
  machine.queue = 3;
  machine.signals = {SIGTERM};
  run.turn_for(2);
  EXPECT_THAT(machine.sent[1], HasSubstr("finish\n"));
  EXPECT_THAT(machine.done, Not(Contains("SIGTERM 101")));  // connections wait still
  EXPECT_EQ(machine.accepting(), 2);
  machine.queue = 0;
  run.turn_for(20);
  ASSERT_TRUE(run.done()) << run.log();
  EXPECT_THAT(machine.done, Contains("SIGTERM 101"));
  EXPECT_TRUE(machine.processes.empty());
  EXPECT_EQ(run.result().value_or(-1), 0);
  EXPECT_EQ(run.times_said(" starts"), 2);
}

TEST(Supervisor, NothingIsStartedWhenAllEnds) {
  FakeMachine machine;
  machine.next_app = [](int count) { return AppScript{.drains = count == 1 ? 5. : 0.1}; };
  FakeRun run(machine, fake_settings(3));
  ASSERT_TRUE(run.wait_for("worker 3 (pid 103) serves"));
  machine.signals = {SIGTERM};
  machine.crash(103, SIGTERM);  // the whole box is told to end
  run.turn_for(20);
  ASSERT_TRUE(run.done());
  EXPECT_EQ(run.times_said(" starts"), 3) << run.log();
  EXPECT_FALSE(run.said("which nobody asked for"));
}

TEST(Supervisor, WhatHangsAtTheEndIsKilledAtTheTimeout) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.stops = -1}; };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.signals = {SIGTERM};
  const double told = machine.time;
  run.turn_for(100);
  ASSERT_TRUE(run.done());
  EXPECT_NEAR(machine.time - told, 25, 0.5);
  EXPECT_TRUE(run.said("is killed: still there at the end of the time there is"));
}

TEST(Supervisor, ASecondInterruptEndsAllAtOnce) {
  FakeMachine machine;
  machine.next_app = [](int /*count*/) { return AppScript{.stops = -1}; };
  FakeRun run(machine, fake_settings(1));
  ASSERT_TRUE(run.wait_for("worker 1 (pid 101) serves"));
  machine.signals = {SIGINT, SIGINT};  // a wrapper passes it on
  run.turn_for(1);
  EXPECT_FALSE(run.done());
  machine.signals = {SIGINT};
  run.turn_for(1);
  EXPECT_TRUE(run.done()) << run.log();
}

}  // namespace
}  // namespace tidemark
