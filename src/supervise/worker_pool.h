// All that the supervisor knows of its pool: plain data, on which the steps of a turn work one
// after the other (supervisor.h). Times are seconds on the world's clock, memory is bytes.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "supervise/growth.h"
#include "supervise/journal.h"
#include "supervise/pool_view.h"
#include "supervise/run_pool.h"
#include "supervise/server_kind.h"
#include "supervise/settings.h"
#include "supervise/world.h"

namespace tidemark {

constexpr double kLongAgo = -1e9;

// What the part of ours in one process of an app has reported.
struct AppReport {
  int pid = 0;
  double served = 0;
  double busy = 0;
  double waiting = 0;
  double lag = 0;  // milliseconds
  bool drains = false;
};

// A worker with what is needed to deal with it.
struct Member {
  Worker view;
  std::uint64_t started = 0;  // clock ticks since boot
  double born_wall = 0;       // seconds since 1970
  std::vector<int> pids;      // the process and all it started
  std::vector<int> servers;   // those that hold the socket and whose parent does not
  ServerKind kind = ServerKind::kOther;
  std::map<int, AppReport> reports;  // by connection
  double served_before = 0;          // by connections that are gone
  ProcessorUse use;                  // when last looked
  double use_time = kLongAgo;        // kLongAgo: not yet
  int quiet_looks = 0;               // in a row
  bool warned = false;               // that it has not taken the socket
  bool warm = false;
  Growth growth;
};

// External: the server that keeps the workers.
struct ExternalServer {
  int pid = 0;
  ServerKind kind = ServerKind::kOther;
  bool found = false;   // that it keeps workers
  bool warned = false;  // that it has not been found
};

// Since the beginning.
struct PoolCounts {
  std::uint64_t started = 0;
  std::uint64_t replaced = 0;
  std::uint64_t crashed = 0;
  double served = 0;  // requests, by workers that are gone
};

struct PoolOutcome {
  bool done = false;
  std::string fatal;  // what keeps it from going on
  int exit_code = 0;
};

// What was read last, beside what decide() looks at.
struct PoolReadings {
  double queue_limit = 0;
  double own_memory = 0;          // proportional, of tidemark itself
  double memory_time = kLongAgo;  // when memory was read
};

struct SaidOnce {
  bool no_drain = false;  // a worker holds no part that drains
  bool no_state = false;  // the state could not be written
};

struct WorkerPool {
  std::vector<Member> members;
  PoolView known;  // but for `now`, `workers` and `replacing`: see view_of()
  int next_number = 1;
  double begun = 0;
  ListeningSocket socket;
  int port = 0;  // whose connections are counted; 0: not known
  PoolReadings readings;
  std::vector<int> to_replace;             // asked for by SIGHUP, by number
  std::vector<Recycle> open_recycles;      // whose new worker is not warm yet
  std::map<int, AppReport> other_reports;  // whose worker is not known yet, by connection
  ExternalServer server;
  PoolCounts counts;
  PoolOutcome outcome;
  bool unsaved = false;  // the state is to be written
  SaidOnce said;
  std::mt19937 random;
};

// What each step of a turn works on.
struct PoolContext {
  const PoolSettings& settings;
  World& world;
  WorkerPool& pool;
  Journal& journal;

  [[nodiscard]] double now() const { return world.clock.now(); }
};

Member* find_member(WorkerPool& pool, int number);
// A worker that is started or found now, next in number; for the first replacement that waits for
// one.
Member& add_member(const PoolContext& context, int pid);
// What decide() looks at.
PoolView view_of(const WorkerPool& pool, double now);
// Is a worker on its way in or out, or all at its end? Then it is worth looking often.
bool in_transition(const WorkerPool& pool);
// Sums up a worker's reports.
void sum_reports(Member& member, double now);
PoolStatus status_of(const PoolContext& context);

}  // namespace tidemark
