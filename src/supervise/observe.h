// What is going on: reads the world into the pool. Says what it finds; does nothing to a process.
#pragma once

#include <vector>

#include "supervise/worker_pool.h"

namespace tidemark {

// Each kind of thing is looked at when it is time; see tuning.h.
class Observer {
 public:
  explicit Observer(const PoolContext& context) : context_(context) {}

  void observe();

 private:
  void observe_queue();
  void observe_load();
  void observe_clients();
  [[nodiscard]] bool queue_is_stuck();

  PoolContext context_;
  double looked_at_processes_ = kLongAgo;
  double looked_at_load_ = kLongAgo;
  double stuck_since_ = -1;  // -1: it is not
  double stuck_served_ = 0;  // when last looked
  bool stuck_said_ = false;
};

// observe_processes.cc: what each worker consists of, its processors, its servers.
void observe_processes(const PoolContext& context);

// cluster.cc: external: the workers that the server keeps; `processes` are its own.
void observe_cluster(const PoolContext& context, const std::vector<ProcessInfo>& processes);

// readiness.cc: for a worker that starts.
void look_whether_ready(const PoolContext& context, Member& member);

// observe_memory.cc
void observe_memory(const PoolContext& context);
// Replacements whose new worker is warm are over: what they have brought.
void settle_recycles(const PoolContext& context);

// The inodes of all its sockets.
std::set<std::uint64_t> sockets_of(const PoolContext& context, const Member& member);

}  // namespace tidemark
