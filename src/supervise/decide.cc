#include "supervise/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr double kLeastGain = 5e6;  // bytes; a replacement that frees less is not worth it
constexpr double kEndGrace = 8;     // seconds to finish what came in, when all ends
constexpr double kPlatformMargin = 900;
constexpr double kSettling = 0.3;  // from an app's word that it drains to its being believed idle

std::string bytes(double amount) { return format_bytes(std::llround(amount)); }
std::string seconds(double amount) { return format_hours(amount / 3600); }

bool starts_or_serves(const Worker& worker) {
  return worker.phase == WorkerPhase::kStarting || worker.phase == WorkerPhase::kServing;
}

bool quiet(const Worker& worker) {
  return worker.busy == 0 && worker.waiting == 0 && worker.connections.value_or(0) == 0;
}

class Decider {
 public:
  Decider(const PoolSettings& settings, const PoolState& state)
      : settings_(settings), state_(state) {
    decision_.scaling = state.scaling;
  }

  Decision run() {
    enforce_patience();
    if (state_.ending) {
      end_all();
      return std::move(decision_);
    }
    carry_on_replacing();
    if (!settings_.external) scale();
    retire_one();
    if (!settings_.external) fill_up();
    return std::move(decision_);
  }

 private:
  void act(ActionKind kind, int worker, std::string_view reason) {
    Action& action = decision_.actions.emplace_back();
    action.kind = kind;
    action.worker = worker;
    action.reason = reason;
  }

  [[nodiscard]] double in_phase(const Worker& worker) const { return state_.now - worker.since; }

  void enforce_patience();
  void end_all();
  void carry_on_replacing();
  void retire_one();
  void scale();
  void scale_up(const std::string& why);
  void scale_down();
  void fill_up();
  [[nodiscard]] std::string overload() const;
  [[nodiscard]] bool fewer_would_do() const;
  [[nodiscard]] bool room_for_one() const;
  [[nodiscard]] const Worker* replacement_of(int number) const;
  [[nodiscard]] int count() const;
  [[nodiscard]] bool busy_with_one() const;
  [[nodiscard]] std::optional<Action> over_own_limits(const Worker& worker) const;
  [[nodiscard]] std::optional<Action> for_quota() const;

  const PoolSettings& settings_;
  const PoolState& state_;
  Decision decision_;
};

void Decider::enforce_patience() {
  for (const Worker& worker : state_.workers) {
    const double waited = in_phase(worker);
    switch (worker.phase) {
      case WorkerPhase::kStarting:
        if (waited > settings_.start_patience && !state_.ending && !settings_.external) {
          act(ActionKind::kKill, worker.number,
              fmt::format("not ready after {}", seconds(settings_.start_patience)));
        }
        break;
      case WorkerPhase::kDraining:
        // A thread that was accepting when the app heard of it has had time to be seen.
        if (!worker.speaks) {
          act(ActionKind::kStop, worker.number, "cannot be drained; stopped at once");
        } else if (worker.connections && worker.drains_since > 0 &&
                   state_.now - worker.drains_since > kSettling && quiet(worker)) {
          act(ActionKind::kStop, worker.number, fmt::format("drained in {:.1f} s", waited));
        } else if (waited > settings_.drain_patience) {
          act(ActionKind::kStop, worker.number,
              fmt::format(
                  "{} still open after {}; stopped",
                  plural(static_cast<std::uint64_t>(worker.connections.value_or(0)), "connection"),
                  seconds(settings_.drain_patience)));
        }
        break;
      case WorkerPhase::kStopping:
        if (waited > settings_.stop_patience && !state_.ending) {
          act(ActionKind::kKill, worker.number,
              fmt::format("hangs {} after its signal", seconds(waited)));
        }
        break;
      case WorkerPhase::kServing:
      case WorkerPhase::kKilled:
        break;
    }
  }
}

void Decider::end_all() {
  const double waited = state_.now - state_.ending_since;
  const bool late = waited > settings_.end_patience;
  for (const Worker& worker : state_.workers) {
    if (late) {
      if (worker.phase != WorkerPhase::kKilled) {
        act(ActionKind::kKill, worker.number, "still there at the end of the time there is");
      }
    } else if (worker.phase == WorkerPhase::kStarting) {
      act(ActionKind::kStop, worker.number, "was starting");
    } else if (worker.phase == WorkerPhase::kServing) {
      if (worker.retiring.empty()) {
        act(ActionKind::kFinish, worker.number, "");
      } else if (!worker.speaks || waited > kEndGrace ||
                 (waited > 0.5 && state_.load.queue == 0 && quiet(worker))) {
        act(ActionKind::kStop, worker.number, fmt::format("finished in {:.1f} s", waited));
      }
    }
  }
}

