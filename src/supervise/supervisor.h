// The loop: each turn takes in what has happened (requests.h, messages.h, endings.h), observes
// (observe.h), decides (decide.h) and acts (act.h). Each step reads and changes the pool
// (worker_pool.h), and what is outside of it through the world (world.h) alone.
//
// One thread; nothing in it waits but the world's wait() at the beginning of a turn.
#pragma once

#include "base/result.h"
#include "supervise/observe.h"
#include "supervise/run_pool.h"
#include "supervise/worker_pool.h"

namespace tidemark {

class Supervisor {
 public:
  // All are to outlive it.
  Supervisor(const PoolSettings& settings, const PoolOutput& output, World world);

  // The socket, or the server that is watched, and workers of a tidemark before. Errors: what keeps
  // it from starting.
  Result<void> set_up();
  // One turn; at the latest after a quarter of a second.
  void turn();
  // Turns until the end; the exit code for the shell. Errors: why it cannot go on.
  Result<int> run();

  [[nodiscard]] const WorkerPool& pool() const { return pool_; }

 private:
  Result<void> set_up_external();
  void decide_and_act();

  const PoolSettings settings_;
  const PoolOutput& output_;
  World world_;
  Journal journal_;
  WorkerPool pool_;
  PoolContext context_;
  Observer observer_;
};

}  // namespace tidemark
