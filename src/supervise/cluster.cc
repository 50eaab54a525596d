// External: which workers the server keeps.
#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "supervise/observe.h"

namespace tidemark {
namespace {

// `process` is a worker of the server's; it is taken in unless it is known.
void take_in(const PoolContext& context, const ProcessInfo& process) {
  WorkerPool& pool = context.pool;
  // Of a worker whose end has not been told yet, another process may have the number already: it is
  // taken in at the next look.
  const bool known =
      std::any_of(pool.members.begin(), pool.members.end(),
                  [&process](const Member& member) { return member.view.pid == process.pid; });
  if (known) return;
  Member& member = add_member(context, process.pid);
  member.started = process.started;
  context.world.control.watch(process.pid);
  // It may have spoken before it was found.
  for (auto report = pool.other_reports.begin(); report != pool.other_reports.end();) {
    const auto here = report++;
    if (here->second.pid == process.pid) member.reports.insert(pool.other_reports.extract(here));
  }
  sum_reports(member, context.now());
}

void warn_of_none(const PoolContext& context) {
  ExternalServer& server = context.pool.server;
  if (server.found || server.warned ||
      context.now() - context.pool.begun <= context.settings.start_timeout) {
    return;
  }
  server.warned = true;
  context.journal.say(
      "no server with workers of its own was found (Puma's cluster, unicorn, pitchfork, gunicorn, "
      "Node's cluster and PM2 are known); without --external tidemark keeps the workers itself",
      true);
}

// The port that they listen on, to count their clients.
void find_port(const PoolContext& context, int master) {
  const auto held = context.world.sockets.inodes_of(master);
  for (const Connection& socket : context.world.sockets.connections(0, SocketKind::kListening)) {
    if (held.contains(socket.inode)) context.pool.port = socket.port;
  }
}

// A replacement that does not come is the server's affair, and ours to tell.
void tell_of_missing(const PoolContext& context) {
  for (Recycle& recycle : context.pool.open_recycles) {
    if (recycle.new_worker != 0 || context.now() - recycle.time < context.settings.start_timeout) {
      continue;
    }
    context.journal.say(fmt::format("{} has started no worker in place of worker {}",
                                    server_name(context.pool.server.kind), recycle.old_worker),
                        true);
    recycle.new_worker = -1;
  }
}

}  // namespace

void observe_cluster(const PoolContext& context, const std::vector<ProcessInfo>& processes) {
  WorkerPool& pool = context.pool;
  const Cluster cluster = find_cluster(processes, [&context](int pid, const char* name) {
    return context.world.processes.has_variable(pid, name);
  });
  if (cluster.master != 0 && !pool.server.found) {
    pool.server.found = true;
    pool.server.kind = cluster.kind;
    context.journal.say(fmt::format("{} keeps {} (master: pid {})", server_name(cluster.kind),
                                    plural(cluster.workers.size(), "worker"), cluster.master));
  }
  for (const ProcessInfo& process : processes) {
    if (std::find(cluster.workers.begin(), cluster.workers.end(), process.pid) !=
        cluster.workers.end()) {
      take_in(context, process);
    }
  }
  warn_of_none(context);
  if (pool.port == 0 && cluster.master != 0) find_port(context, cluster.master);
  tell_of_missing(context);
}

}  // namespace tidemark
