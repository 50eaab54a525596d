// The pool as plain data: what decide() looks at and what `tidemark status` shows. No descriptors,
// no clocks; times are seconds on one monotonic clock, memory is bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

enum class WorkerPhase : std::uint8_t {
  kStarting,  // not proven yet
  kServing,
  kDraining,  // answers `Connection: close`, accepts no more
  kStopping,  // has been sent its signal
  kKilled,    // has been sent SIGKILL
};

struct Worker {
  int number = 0;  // never used again
  int pid = 0;
  WorkerPhase phase = WorkerPhase::kStarting;
  double born = 0;
  double ready = 0;  // when it began to serve
  double since = 0;  // when it came to its phase

  double memory = 0;    // proportional, swap included; 0: not read yet
  double unique = 0;    // what its end would free
  double baseline = 0;  // `unique` when it was warm
  double growth = 0;    // bytes a second of `memory`; 0: flat or not known
  double cpu = 0;       // cores

  bool speaks = false;             // the part in the app has reported
  double drains_since = 0;         // when all of it had said that it drains; 0: it has not
  double served = 0;               // requests
  double busy = 0;                 // requests begun and not finished
  double waiting = 0;              // accepted and not begun
  double lag = 0;                  // milliseconds by which the event loop is late
  std::optional<int> connections;  // of clients; counted while it drains

  std::string retiring;     // why it is to go; empty: it is not
  bool for_memory = false;  // that is why
  int stands_for = 0;       // the number of the worker that it is to replace; 0: none
  double spread = 0.5;      // 0..1, of its own: so that workers do not come to an end together
};

struct Load {
  double queue = 0;    // connections that wait to be accepted
  double pending = 0;  // connections whose last bytes came from the client
};

// One replacement, when it is over.
struct Recycle {
  double time = 0;
  int old_worker = 0;
  int new_worker = 0;
  std::string reason;
  bool for_memory = false;
  double life = 0;       // of the old one
  double released = 0;   // by the old one's end: its `unique`
  double taken = 0;      // the same of the new one, when it is warm
  double footprint = 0;  // `memory` of the new one then
};

struct ScalingMemory {
  int wanted = 0;
  double loaded_since = -1;  // -1: not loaded
  double idle_since = -1;
  double last_up = -1e9;
  double last_down = -1e9;
  double idle_factor = 1;  // of `idle`; grows when it went up soon after it went down
  std::string held_back;   // why it does not grow although there is load; said once
};

// External: the server that keeps the workers.
struct ServerEnd {
  bool ours = false;  // we started it, so it ends with us
  bool told = false;  // has been sent SIGTERM
  bool killed = false;
};

struct PoolView {
  double now = 0;
  bool ending = false;
  double ending_since = 0;
  std::vector<Worker> workers;
  ServerEnd server;
  Load load;
  double cpus = 1;

  std::optional<double> quota;
  double used = 0;                         // of the quota
  double growth = 0;                       // bytes a second of `used`
  double footprint = 0;                    // what a new worker is expected to take; 0: not known
  std::optional<double> platform_restart;  // when, on the clock of `now`

  ScalingMemory scaling;
  int failed_starts = 0;  // in a row
  bool ever_served = false;
  double retry_at = 0;  // no start before

  double last_replaced = -1e9;
  bool replacing = false;         // one has gone and its successor has not come yet
  std::vector<Recycle> recycles;  // the last ones
  double useless_until = -1e9;
};

bool starts_or_serves(const Worker& worker);
// Nothing begun, nothing accepted, no client.
bool is_idle(const Worker& worker);
// The worker that stands for this one and has not begun to go; nullptr: none.
const Worker* replacement_of(const PoolView& view, int number);
// Workers that serve or will, those not counted whose replacement is already there.
int places_taken(const PoolView& view);
// Within the quota, for what a new worker is expected to take.
bool room_for_one(const PoolView& view);
// One thing at a time: is a worker on its way in or out?
bool one_is_moving(const PoolView& view);
// What a replacement has brought: what was released less what the new one takes of the same kind.
double gain_of(const Recycle& recycle);

// Seconds until `used` is at the quota; none when it does not grow or there is no quota.
std::optional<double> seconds_to_quota(const PoolView& view);
// The same of one worker and --max-memory.
std::optional<double> seconds_to_limit(const Worker& worker, double max_memory);

}  // namespace tidemark
