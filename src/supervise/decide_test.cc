#include "supervise/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kMb = 1e6;

PoolSettings settings() {
  PoolSettings settings;
  settings.min_workers = 1;
  settings.max_workers = 4;
  settings.idle = 60;
  return settings;
}

Worker serving(int number, double memory = 100 * kMb) {
  Worker worker;
  worker.number = number;
  worker.pid = 1000 + number;
  worker.phase = WorkerPhase::kServing;
  worker.memory = memory;
  worker.unique = memory - 20 * kMb;
  worker.baseline = 80 * kMb;
  worker.speaks = true;
  return worker;
}

PoolView pool(std::vector<Worker> workers) {
  PoolView state;
  state.now = 1000;
  state.cpus = 8;
  state.footprint = 100 * kMb;
  state.scaling.wanted = static_cast<int>(workers.size());
  state.workers = std::move(workers);
  return state;
}

Worker in(Worker worker, WorkerPhase phase, double since) {
  worker.phase = phase;
  worker.since = since;
  return worker;
}

std::vector<Action> of_kind(const Decision& decision, ActionKind kind) {
  std::vector<Action> found;
  for (const Action& action : decision.actions) {
    if (action.kind == kind) found.push_back(action);
  }
  return found;
}

TEST(Decide, StartsTheMinimumAndThenNothing) {
  PoolSettings two = settings();
  two.min_workers = 2;
  EXPECT_EQ(of_kind(decide(two, pool({})), ActionKind::kStart).size(), 2);
  EXPECT_THAT(decide(two, pool({serving(1), serving(2)})).actions, IsEmpty());
}

TEST(Decide, WaitsAfterFailedStarts) {
  PoolView state = pool({});
  state.retry_at = state.now + 3;
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
  EXPECT_EQ(start_pause(0), 0);
  EXPECT_EQ(start_pause(1), 0.5);
  EXPECT_EQ(start_pause(3), 2);
  EXPECT_EQ(start_pause(50), 60);
}