const Worker* Decider::replacement_of(int number) const {
  for (const Worker& worker : state_.workers) {
    if (worker.stands_for == number && starts_or_serves(worker)) return &worker;
  }
  return nullptr;
}

// Workers that serve or will, those not counted whose replacement is already there.
int Decider::count() const {
  int all = 0;
  for (const Worker& worker : state_.workers) {
    if (!starts_or_serves(worker)) continue;
    if (!worker.retiring.empty() && replacement_of(worker.number) != nullptr) continue;
    ++all;
  }
  return all;
}

bool Decider::room_for_one() const {
  if (!state_.quota) return true;
  double spoken_for = 0;
  for (const Worker& worker : state_.workers) {
    if (worker.phase == WorkerPhase::kStarting) {
      spoken_for += std::max(0.0, state_.footprint - worker.memory);
    }
  }
  return state_.used + spoken_for + state_.footprint < 0.97 * *state_.quota;
}

void Decider::carry_on_replacing() {
  for (const Worker& worker : state_.workers) {
    if (worker.phase != WorkerPhase::kServing || worker.retiring.empty()) continue;
    if (settings_.external) {
      act(ActionKind::kDrain, worker.number, worker.retiring);
      continue;
    }
    const Worker* next = replacement_of(worker.number);
    if (next != nullptr) {
      if (next->phase == WorkerPhase::kServing) {
        act(ActionKind::kDrain, worker.number, fmt::format("worker {} is ready", next->number));
      }
    } else if (!room_for_one()) {
      act(ActionKind::kDrain, worker.number, "before the new one starts: no room for both");
    } else if (state_.now >= state_.retry_at) {
      act(ActionKind::kStart, worker.number, fmt::format("to replace worker {}", worker.number));
    }
  }
}

// One thing at a time: is anything on its way?
bool Decider::busy_with_one() const {
  return state_.replacing ||
         std::any_of(state_.workers.begin(), state_.workers.end(), [](const Worker& worker) {
           return worker.phase != WorkerPhase::kServing || !worker.retiring.empty();
         });
}

std::optional<Action> Decider::over_own_limits(const Worker& worker) const {
  const double factor = 1 + settings_.jitter * (2 * worker.spread - 1);
  const auto retire = [&worker](std::string reason, bool for_memory) {
    return Action{.kind = ActionKind::kRetire,
                  .worker = worker.number,
                  .reason = std::move(reason),
                  .for_memory = for_memory};
  };
  if (settings_.max_memory > 0 && worker.memory >= settings_.max_memory &&
      state_.now >= state_.useless_until) {
    return retire(fmt::format("{} is over --max-memory {}", bytes(worker.memory),
                              bytes(settings_.max_memory)),
                  true);
  }
  // A restart of everything that is near does this as well.
  if (state_.platform_restart && *state_.platform_restart - state_.now < kPlatformMargin) {
    return std::nullopt;
  }
  if (settings_.max_requests > 0 && worker.served >= settings_.max_requests * factor) {
    return retire(fmt::format("has served {} requests", format_count(std::llround(worker.served))),
                  false);
  }
  if (settings_.max_age > 0 && state_.now - worker.ready >= settings_.max_age * factor) {
    return retire(fmt::format("is {} old", seconds(state_.now - worker.ready)), false);
  }
  return std::nullopt;
}

std::optional<Action> Decider::for_quota() const {
  if (!state_.quota || state_.now < state_.useless_until) return std::nullopt;
  const auto left = seconds_to_quota(state_);
  const bool full = state_.used >= 0.95 * *state_.quota;
  if (!full && (!left || *left > settings_.ahead)) return std::nullopt;
  if (!full && state_.platform_restart && state_.now + *left > *state_.platform_restart) {
    return std::nullopt;
  }
  const Worker* most = nullptr;
  for (const Worker& worker : state_.workers) {
    const double grown = worker.unique - worker.baseline;
    if (worker.phase != WorkerPhase::kServing || state_.now - worker.ready < settings_.min_life ||
        grown < kLeastGain) {
      continue;
    }
    if (most == nullptr || grown > most->unique - most->baseline) most = &worker;
  }
  if (most == nullptr) return std::nullopt;
  return Action{.kind = ActionKind::kRetire,
                .worker = most->number,
                .reason = fmt::format("{} of the quota of {} are used{}; it grew most, by {}",
                                      bytes(state_.used), bytes(*state_.quota),
                                      left ? fmt::format(" and it is {} away", seconds(*left)) : "",
                                      bytes(most->unique - most->baseline)),
                .for_memory = true};
}

