#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/process_name.h"
#include "supervise/decide.h"
#include "supervise/observe.h"
#include "supervise/pool_text.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

// The memory of a worker that serves, over time.
void follow_growth(const PoolContext& context, Member& member) {
  Worker& view = member.view;
  const double time = context.now();
  if (!member.warm &&
      time - view.ready >= std::min(kTuning.warm_after, context.settings.min_life)) {
    member.warm = true;
    view.baseline = view.unique;
    const double weight = kTuning.footprint_weight;
    double& footprint = context.pool.known.footprint;
    footprint = footprint == 0 ? view.memory : (1 - weight) * footprint + weight * view.memory;
  }
  if (!member.warm) return;
  member.growth.add(time, view.memory);
  view.growth = member.growth.slope();
}

// All that it takes; 0 when it has just ended.
double read_memory_of(const PoolContext& context, Member& member) {
  double memory = 0;
  double unique = 0;
  for (const int pid : member.pids) {
    if (const auto read = context.world.processes.memory(pid)) {
      memory += read->proportional + read->swap;
      unique += read->unique;
    }
  }
  if (memory <= 0) return 0;
  member.view.memory = memory;
  member.view.unique = unique;
  if (member.view.phase == WorkerPhase::kServing) follow_growth(context, member);
  return memory;
}

// External: masters and whatever else the server keeps count for the quota.
double memory_of_others(const PoolContext& context) {
  const auto& members = context.pool.members;
  double sum = 0;
  for (const ProcessInfo& process :
       with_descendants(context.world.processes.list(), {context.pool.server.pid})) {
    const bool counted =
        std::any_of(members.begin(), members.end(), [&process](const Member& member) {
          return std::find(member.pids.begin(), member.pids.end(), process.pid) !=
                 member.pids.end();
        });
    const auto read = counted ? std::nullopt : context.world.processes.memory(process.pid);
    if (read) sum += read->proportional + read->swap;
  }
  return sum;
}

}  // namespace

void observe_memory(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  double sum = 0;
  pool.known.growth = 0;
  for (Member& member : pool.members) {
    const double memory = read_memory_of(context, member);
    sum += memory;
    const bool serves = memory > 0 && member.view.phase == WorkerPhase::kServing;
    if (serves) pool.known.growth += member.view.growth;
  }
  WorldProcesses& processes = context.world.processes;
  if (const auto own = processes.memory(processes.own_pid()))
    pool.readings.own_memory = own->proportional;
  if (context.settings.external) sum += memory_of_others(context);
  const ControlGroup group = processes.control_group();
  const double quota = context.settings.quota;
  pool.known.quota = quota > 0 ? std::optional(quota) : group.limit;
  pool.known.used = sum + pool.readings.own_memory;
  // The group's own account is the one that kills.
  if (quota == 0 && group.limit && group.current) {
    pool.known.used = *group.current - group.inactive_file.value_or(0);
  }
}

void settle_recycles(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  std::erase_if(pool.open_recycles, [&](Recycle& recycle) {
    if (recycle.new_worker == 0) return false;
    const Member* member = find_member(pool, recycle.new_worker);
    if (member == nullptr) return true;  // it is gone before it was warm
    // Read since the old one is gone, with which it shared its program's pages.
    if (!member->warm || pool.readings.memory_time <= recycle.time) return false;
    recycle.taken = member->view.unique;
    recycle.footprint = member->view.memory;
    context.journal.say(
        fmt::format("worker {} in place of {}: {} now, {} then; the old one lived {}",
                    recycle.new_worker, recycle.old_worker, bytes_text(recycle.taken),
                    bytes_text(recycle.released), duration_text(recycle.life)));
    constexpr std::size_t kKept = 20;
    auto& recycles = pool.known.recycles;
    recycles.push_back(recycle);
    if (recycles.size() > kKept) recycles.erase(recycles.begin());
    const auto useless =
        recycle.for_memory ? why_useless(context.settings, recycles) : std::nullopt;
    if (useless) {
      pool.known.useless_until = context.now() + context.settings.useless;
      context.journal.say(
          fmt::format("replacing workers does not help: {}. None is replaced for its memory for {}",
                      *useless, duration_text(context.settings.useless)),
          true);
    }
    return true;
  });
}

}  // namespace tidemark
