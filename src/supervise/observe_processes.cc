#include <algorithm>

#include "host/process_name.h"
#include "supervise/observe.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

bool contains(const std::vector<int>& pids, int pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

void find_servers(const PoolContext& context, Member& member,
                  const std::vector<ProcessInfo>& family) {
  std::vector<int> holders;
  for (const ProcessInfo& process : family) {
    if (context.world.sockets.holds(process.pid, context.pool.socket.inode)) {
      holders.push_back(process.pid);
    }
  }
  member.servers.clear();
  for (const ProcessInfo& process : family) {
    if (!contains(holders, process.pid) || contains(holders, process.parent)) continue;
    member.servers.push_back(process.pid);
    const ServerKind kind = kind_of_server(process);
    if (kind != ServerKind::kOther) member.kind = kind;
  }
}

void observe_processors(const PoolContext& context, Member& member) {
  const double time = context.now();
  ProcessorUse use;
  for (const int pid : member.pids) {
    const ProcessorUse one = context.world.processes.processor_use(pid);
    use.used += one.used;
    use.starved += one.starved;
  }
  if (member.use_time != kLongAgo && time > member.use_time) {
    // A process that ended takes its seconds with it.
    const double span = time - member.use_time;
    const double share = std::max(0.0, use.used - member.use.used) / span;
    // On a busy machine one that boots may get next to no processor: it is not at rest.
    const double wanted = share + std::max(0.0, use.starved - member.use.starved) / span;
    member.view.cpu = share;
    member.quiet_looks = wanted < kTuning.quiet_share ? member.quiet_looks + 1 : 0;
  }
  member.use = use;
  member.use_time = time;
}

void observe_member(const PoolContext& context, Member& member,
                    const std::vector<ProcessInfo>& processes) {
  const auto family = with_descendants(processes, {member.view.pid});
  if (family.empty()) return;  // it has just ended
  member.pids.clear();
  for (const ProcessInfo& process : family) member.pids.push_back(process.pid);
  observe_processors(context, member);
  const bool starting = member.view.phase == WorkerPhase::kStarting;
  const bool serving = member.view.phase == WorkerPhase::kServing;
  if (!context.settings.external && (starting || (serving && member.servers.empty()))) {
    find_servers(context, member, family);
  }
  if (starting) look_whether_ready(context, member);
  if (serving && context.now() - member.view.ready > kTuning.proven_after) {
    context.pool.known.failed_starts = 0;
  }
}

}  // namespace

void observe_processes(const PoolContext& context) {
  const std::vector<ProcessInfo> processes = context.world.processes.list();
  if (context.settings.external) {
    observe_cluster(context, with_descendants(processes, {context.pool.server.pid}));
  }
  for (Member& member : context.pool.members) observe_member(context, member, processes);
}

}  // namespace tidemark
