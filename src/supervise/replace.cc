// Which worker is replaced, how far a replacement has come, and whether replacing helps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "supervise/decide_rules.h"
#include "supervise/pool_text.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

Action retire(const Worker& worker, std::string reason, bool for_memory) {
  return {.kind = ActionKind::kRetire,
          .worker = worker.number,
          .reason = std::move(reason),
          .for_memory = for_memory};
}

std::optional<Action> over_own_limits(const PoolSettings& settings, const PoolView& view,
                                      const Worker& worker) {
  const double factor = 1 + settings.jitter * (2 * worker.spread - 1);
  if (settings.max_memory > 0 && worker.memory >= settings.max_memory &&
      view.now >= view.useless_until) {
    return retire(worker,
                  fmt::format("{} is over --max-memory {}", bytes_text(worker.memory),
                              bytes_text(settings.max_memory)),
                  true);
  }
  // A restart of everything that is near does this as well.
  if (view.platform_restart && *view.platform_restart - view.now < kTuning.platform_margin) {
    return std::nullopt;
  }
  if (settings.max_requests > 0 && worker.served >= settings.max_requests * factor) {
    return retire(worker,
                  fmt::format("has served {} requests", format_count(std::llround(worker.served))),
                  false);
  }
  if (settings.max_age > 0 && view.now - worker.ready >= settings.max_age * factor) {
    return retire(worker, fmt::format("is {} old", duration_text(view.now - worker.ready)), false);
  }
  return std::nullopt;
}

// The one that grew most since it was warm, where that is worth it.
const Worker* grew_most(const PoolSettings& settings, const PoolView& view) {
  const Worker* most = nullptr;
  for (const Worker& worker : view.workers) {
    const double grown = worker.unique - worker.baseline;
    if (worker.phase != WorkerPhase::kServing || view.now - worker.ready < settings.min_life ||
        grown < kTuning.least_gain) {
      continue;
    }
    if (most == nullptr || grown > most->unique - most->baseline) most = &worker;
  }
  return most;
}

std::optional<Action> for_quota(const PoolSettings& settings, const PoolView& view) {
  if (!view.quota || view.now < view.useless_until) return std::nullopt;
  const auto left = seconds_to_quota(view);
  const bool full = view.used >= kTuning.full_share * *view.quota;
  if (!full && (!left || *left > settings.ahead)) return std::nullopt;
  if (!full && view.platform_restart && view.now + *left > *view.platform_restart) {
    return std::nullopt;
  }
  const Worker* most = grew_most(settings, view);
  if (most == nullptr) return std::nullopt;
  return retire(*most,
                fmt::format("{} of the quota of {} are used{}; it grew most, by {}",
                            bytes_text(view.used), bytes_text(*view.quota),
                            left ? fmt::format(" and it is {} away", duration_text(*left)) : "",
                            bytes_text(most->unique - most->baseline)),
                true);
}

}  // namespace

void carry_on_replacing(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  for (const Worker& worker : view.workers) {
    if (worker.phase != WorkerPhase::kServing || worker.retiring.empty()) continue;
    if (settings.external) {
      add_action(decision, ActionKind::kDrain, worker.number, worker.retiring);
      continue;
    }
    const Worker* next = replacement_of(view, worker.number);
    if (next != nullptr) {
      if (next->phase == WorkerPhase::kServing) {
        add_action(decision, ActionKind::kDrain, worker.number,
                   fmt::format("worker {} is ready", next->number));
      }
    } else if (!room_for_one(view)) {
      add_action(decision, ActionKind::kDrain, worker.number,
                 "before the new one starts: no room for both");
    } else if (view.now >= view.retry_at) {
      add_action(decision, ActionKind::kStart, worker.number,
                 fmt::format("to replace worker {}", worker.number));
    }
  }
}

void retire_one(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  if (one_is_moving(view) || view.now - view.last_replaced < settings.pause) return;
  std::optional<Action> chosen;
  double most = -1;
  for (const Worker& worker : view.workers) {
    const double life = settings.min_life * (1 + settings.jitter * worker.spread);
    if (view.now - worker.ready < life) continue;
    auto action = over_own_limits(settings, view, worker);
    if (action && worker.memory > most) {
      most = worker.memory;
      chosen = std::move(action);
    }
  }
  if (!chosen) chosen = for_quota(settings, view);
  if (chosen) decision.actions.push_back(std::move(*chosen));
}

std::optional<std::string> why_useless(const PoolSettings& settings,
                                       const std::vector<Recycle>& recycles) {
  std::vector<const Recycle*> last;
  for (auto one = recycles.rbegin(); one != recycles.rend() && last.size() < 3; ++one) {
    if (one->for_memory) last.push_back(&*one);
  }
  if (last.empty()) return std::nullopt;
  if (settings.max_memory > 0 &&
      last[0]->footprint >= kTuning.at_limit_share * settings.max_memory) {
    return fmt::format("a new worker takes {} before it has served much, and --max-memory is {}",
                       bytes_text(last[0]->footprint), bytes_text(settings.max_memory));
  }
  const auto small = [](const Recycle& one) {
    return gain_of(one) < std::max(kTuning.least_gain, kTuning.least_gain_share * one.released);
  };
  if (last.size() >= 2 && small(*last[0]) && small(*last[1])) {
    return fmt::format("the last two replacements gained {} and {}",
                       bytes_text(std::max(0.0, gain_of(*last[1]))),
                       bytes_text(std::max(0.0, gain_of(*last[0]))));
  }
  if (last.size() == 3 && last[0]->life < kTuning.sooner_share * last[1]->life &&
      last[1]->life < kTuning.sooner_share * last[2]->life) {
    return fmt::format("workers reach the limit sooner each time: after {}, {}, {}",
                       duration_text(last[2]->life), duration_text(last[1]->life),
                       duration_text(last[0]->life));
  }
  return std::nullopt;
}

}  // namespace tidemark
