#include "supervise/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "supervise/decide_rules.h"
#include "supervise/pool_text.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

void stop_when_drained(const PoolSettings& settings, const PoolView& view, const Worker& worker,
                       Decision& decision) {
  const double waited = view.now - worker.since;
  if (!worker.speaks) {
    add_action(decision, ActionKind::kStop, worker.number, "cannot be drained; stopped at once");
  } else if (worker.connections && worker.drains_since > 0 &&
             view.now - worker.drains_since > kTuning.drain_settling && is_idle(worker)) {
    add_action(decision, ActionKind::kStop, worker.number,
               fmt::format("drained in {:.1f} s", waited));
  } else if (waited > settings.drain_timeout) {
    const auto open = static_cast<std::uint64_t>(worker.connections.value_or(0));
    add_action(decision, ActionKind::kStop, worker.number,
               fmt::format("{} still open after {}; stopped", plural(open, "connection"),
                           duration_text(settings.drain_timeout)));
  }
}

void enforce_timeouts(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  for (const Worker& worker : view.workers) {
    const double waited = view.now - worker.since;
    switch (worker.phase) {
      case WorkerPhase::kStarting:
        if (waited > settings.start_timeout && !view.ending && !settings.external) {
          add_action(decision, ActionKind::kKill, worker.number,
                     fmt::format("not ready after {}", duration_text(settings.start_timeout)));
        }
        break;
      case WorkerPhase::kDraining:
        stop_when_drained(settings, view, worker, decision);
        break;
      case WorkerPhase::kStopping:
        if (waited > settings.stop_timeout && !view.ending) {
          add_action(decision, ActionKind::kKill, worker.number,
                     fmt::format("hangs {} after its signal", duration_text(waited)));
        }
        break;
      case WorkerPhase::kServing:
      case WorkerPhase::kKilled:
        break;
    }
  }
}

void end_all(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  const double waited = view.now - view.ending_since;
  for (const Worker& worker : view.workers) {
    if (waited > settings.end_timeout) {
      if (worker.phase != WorkerPhase::kKilled) {
        add_action(decision, ActionKind::kKill, worker.number,
                   "still there at the end of the time there is");
      }
    } else if (worker.phase == WorkerPhase::kStarting) {
      add_action(decision, ActionKind::kStop, worker.number, "was starting");
    } else if (worker.phase == WorkerPhase::kServing && worker.retiring.empty()) {
      add_action(decision, ActionKind::kFinish, worker.number, "");
    } else if (worker.phase == WorkerPhase::kServing) {
      const bool done = waited > kTuning.end_settling && view.load.queue == 0 && is_idle(worker);
      if (!worker.speaks || done || waited > kTuning.end_grace) {
        add_action(decision, ActionKind::kStop, worker.number,
                   fmt::format("finished in {:.1f} s", waited));
      }
    }
  }
}

// A server that keeps its own workers ends them itself; it is told when its clients have gone.
void end_server(const PoolSettings& settings, const PoolView& view, Decision& decision) {
  if (!view.server.ours) return;
  const double waited = view.now - view.ending_since;
  const auto& workers = view.workers;
  const bool none_speaks =
      std::none_of(workers.begin(), workers.end(), [](const Worker& one) { return one.speaks; });
  const bool idle = waited > kTuning.end_settling &&
                    std::all_of(workers.begin(), workers.end(), [](const Worker& one) {
                      return one.speaks && one.busy == 0 && one.connections.value_or(0) == 0;
                    });
  if (!view.server.told && (idle || none_speaks || waited > kTuning.end_grace)) {
    add_action(decision, ActionKind::kTellServer, 0, "");
  }
  if (!view.server.killed && waited > settings.end_timeout) {
    add_action(decision, ActionKind::kKillServer, 0, "");
  }
}

}  // namespace

void add_action(Decision& decision, ActionKind kind, int worker, std::string_view reason) {
  Action& action = decision.actions.emplace_back();
  action.kind = kind;
  action.worker = worker;
  action.reason = reason;
}

Decision decide(const PoolSettings& settings, const PoolView& view) {
  Decision decision;
  decision.scaling = view.scaling;
  if (view.ending && settings.external) {
    end_server(settings, view, decision);
    return decision;
  }
  enforce_timeouts(settings, view, decision);
  if (view.ending) {
    end_all(settings, view, decision);
    return decision;
  }
  carry_on_replacing(settings, view, decision);
  if (!settings.external) scale(settings, view, decision);
  retire_one(settings, view, decision);
  if (!settings.external) fill_up(settings, view, decision);
  return decision;
}

double start_pause(int failures) {
  if (failures == 0) return 0;
  return std::min(kTuning.longest_start_pause,
                  kTuning.first_start_pause * std::pow(2.0, failures - 1));
}

}  // namespace tidemark
