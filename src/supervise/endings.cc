#include "supervise/endings.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "supervise/act.h"
#include "supervise/pool_text.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    return fmt::format("by SIG{}", name != nullptr ? name : std::to_string(WTERMSIG(status)));
  }
  return fmt::format("with exit code {}", WEXITSTATUS(status));
}

void server_ended(const PoolContext& context, const EndedProcess& ended) {
  PoolOutcome& outcome = context.pool.outcome;
  const bool ending = context.pool.known.ending;
  outcome.done = true;
  if (!ended.status) {
    context.journal.say("the server has ended", true);
    outcome.exit_code = 1;
    return;
  }
  const int status = *ended.status;
  context.journal.say("the server ended " + describe_exit(status), !ending);
  outcome.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (ending && WIFSIGNALED(status)) outcome.exit_code = 0;
}

void remember_recycle(const PoolContext& context, const Worker& worker) {
  WorkerPool& pool = context.pool;
  ++pool.counts.replaced;
  pool.known.last_replaced = context.now();
  Recycle recycle;
  recycle.time = context.now();
  recycle.old_worker = worker.number;
  recycle.reason = worker.retiring;
  recycle.for_memory = worker.for_memory;
  recycle.life = context.now() - worker.ready;
  recycle.released = worker.unique;
  for (const Member& other : pool.members) {
    if (other.view.stands_for == worker.number) recycle.new_worker = other.view.number;
  }
  pool.open_recycles.push_back(std::move(recycle));
}

void starting_ended(const PoolContext& context, const Worker& worker, const std::string& how) {
  const std::string name = worker_text(worker);
  if (context.settings.external) {
    context.journal.say(name + " ended before it served", true);
  } else {
    failed_start(context, fmt::format("{} ended{} before it served, after {:.1f} s", name, how,
                                      context.now() - worker.born));
  }
}

void crashed(const PoolContext& context, const Worker& worker, const std::string& how) {
  PoolView& known = context.pool.known;
  ++context.pool.counts.crashed;
  context.journal.say(fmt::format("{} ended{}, which nobody asked for; it had {}",
                                  worker_text(worker), how, bytes_text(worker.memory)),
                      true);
  if (context.now() - worker.ready >= kTuning.proven_after) return;
  ++known.failed_starts;
  known.retry_at = context.now() + start_pause(known.failed_starts);
}

void went(const PoolContext& context, const Worker& worker, const std::string& how) {
  context.journal.say(worker_text(worker) + " has ended" + how);
  if (!worker.retiring.empty()) remember_recycle(context, worker);
}

void member_ended(const PoolContext& context, const Worker& worker, const std::string& how) {
  switch (worker.phase) {
    case WorkerPhase::kStarting:
      starting_ended(context, worker, how);
      break;
    case WorkerPhase::kServing:
      crashed(context, worker, how);
      break;
    case WorkerPhase::kKilled:
      if (worker.ready == 0) failed_start(context, worker_text(worker) + " was killed");
      went(context, worker, "");
      break;
    case WorkerPhase::kDraining:
      went(context, worker, how);
      break;
    case WorkerPhase::kStopping:
      went(context, worker, "");
      break;
  }
}

}  // namespace

void take_ended(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  for (const EndedProcess& ended : context.world.control.take_ended()) {
    if (ended.pid == pool.server.pid) server_ended(context, ended);
    const auto found =
        std::find_if(pool.members.begin(), pool.members.end(),
                     [&ended](const Member& member) { return member.view.pid == ended.pid; });
    if (found == pool.members.end()) continue;
    const Worker worker = std::move(found->view);
    pool.members.erase(found);
    pool.counts.served += worker.served;
    pool.unsaved = true;
    // What it has started and left behind would keep the port open.
    if (!context.settings.external) context.world.control.signal_group(worker.pid, SIGTERM);
    if (pool.known.ending) continue;
    member_ended(context, worker, ended.status ? " " + describe_exit(*ended.status) : "");
  }
}

}  // namespace tidemark
