// How many workers there are to be: more when load waits, fewer when fewer have been enough.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "supervise/decide_rules.h"
#include "supervise/pool_text.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

// What workers are at, together.
struct Work {
  int serving = 0;  // workers
  double busy = 0;  // requests begun or accepted
  double waiting = 0;
  double cpu = 0;
  double lag = 0;  // the largest
};

Work work_of(const PoolView& view, bool serving_only) {
  Work work;
  for (const Worker& worker : view.workers) {
    const bool serves = worker.phase == WorkerPhase::kServing;
    if (serving_only && !serves) continue;
    if (serves) ++work.serving;
    work.busy += worker.busy + worker.waiting;
    work.waiting += worker.waiting;
    work.cpu += worker.cpu;
    work.lag = std::max(work.lag, worker.lag);
  }
  return work;
}

// What shows that requests wait; empty: nothing.
std::string overload(const PoolView& view) {
  const Work work = work_of(view, true);
  if (work.serving == 0) return {};
  const double many = std::max(kTuning.queue_least, work.serving);
  if (view.load.queue >= many) {
    return fmt::format("{} connections wait to be accepted", std::llround(view.load.queue));
  }
  if (work.waiting >= many) {
    return fmt::format("{} requests wait inside the app", std::llround(work.waiting));
  }
  if (work.lag >= kTuning.late_loop) {
    return fmt::format("an event loop is {} ms late", std::llround(work.lag));
  }
  if (work.cpu >= kTuning.busy_share * work.serving) {
    return fmt::format("the workers use {:.1f} cores", work.cpu);
  }
  if (view.load.pending >= kTuning.pending_clients * work.serving) {
    return fmt::format("{} clients wait for an answer", std::llround(view.load.pending));
  }
  return {};
}

bool fewer_would_do(const PoolView& view) {
  const Work work = work_of(view, false);
  const double fewer = view.scaling.wanted - 1;
  return view.load.queue == 0 && work.cpu < kTuning.idle_share * fewer && work.busy <= fewer;
}

// Has the load lasted, and the last worker that was added had its effect?
bool time_for_one_more(const PoolView& view, const ScalingMemory& scaling) {
  const bool burst = view.load.queue >= kTuning.burst_queue;
  const double lasts = burst ? kTuning.burst_lasts : kTuning.load_lasts;
  if (view.now - scaling.loaded_since < lasts || view.now - scaling.last_up < lasts) return false;
  return burst || std::none_of(view.workers.begin(), view.workers.end(), [](const Worker& worker) {
           return worker.phase == WorkerPhase::kStarting;
         });
}

// Why no worker can be added; empty: one can.
std::string held_back(const PoolView& view) {
  if (!room_for_one(view)) {
    return fmt::format("{} of {} are used and a worker takes {}", bytes_text(view.used),
                       bytes_text(view.quota.value_or(0)), bytes_text(view.footprint));
  }
  const double cpu = work_of(view, false).cpu;
  if (cpu >= kTuning.busy_share * view.cpus && view.scaling.wanted >= view.cpus) {
    return fmt::format("the workers use {:.1f} of {:.0f} processors already", cpu, view.cpus);
  }
  return {};
}

void scale_up(const PoolSettings& settings, const PoolView& view, const std::string& why,
              Decision& decision) {
  ScalingMemory& scaling = decision.scaling;
  if (scaling.wanted >= settings.max_workers || !time_for_one_more(view, scaling)) return;
  const std::string held = held_back(view);
  if (!held.empty()) {
    if (scaling.held_back.empty()) {
      add_action(decision, ActionKind::kNote, 0,
                 fmt::format("{}, but no worker is added: {}", why, held));
    }
    scaling.held_back = held;
    return;
  }
  if (view.now - scaling.last_down < kTuning.mistake_within * settings.idle) {
    scaling.idle_factor = std::min(kTuning.most_idle_factor, scaling.idle_factor * 2);
  } else if (view.now - scaling.last_up > kTuning.forgotten_after * settings.idle) {
    scaling.idle_factor = 1;
  }
  ++scaling.wanted;
  scaling.last_up = view.now;
  add_action(decision, ActionKind::kNote, 0,
             fmt::format("{} workers wanted: {}", scaling.wanted, why));
}

void scale_down(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  ScalingMemory& scaling = decision.scaling;
  const double needed = settings.idle * scaling.idle_factor;
  if (scaling.idle_since < 0 || view.now - scaling.idle_since < needed || one_is_moving(view)) {
    return;
  }
  // The largest goes: that is where a leak is.
  const Worker* largest = nullptr;
  for (const Worker& worker : view.workers) {
    if (largest == nullptr || worker.memory > largest->memory) largest = &worker;
  }
  if (largest == nullptr || std::ssize(view.workers) < scaling.wanted) return;
  --scaling.wanted;
  scaling.last_down = view.now;
  scaling.idle_since = view.now;
  add_action(decision, ActionKind::kDrain, largest->number,
             fmt::format("{} enough for {}",
                         scaling.wanted == 1 ? "one worker has been"
                                             : fmt::format("{} workers have been", scaling.wanted),
                         duration_text(needed)));
}

}  // namespace

void scale(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  ScalingMemory& scaling = decision.scaling;
  scaling.wanted = std::clamp(scaling.wanted, settings.min_workers, settings.max_workers);
  const std::string why = overload(view);
  if (why.empty()) {
    scaling.loaded_since = -1;
    scaling.held_back.clear();
    if (!fewer_would_do(view) || scaling.wanted <= settings.min_workers) {
      scaling.idle_since = -1;
    } else if (scaling.idle_since < 0) {
      scaling.idle_since = view.now;
    }
    scale_down(settings, view, decision);
    return;
  }
  scaling.idle_since = -1;
  if (scaling.loaded_since < 0) scaling.loaded_since = view.now;
  scale_up(settings, view, why, decision);
}

void fill_up(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  if (view.now < view.retry_at) return;
  for (const Action& action : decision.actions) {
    // What is drained for want of room leaves a place; its successor waits until it is gone.
    if (action.kind == ActionKind::kDrain) return;
  }
  const bool gone = std::none_of(view.workers.begin(), view.workers.end(), [](const Worker& one) {
    return one.phase == WorkerPhase::kDraining || one.phase == WorkerPhase::kStopping ||
           one.phase == WorkerPhase::kKilled;
  });
  const int taken = places_taken(view);
  for (int starts = decision.scaling.wanted - taken; starts > 0; --starts) {
    // Below the minimum there is no choice; but what is about to go gives its room first.
    if (!room_for_one(view) && (!gone || taken >= settings.min_workers)) return;
    add_action(decision, ActionKind::kStart, 0, "");
  }
}

}  // namespace tidemark
