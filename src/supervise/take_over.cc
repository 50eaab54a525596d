#include "supervise/take_over.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/units.h"
#include "supervise/state_file.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

bool runs(const PoolContext& context, const KeptWorker& worker) {
  const auto process = context.world.processes.read(worker.pid);
  return process && !process->dead && process->started == worker.started;
}

// Our socket, out of the first process that lets us have it. Errors: why none does.
Result<ListeningSocket> copy_socket(const PoolContext& context, const KeptState& kept) {
  Result<ListeningSocket> answer = fail(ErrorCode::kNotFound, "they do not hold the socket");
  for (const KeptWorker& worker : kept.workers) {
    for (const int server : worker.servers) {
      answer = context.world.sockets.copy_from(server, kept.listener);
      if (answer) return answer;
    }
  }
  return answer;
}

void stop_all(const PoolContext& context, const std::vector<KeptWorker>& workers) {
  WorldControl& control = context.world.control;
  for (const KeptWorker& worker : workers) {
    const auto targets = worker.servers.empty() ? std::vector<int>{worker.pid} : worker.servers;
    for (const int pid : targets) {
      const auto process = context.world.processes.read(pid);
      if (process) control.signal(pid, graceful_signal(kind_of_server(*process)));
    }
  }
  const double until = context.now() + context.settings.stop_timeout;
  for (const KeptWorker& worker : workers) {
    while (runs(context, worker) && context.now() < until) {
      context.world.clock.sleep(kTuning.turn_in_transition);
    }
    if (runs(context, worker)) control.signal_group(worker.pid, SIGKILL);
  }
}

void take_in(const PoolContext& context, const KeptWorker& worker) {
  WorkerPool& pool = context.pool;
  const double now = context.now();
  Member member;
  member.view.number = worker.number;
  member.view.pid = worker.pid;
  member.view.phase = WorkerPhase::kServing;
  member.view.born = member.view.ready = now - (context.world.clock.wall() - worker.born);
  member.view.since = now;
  member.view.baseline = worker.baseline;
  member.view.spread = std::uniform_real_distribution<>(0, 1)(pool.random);
  member.warm = worker.baseline > 0;
  member.served_before = worker.served;
  member.started = worker.started;
  member.born_wall = worker.born;
  member.servers = worker.servers;
  member.pids = {worker.pid};
  context.world.control.watch(worker.pid);
  pool.members.push_back(std::move(member));
}

}  // namespace

void keep_state(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  KeptState kept;
  kept.listener = pool.socket.inode;
  kept.next_number = pool.next_number;
  if (pool.known.last_replaced > 0) {
    kept.last_replaced = context.world.clock.wall() - (context.now() - pool.known.last_replaced);
  }
  for (const Member& member : pool.members) {
    kept.workers.push_back({.number = member.view.number,
                            .pid = member.view.pid,
                            .started = member.started,
                            .born = member.born_wall,
                            .served = member.view.served,
                            .baseline = member.view.baseline,
                            .servers = member.servers});
  }
  const auto written = context.world.state.write(write_state(kept));
  if (!written && !pool.said.no_state) {
    context.journal.say(
        written.error().message + "; if tidemark crashes, its workers cannot be taken over", true);
  }
  pool.said.no_state = !written;
}

void take_over(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  const auto text = context.world.state.read();
  if (!text) return;
  auto kept = read_state(*text);
  if (!kept) {
    context.journal.say(
        kept.error().message + "; workers that it left, if any, have to be stopped by hand", true);
    return;
  }
  pool.next_number = kept->next_number;
  std::erase_if(kept->workers, [&](const KeptWorker& worker) { return !runs(context, worker); });
  const std::size_t count = kept->workers.size();
  if (count == 0) return;
  const auto socket = copy_socket(context, *kept);
  if (!socket) {
    context.journal.say(
        fmt::format("{} of the last run cannot be taken over ({}); stopping them first",
                    plural(count, "worker"), socket.error().message),
        true);
    stop_all(context, kept->workers);
    return;
  }
  pool.socket = *socket;
  if (kept->last_replaced > 0) {
    pool.known.last_replaced = context.now() - (context.world.clock.wall() - kept->last_replaced);
  }
  for (const KeptWorker& worker : kept->workers) take_in(context, worker);
  pool.known.ever_served = true;
  pool.known.scaling.wanted = std::clamp(static_cast<int>(count), context.settings.min_workers,
                                         context.settings.max_workers);
  context.journal.say(fmt::format("took over {} of the last run, which serve on port {}",
                                  plural(count, "worker"), pool.socket.port));
}

}  // namespace tidemark