void Decider::retire_one() {
  if (busy_with_one() || state_.now - state_.last_replaced < settings_.pause) return;
  std::optional<Action> chosen;
  double most = -1;
  for (const Worker& worker : state_.workers) {
    const double life = settings_.min_life * (1 + settings_.jitter * worker.spread);
    if (state_.now - worker.ready < life) continue;
    auto action = over_own_limits(worker);
    if (action && worker.memory > most) {
      most = worker.memory;
      chosen = std::move(action);
    }
  }
  if (!chosen) chosen = for_quota();
  if (chosen) decision_.actions.push_back(std::move(*chosen));
}

// What shows that requests wait; empty: nothing.
std::string Decider::overload() const {
  double waiting = 0;
  double lag = 0;
  double cpu = 0;
  int serving = 0;
  for (const Worker& worker : state_.workers) {
    if (worker.phase != WorkerPhase::kServing) continue;
    ++serving;
    waiting += worker.waiting;
    lag = std::max(lag, worker.lag);
    cpu += worker.cpu;
  }
  if (serving == 0) return {};
  if (state_.load.queue >= std::max(2, serving)) {
    return fmt::format("{} connections wait to be accepted", std::llround(state_.load.queue));
  }
  if (waiting >= std::max(2, serving)) {
    return fmt::format("{} requests wait inside the app", std::llround(waiting));
  }
  if (lag >= 100) return fmt::format("an event loop is {} ms late", std::llround(lag));
  if (cpu >= 0.9 * serving) return fmt::format("the workers use {:.1f} cores", cpu);
  if (state_.load.pending >= 16.0 * serving) {
    return fmt::format("{} clients wait for an answer", std::llround(state_.load.pending));
  }
  return {};
}

bool Decider::fewer_would_do() const {
  double cpu = 0;
  double busy = 0;
  for (const Worker& worker : state_.workers) {
    cpu += worker.cpu;
    busy += worker.busy + worker.waiting;
  }
  const double fewer = state_.scaling.wanted - 1;
  return state_.load.queue == 0 && cpu < 0.5 * fewer && busy <= fewer;
}

void Decider::scale() {
  ScalingMemory& scaling = decision_.scaling;
  scaling.wanted = std::clamp(scaling.wanted, settings_.min_workers, settings_.max_workers);
  const std::string why = overload();
  if (why.empty()) {
    scaling.loaded_since = -1;
    scaling.held_back.clear();
    if (!fewer_would_do() || scaling.wanted <= settings_.min_workers) {
      scaling.idle_since = -1;
    } else if (scaling.idle_since < 0) {
      scaling.idle_since = state_.now;
    }
    scale_down();
    return;
  }
  scaling.idle_since = -1;
  if (scaling.loaded_since < 0) scaling.loaded_since = state_.now;
  scale_up(why);
}

void Decider::scale_up(const std::string& why) {
  ScalingMemory& scaling = decision_.scaling;
  const bool burst = state_.load.queue >= 33;
  const double lasted = state_.now - scaling.loaded_since;
  if (scaling.wanted >= settings_.max_workers || lasted < (burst ? 0.5 : 2)) return;
  // The last one added must have had its effect first.
  const bool starting =
      std::any_of(state_.workers.begin(), state_.workers.end(),
                  [](const Worker& worker) { return worker.phase == WorkerPhase::kStarting; });
  if ((starting && !burst) || state_.now - scaling.last_up < (burst ? 0.5 : 2)) return;
  double cpu = 0;
  for (const Worker& worker : state_.workers) cpu += worker.cpu;
  std::string held;
  if (!room_for_one()) {
    held = fmt::format("{} of {} are used and a worker takes {}", bytes(state_.used),
                       bytes(state_.quota.value_or(0)), bytes(state_.footprint));
  } else if (cpu >= 0.9 * state_.cpus && state_.scaling.wanted >= state_.cpus) {
    held = fmt::format("the workers use {:.1f} of {:.0f} processors already", cpu, state_.cpus);
  }
  if (!held.empty()) {
    if (scaling.held_back.empty()) {
      act(ActionKind::kNote, 0, fmt::format("{}, but no worker is added: {}", why, held));
    }
    scaling.held_back = held;
    return;
  }
  if (state_.now - scaling.last_down < 2 * settings_.idle) {
    scaling.patience = std::min(8.0, scaling.patience * 2);
  } else if (state_.now - scaling.last_up > 10 * settings_.idle) {
    scaling.patience = 1;
  }
  ++scaling.wanted;
  scaling.last_up = state_.now;
  act(ActionKind::kNote, 0, fmt::format("{} workers wanted: {}", scaling.wanted, why));
}

