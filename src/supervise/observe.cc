#include "supervise/observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "supervise/tuning.h"

namespace tidemark {

void Observer::observe() {
  const double time = context_.now();
  WorkerPool& pool = context_.pool;
  const double every =
      in_transition(pool) ? kTuning.processes_in_transition : kTuning.processes_at_rest;
  observe_queue();
  if (time - looked_at_processes_ >= every) {
    looked_at_processes_ = time;
    observe_processes(context_);
  }
  if (time - looked_at_load_ >= kTuning.load_interval) {
    looked_at_load_ = time;
    observe_load();
  }
  if (time - pool.readings.memory_time >= context_.settings.sample) {
    pool.readings.memory_time = time;
    observe_memory(context_);
  }
  observe_clients();
  settle_recycles(context_);
}

void Observer::observe_queue() {
  if (context_.pool.socket.inode == 0) return;
  const QueueDepth queue = context_.world.sockets.queue();
  context_.pool.known.load.queue = queue.waiting;
  context_.pool.readings.queue_limit = queue.limit;
}

void Observer::observe_load() {
  WorkerPool& pool = context_.pool;
  if (pool.port == 0) return;
  const auto open = context_.world.sockets.connections(pool.port, SocketKind::kOpen);
  pool.known.load.pending =
      static_cast<double>(std::count_if(open.begin(), open.end(), [](const Connection& connection) {
        return connection.inode != 0 && connection.pending;
      }));
  if (queue_is_stuck()) {
    context_.journal.say(fmt::format("{} connections wait on port {} and no worker takes them",
                                     std::llround(pool.known.load.queue), pool.port),
                         true);
  }
}

// Connections wait, and for some time nobody has done anything. Said once.
bool Observer::queue_is_stuck() {
  const WorkerPool& pool = context_.pool;
  double served = 0;
  double cpu = 0;
  bool serving = false;
  for (const Member& member : pool.members) {
    served += member.view.served;
    cpu += member.view.cpu;
    serving = serving || member.view.phase == WorkerPhase::kServing;
  }
  const bool stuck = serving && pool.known.load.queue > 0 && served == stuck_served_ &&
                     cpu < kTuning.stuck_share && !pool.known.ending;
  stuck_served_ = served;
  if (!stuck) {
    stuck_since_ = -1;
    stuck_said_ = false;
    return false;
  }
  if (stuck_since_ < 0) stuck_since_ = context_.now();
  if (stuck_said_ || context_.now() - stuck_since_ < kTuning.stuck_after) return false;
  stuck_said_ = true;
  return true;
}

// Connections of workers that drain.
void Observer::observe_clients() {
  WorkerPool& pool = context_.pool;
  const auto counts = [&pool](const Member& member) {
    return pool.known.ending || member.view.phase == WorkerPhase::kDraining;
  };
  if (pool.port == 0 || std::none_of(pool.members.begin(), pool.members.end(), counts)) return;
  const auto open = context_.world.sockets.connections(pool.port, SocketKind::kOpen);
  for (Member& member : pool.members) {
    if (!counts(member)) continue;
    const auto own = sockets_of(context_, member);
    member.view.connections = static_cast<int>(
        std::count_if(open.begin(), open.end(), [&own](const Connection& connection) {
          return connection.inode != 0 && own.contains(connection.inode);
        }));
  }
}

std::set<std::uint64_t> sockets_of(const PoolContext& context, const Member& member) {
  std::set<std::uint64_t> own;
  for (const int pid : member.pids) own.merge(context.world.sockets.inodes_of(pid));
  return own;
}

}  // namespace tidemark
