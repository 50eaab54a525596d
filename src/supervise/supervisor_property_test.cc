// What holds in every schedule: workers that boot slowly or never, crash, leak, hang, hold clients
// or speak with nobody, under load that comes and goes, while the user asks for replacements.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <random>

#include "supervise/fake_world.h"

namespace tidemark {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  double between(double low, double high) {
    return std::uniform_real_distribution<>(low, high)(random_);
  }
  bool happens(double share) { return between(0, 1) < share; }

 private:
  std::mt19937 random_;
};

AppScript any_app(Dice& dice, double faults) {
  AppScript app;
  app.boots = dice.between(0.05, 4);
  app.speaks = !dice.happens(0.2);
  app.drains = dice.happens(faults) ? -1 : dice.between(0, 3);
  app.clients = static_cast<int>(dice.between(0, 5));
  app.stops = dice.happens(faults) ? -1 : dice.between(0, 2);
  if (dice.happens(faults)) app.crashes = dice.between(0, app.boots);
  if (dice.happens(faults)) app.crashes = dice.between(app.boots, 200);
  app.leak = dice.happens(0.5) ? dice.between(0, 3e6) : 0;
  app.served = dice.between(0, 20);
  return app;
}

PoolSettings any_settings(Dice& dice) {
  PoolSettings settings = fake_settings(static_cast<int>(dice.between(1, 4)));
  settings.max_workers = settings.min_workers + static_cast<int>(dice.between(0, 3));
  settings.idle = dice.between(5, 40);
  settings.min_life = dice.between(0, 10);
  settings.pause = dice.between(0, 5);
  settings.drain_timeout = dice.between(1, 10);
  settings.stop_timeout = dice.between(1, 5);
  settings.start_timeout = dice.between(6, 20);
  if (dice.happens(0.5)) settings.max_memory = 100e6;
  if (dice.happens(0.3)) settings.max_requests = 300;
  if (dice.happens(0.3)) settings.max_age = 60;
  if (dice.happens(0.3)) settings.listen_fds = true;
  return settings;
}

int leaving(const FakeRun& run) {
  int all = 0;
  for (const Member& member : run.pool().members) {
    const Worker& worker = member.view;
    const bool goes = worker.phase == WorkerPhase::kDraining ||
                      worker.phase == WorkerPhase::kStopping ||
                      (worker.phase == WorkerPhase::kKilled && worker.ready > 0);
    if (goes || !worker.retiring.empty()) ++all;
  }
  return all;
}

int replacements(const FakeRun& run) {
  int all = 0;
  for (const Worker* worker : run.in_phase(WorkerPhase::kStarting)) {
    if (worker->stands_for != 0) ++all;
  }
  return all;
}

// How many workers must accept, when each that crashes takes one away until it is made up for.
class Floor {
 public:
  // `replacing`: one that accepts is about to go, so that it does not count as one more.
  void look(const FakeMachine& machine, int wanted, bool replacing) {
    const int crashed = machine.unasked_ends - crashed_;
    crashed_ = machine.unasked_ends;
    least_ = std::min(least_ - crashed, wanted);
    const int steady = machine.accepting() - (replacing ? 1 : 0);
    least_ = std::max({least_, 0, std::min(steady, wanted)});
  }
  [[nodiscard]] int least() const { return least_; }

 private:
  int least_ = 0;
  int crashed_ = 0;
};

// Five minutes of one schedule. `slack`: as many fewer may accept.
void live(FakeMachine& machine, const PoolSettings& settings, Dice& dice, double faults,
          int slack = 0) {
  machine.next_app = [&dice, faults](int /*count*/) { return any_app(dice, faults); };
  machine.waiting = [&dice](double longest) { return dice.between(0.01, longest); };
  FakeRun run(machine, settings);
  ASSERT_TRUE(run.ready);
  Floor floor;
  const auto check = [&] {
    const int wanted = settings.quota > 0 ? 0 : run.pool().known.scaling.wanted;
    floor.look(machine, std::max(wanted, settings.min_workers), leaving(run) > 0);
    EXPECT_GE(machine.accepting(), floor.least() - slack) << run.log();
    EXPECT_LE(leaving(run), 1) << run.log();
    EXPECT_LE(replacements(run), 1) << run.log();
    EXPECT_LE(run.pool().members.size(), static_cast<std::size_t>(settings.max_workers) + 1)
        << run.log();
    if (dice.happens(0.002)) machine.signals = {SIGHUP};
    if (dice.happens(0.005)) machine.queue = dice.happens(0.5) ? 0 : dice.between(0, 50);
    if (dice.happens(faults * 0.01) && !machine.processes.empty()) {
      machine.crash(machine.pids().front(), SIGSEGV);
    }
  };
  run.turn_for(300, check);
  if (run.done()) return;  // given up, as it may be where the first ones crash
  const int started = static_cast<int>(run.pool().counts.started);
  machine.signals = {SIGTERM};
  run.turn_for(60);
  EXPECT_TRUE(run.done()) << run.log();
  EXPECT_TRUE(machine.processes.empty()) << run.log();
  EXPECT_EQ(static_cast<int>(run.pool().counts.started), started) << run.log();
}

TEST(SupervisorProperty, ReplacingAndScalingTakeNoWorkerAway) {
  for (unsigned seed = 1; seed <= 20 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    FakeMachine machine;
    live(machine, any_settings(dice), dice, 0);
  }
}

TEST(SupervisorProperty, NorDoTheyWhenWorkersCrashAndHang) {
  for (unsigned seed = 1001; seed <= 1020 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    FakeMachine machine;
    live(machine, any_settings(dice), dice, 0.15);
  }
}

// Where the quota has no room for both, the old one goes first; one, and no more.
TEST(SupervisorProperty, WithoutRoomOneFewerThanTheMinimumServesAtMost) {
  for (unsigned seed = 2001; seed <= 2020 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    FakeMachine machine;
    PoolSettings settings = any_settings(dice);
    settings.quota = settings.min_workers * dice.between(60e6, 150e6);
    live(machine, settings, dice, seed > 2010 ? 0.15 : 0, 1);
  }
}

}  // namespace
}  // namespace tidemark