void Decider::scale_down() {
  ScalingMemory& scaling = decision_.scaling;
  const double needed = settings_.idle * scaling.patience;
  if (scaling.idle_since < 0 || state_.now - scaling.idle_since < needed || busy_with_one()) return;
  // The largest goes: that is where a leak is.
  const Worker* largest = nullptr;
  for (const Worker& worker : state_.workers) {
    if (largest == nullptr || worker.memory > largest->memory) largest = &worker;
  }
  if (largest == nullptr || std::ssize(state_.workers) < scaling.wanted) return;
  --scaling.wanted;
  scaling.last_down = state_.now;
  scaling.idle_since = state_.now;
  act(ActionKind::kDrain, largest->number,
      fmt::format("{} enough for {}",
                  scaling.wanted == 1 ? "one worker has been"
                                      : fmt::format("{} workers have been", scaling.wanted),
                  seconds(needed)));
}

void Decider::fill_up() {
  if (state_.now < state_.retry_at) return;
  int starts = decision_.scaling.wanted - count();
  for (const Action& action : decision_.actions) {
    // What is drained for want of room leaves a place; its successor waits until it is gone.
    if (action.kind == ActionKind::kDrain) return;
  }
  const bool gone = std::none_of(state_.workers.begin(), state_.workers.end(), [](const Worker& w) {
    return w.phase == WorkerPhase::kDraining || w.phase == WorkerPhase::kStopping ||
           w.phase == WorkerPhase::kKilled;
  });
  for (; starts > 0; --starts) {
    // Below the minimum there is no choice; but what is about to go gives its room first.
    if (!room_for_one() && (!gone || count() >= settings_.min_workers)) return;
    act(ActionKind::kStart, 0, "");
  }
}

}  // namespace

Decision decide(const PoolSettings& settings, const PoolState& state) {
  return Decider(settings, state).run();
}

std::optional<std::string> why_useless(const PoolSettings& settings,
                                       const std::vector<Recycle>& recycles) {
  std::vector<const Recycle*> last;
  for (auto one = recycles.rbegin(); one != recycles.rend() && last.size() < 3; ++one) {
    if (one->for_memory) last.push_back(&*one);
  }
  if (last.empty()) return std::nullopt;
  if (settings.max_memory > 0 && last[0]->footprint >= 0.95 * settings.max_memory) {
    return fmt::format("a new worker takes {} before it has served much, and --max-memory is {}",
                       bytes(last[0]->footprint), bytes(settings.max_memory));
  }
  const auto small = [](const Recycle& one) {
    return one.before - one.after < std::max(kLeastGain, 0.05 * one.before);
  };
  if (last.size() >= 2 && small(*last[0]) && small(*last[1])) {
    return fmt::format("the last two replacements freed {} and {}",
                       bytes(std::max(0.0, last[1]->before - last[1]->after)),
                       bytes(std::max(0.0, last[0]->before - last[0]->after)));
  }
  if (last.size() == 3 && last[0]->life < 0.6 * last[1]->life &&
      last[1]->life < 0.6 * last[2]->life) {
    return fmt::format("workers reach the limit sooner each time: after {}, {}, {}",
                       seconds(last[2]->life), seconds(last[1]->life), seconds(last[0]->life));
  }
  return std::nullopt;
}

double start_pause(int failures) {
  return failures == 0 ? 0 : std::min(60.0, 0.5 * std::pow(2.0, failures - 1));
}

}  // namespace tidemark
