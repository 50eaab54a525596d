#include "supervise/worker_pool.h"

#include <algorithm>

namespace tidemark {

Member* find_member(WorkerPool& pool, int number) {
  const auto found =
      std::find_if(pool.members.begin(), pool.members.end(),
                   [number](const Member& member) { return member.view.number == number; });
  return found == pool.members.end() ? nullptr : &*found;
}

Member& add_member(const PoolContext& context, int pid) {
  WorkerPool& pool = context.pool;
  Member member;
  member.view.number = pool.next_number++;
  member.view.pid = pid;
  member.view.born = member.view.since = context.now();
  member.view.spread = std::uniform_real_distribution<>(0, 1)(pool.random);
  member.pids = {pid};
  member.born_wall = context.world.clock.wall();
  const auto waits = std::find_if(pool.open_recycles.begin(), pool.open_recycles.end(),
                                  [](const Recycle& recycle) { return recycle.new_worker == 0; });
  if (waits != pool.open_recycles.end()) waits->new_worker = member.view.number;
  ++pool.counts.started;
  return pool.members.emplace_back(std::move(member));
}

PoolView view_of(const WorkerPool& pool, double now) {
  PoolView view = pool.known;
  view.now = now;
  for (const Member& member : pool.members) view.workers.push_back(member.view);
  view.replacing = std::any_of(pool.open_recycles.begin(), pool.open_recycles.end(),
                               [](const Recycle& recycle) { return recycle.new_worker == 0; });
  return view;
}

bool in_transition(const WorkerPool& pool) {
  return pool.known.ending || !pool.to_replace.empty() ||
         std::any_of(pool.members.begin(), pool.members.end(), [](const Member& member) {
           return member.view.phase != WorkerPhase::kServing || !member.view.retiring.empty();
         });
}

void sum_reports(Member& member, double now) {
  Worker& view = member.view;
  view.busy = view.waiting = view.lag = 0;
  view.served = member.served_before;
  for (const auto& [connection, report] : member.reports) {
    view.served += report.served;
    view.busy += report.busy;
    view.waiting += report.waiting;
    view.lag = std::max(view.lag, report.lag);
  }
  view.speaks = !member.reports.empty();
  const bool drains =
      view.speaks && std::all_of(member.reports.begin(), member.reports.end(),
                                 [](const auto& report) { return report.second.drains; });
  if (!drains) {
    view.drains_since = 0;
  } else if (view.drains_since == 0) {
    view.drains_since = now;
  }
}

PoolStatus status_of(const PoolContext& context) {
  const PoolSettings& settings = context.settings;
  const WorkerPool& pool = context.pool;
  PoolStatus status;
  status.name = settings.name;
  for (const std::string& word : settings.command) {
    status.command += (status.command.empty() ? "" : " ") + word;
  }
  status.pid = context.world.processes.own_pid();
  status.port = pool.port;
  status.external = settings.external;
  ServerKind kind = pool.server.kind;
  for (const Member& member : pool.members) {
    if (kind == ServerKind::kOther) kind = member.kind;
  }
  status.server = server_name(kind);
  status.uptime = context.now() - pool.begun;
  status.min_workers = settings.min_workers;
  status.max_workers = settings.max_workers;
  status.max_memory = settings.max_memory;
  status.queue_limit = pool.readings.queue_limit;
  status.own_memory = pool.readings.own_memory;
  status.started = pool.counts.started;
  status.replaced = pool.counts.replaced;
  status.crashed = pool.counts.crashed;
  status.served = pool.counts.served;
  for (const Member& member : pool.members) status.served += member.view.served;
  status.state = view_of(pool, context.now());
  status.decisions = context.journal.last();
  return status;
}

}  // namespace tidemark