TEST(Decide, ReplacesOverTheLimitNewOneFirst) {
  PoolSettings limited = settings();
  limited.max_memory = 150 * kMb;
  PoolView state = pool({serving(1), serving(2, 160 * kMb)});
  Decision decision = decide(limited, state);
  const auto retired = of_kind(decision, ActionKind::kRetire);
  ASSERT_EQ(retired.size(), 1);
  EXPECT_EQ(retired[0].worker, 2);
  EXPECT_TRUE(retired[0].for_memory);
  EXPECT_THAT(retired[0].reason, HasSubstr("160.0 MB is over --max-memory 150.0 MB"));

  state.workers[1].retiring = retired[0].reason;
  decision = decide(limited, state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_EQ(decision.actions[0].kind, ActionKind::kStart);
  EXPECT_EQ(decision.actions[0].worker, 2);

  Worker next = serving(3);
  next.stands_for = 2;
  next.phase = WorkerPhase::kStarting;
  next.since = state.now;
  state.workers.push_back(next);
  EXPECT_THAT(decide(limited, state).actions, IsEmpty());  // until it serves

  state.workers[2].phase = WorkerPhase::kServing;
  decision = decide(limited, state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_EQ(decision.actions[0].kind, ActionKind::kDrain);
  EXPECT_EQ(decision.actions[0].worker, 2);
}

TEST(Decide, DrainsFirstWhereThereIsNoRoomForBoth) {
  PoolSettings limited = settings();
  PoolView state = pool({serving(1, 160 * kMb)});
  state.quota = 200 * kMb;
  state.used = 160 * kMb;
  state.workers[0].retiring = "too large";
  Decision decision = decide(limited, state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_EQ(decision.actions[0].kind, ActionKind::kDrain);
  // Its successor starts when it is gone, not while it drains, for that is when there is room.
  state.workers[0] = in(state.workers[0], WorkerPhase::kDraining, state.now);
  EXPECT_THAT(decide(limited, state).actions, IsEmpty());
  state.workers.clear();
  state.used = 5 * kMb;
  decision = decide(limited, state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_EQ(decision.actions[0].kind, ActionKind::kStart);
}

TEST(Decide, ReplacesOneAtATimeAndNotTooSoon) {
  PoolSettings limited = settings();
  limited.max_memory = 150 * kMb;
  PoolView state = pool({serving(1, 200 * kMb), serving(2, 160 * kMb)});
  const auto retires = [&] { return of_kind(decide(limited, state), ActionKind::kRetire); };
  ASSERT_EQ(retires().size(), 1);
  EXPECT_EQ(retires()[0].worker, 1);  // the larger one
  state.last_replaced = state.now - 1;
  EXPECT_THAT(retires(), IsEmpty());  // --pause
  state.last_replaced = 0;
  state.workers[0].ready = state.now - 5;
  ASSERT_EQ(retires().size(), 1);
  EXPECT_EQ(retires()[0].worker, 2);  // the other is younger than --min-life
  state.workers[0].ready = 0;
  state.replacing = true;  // the server has not started the last one's successor yet
  EXPECT_THAT(retires(), IsEmpty());
  state.replacing = false;
  state.useless_until = state.now + 1;
  EXPECT_THAT(retires(), IsEmpty());
}

TEST(Decide, ActsBeforeTheQuotaOnTheOneThatGrewMost) {
  PoolView state = pool({serving(1, 120 * kMb), serving(2, 180 * kMb)});
  state.quota = 1000 * kMb;
  state.used = 400 * kMb;
  state.growth = 6 * kMb;  // 100 s
  auto retired = of_kind(decide(settings(), state), ActionKind::kRetire);
  ASSERT_EQ(retired.size(), 1);
  EXPECT_EQ(retired[0].worker, 2);
  EXPECT_THAT(retired[0].reason, HasSubstr("400.0 MB of the quota of 1.0 GB are used"));
  state.growth = 1 * kMb;  // ten minutes: not yet
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
}

TEST(Decide, LeavesItToThePlatformsOwnRestart) {
  PoolView state = pool({serving(1, 180 * kMb)});
  state.quota = 1000 * kMb;
  state.used = 400 * kMb;
  state.growth = 6 * kMb;
  state.platform_restart = state.now + 60;  // the quota is 100 s away
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
  PoolSettings old = settings();
  old.max_age = 500;
  EXPECT_THAT(decide(old, state).actions, IsEmpty());
  state.platform_restart.reset();
  EXPECT_EQ(of_kind(decide(old, state), ActionKind::kRetire).size(), 1);
}

TEST(Decide, GrowsWhileLoadWaitsAndShrinksWhenIdle) {
  PoolView state = pool({serving(1)});
  state.load.queue = 5;
  Decision decision = decide(settings(), state);
  EXPECT_THAT(decision.actions, IsEmpty());  // a moment is no load
  state.scaling = decision.scaling;
  state.now += 2.5;
  decision = decide(settings(), state);
  EXPECT_EQ(decision.scaling.wanted, 2);
  EXPECT_EQ(of_kind(decision, ActionKind::kStart).size(), 1);

  state = pool({serving(1), serving(2, 120 * kMb)});
  decision = decide(settings(), state);
  state.scaling = decision.scaling;
  state.now += 30;
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
  state.now += 31;
  decision = decide(settings(), state);
  const auto drained = of_kind(decision, ActionKind::kDrain);
  ASSERT_EQ(drained.size(), 1);
  EXPECT_EQ(drained[0].worker, 2);  // the larger
  EXPECT_EQ(decision.scaling.wanted, 1);
}

TEST(Decide, DoesNotFlap) {
  PoolView state = pool({serving(1)});
  state.load.queue = 5;
  state.scaling.loaded_since = state.now - 3;
  state.scaling.last_down = state.now - 10;
  const Decision decision = decide(settings(), state);
  EXPECT_EQ(decision.scaling.wanted, 2);
  EXPECT_EQ(decision.scaling.idle_factor, 2);  // the next way down takes twice as long
}

TEST(Decide, SaysWhyItDoesNotGrow) {
  PoolView state = pool({serving(1)});
  state.load.queue = 5;
  state.scaling.loaded_since = state.now - 3;
  state.quota = 200 * kMb;
  state.used = 150 * kMb;
  Decision decision = decide(settings(), state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_THAT(decision.actions[0].reason, HasSubstr("no worker is added: 150.0 MB of 200.0 MB"));
  state.scaling = decision.scaling;
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());  // once
  state.quota.reset();
  state.cpus = 1;
  state.workers[0].cpu = 1;
  state.scaling.held_back.clear();
  decision = decide(settings(), state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_THAT(decision.actions[0].reason, HasSubstr("1.0 of 1 processors already"));
}

TEST(Decide, DrainsUntilAllClientsAreGone) {
  PoolView state = pool({serving(1), in(serving(2), WorkerPhase::kDraining, 999)});
  state.scaling.wanted = 1;
  Worker& worker = state.workers[1];
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());  // not counted yet
  worker.connections = 3;
  worker.drains_since = 999.5;
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
  worker.connections = 0;
  worker.busy = 1;
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
  worker.busy = 0;
  worker.drains_since = 0;  // the app has not heard of it
  EXPECT_THAT(decide(settings(), state).actions, IsEmpty());
  worker.drains_since = 999.5;
  ASSERT_EQ(of_kind(decide(settings(), state), ActionKind::kStop).size(), 1);
  worker.connections = 3;
  worker.since = 900;
  const auto stopped = of_kind(decide(settings(), state), ActionKind::kStop);
  ASSERT_EQ(stopped.size(), 1);
  EXPECT_THAT(stopped[0].reason, HasSubstr("3 connections still open"));
}

TEST(Decide, UsesForceOnWhatHangs) {
  PoolView state = pool(
      {in(serving(1), WorkerPhase::kStarting, 900), in(serving(2), WorkerPhase::kStopping, 980)});
  state.scaling.wanted = 1;
  const auto killed = of_kind(decide(settings(), state), ActionKind::kKill);
  ASSERT_EQ(killed.size(), 2);
  EXPECT_THAT(killed[0].reason, HasSubstr("not ready"));
  EXPECT_THAT(killed[1].reason, HasSubstr("hangs"));
}

TEST(Decide, EndsAllWithoutStartingAnything) {
  PoolView state = pool({serving(1), in(serving(2), WorkerPhase::kStarting, 999)});
  state.ending = true;
  state.ending_since = 999;
  Decision decision = decide(settings(), state);
  EXPECT_EQ(of_kind(decision, ActionKind::kFinish).size(), 1);
  EXPECT_EQ(of_kind(decision, ActionKind::kStop).size(), 1);
  EXPECT_THAT(of_kind(decision, ActionKind::kStart), IsEmpty());
  state.workers[0].retiring = "all ends";
  state.workers[0].connections = 2;
  EXPECT_THAT(of_kind(decide(settings(), state), ActionKind::kStop).size(), 1);  // the other
  state.workers[0].connections = 0;
  EXPECT_THAT(of_kind(decide(settings(), state), ActionKind::kStop).size(), 2);
  state.now += 30;
  EXPECT_EQ(of_kind(decide(settings(), state), ActionKind::kKill).size(), 2);
}

TEST(Decide, ExternalServersAreNeitherScaledNorFilledUp) {
  PoolSettings external = settings();
  external.external = true;
  PoolView state = pool({serving(1)});
  state.scaling.wanted = 3;
  state.load.queue = 100;
  state.scaling.loaded_since = 0;
  EXPECT_THAT(decide(external, state).actions, IsEmpty());
  state.workers[0].retiring = "too large";
  const Decision decision = decide(external, state);
  ASSERT_EQ(decision.actions.size(), 1);
  EXPECT_EQ(decision.actions[0].kind, ActionKind::kDrain);
}

Recycle recycle(double released, double taken, double life = 1000) {
  Recycle one;
  one.for_memory = true;
  one.released = released;
  one.taken = one.footprint = taken;
  one.life = life;
  return one;
}

TEST(WhyUseless, ALeakIsWorthReplacing) {
  EXPECT_FALSE(why_useless(settings(), {}));
  EXPECT_FALSE(why_useless(settings(), {recycle(300e6, 80e6), recycle(290e6, 80e6)}));
  EXPECT_FALSE(why_useless(settings(), {recycle(100e6, 99e6)}));  // once is chance
}

TEST(WhyUseless, SaysWhatShowsIt) {
  EXPECT_THAT(*why_useless(settings(), {recycle(100e6, 99e6), recycle(100e6, 98e6)}),
              HasSubstr("gained 1.0 MB and 2.0 MB"));
  EXPECT_THAT(*why_useless(settings(), {recycle(300e6, 80e6, 4000), recycle(300e6, 80e6, 2000),
                                        recycle(300e6, 80e6, 900)}),
              HasSubstr("sooner each time"));
  PoolSettings low = settings();
  low.max_memory = 82e6;
  EXPECT_THAT(*why_useless(low, {recycle(300e6, 80e6)}), HasSubstr("--max-memory is 82.0 MB"));
}

}  // namespace
}  // namespace tidemark
