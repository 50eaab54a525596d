// What a running `tidemark run` says of itself: its workers, what they take, what was decided last.
//
// The pool makes the answer about itself, in its own process, and hands it out as text: over its
// channel whoever asks gets it rendered in the form asked for, so that a pool and an asker of
// different versions understand each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/fields.h"
#include "supervise/run_pool.h"

namespace tidemark {

struct PoolWorker {
  int number = 0;
  int pid = 0;
  WorkerPhase state = WorkerPhase::kStarting;
  double age_seconds = 0;
  std::optional<std::uint64_t> memory_bytes;  // not read yet: none
  std::optional<std::uint64_t> unique_bytes;
  std::optional<double> growth_bytes_per_hour;  // none: flat, or not known
  bool drains = false;  // the part in the app speaks; else the next four are unknown
  std::optional<std::uint64_t> requests;
  std::optional<std::uint64_t> busy;
  std::optional<std::uint64_t> waiting;
  std::optional<double> event_loop_lag_milliseconds;
  double cpu_cores = 0;
  std::optional<double> seconds_to_limit;
  std::optional<std::string> retiring;
};

struct WorkerReplacement {
  double seconds_ago = 0;
  int old_worker = 0;
  int new_worker = 0;
  std::string reason;
  double life_seconds = 0;
  std::optional<std::uint64_t> freed_bytes;
  std::optional<std::uint64_t> new_bytes;
};

struct PoolDecision {
  double time = 0;  // seconds since 1970
  std::string text;
};

struct PoolStatusAnswer {
  std::string name;
  std::string command;
  int pid = 0;
  int port = 0;
  bool external = false;
  std::string server;
  double uptime_seconds = 0;
  int min_workers = 0;
  int max_workers = 0;
  int wanted_workers = 0;
  std::optional<std::uint64_t> max_memory_bytes;
  std::optional<std::uint64_t> queue;  // none: the server listens itself
  std::optional<std::uint64_t> queue_limit;
  std::uint64_t clients_waiting = 0;
  std::uint64_t requests = 0;
  std::uint64_t memory_bytes = 0;
  std::optional<std::uint64_t> quota_bytes;
  std::optional<double> seconds_to_quota;
  std::uint64_t tidemark_bytes = 0;
  std::uint64_t workers_started = 0;
  std::uint64_t workers_replaced = 0;
  std::uint64_t workers_crashed = 0;
  std::optional<double> replacing_paused_seconds;  // it has not helped; tried again after so long
  std::vector<PoolWorker> workers;
  std::vector<WorkerReplacement> replacements;  // the last ones, the latest at the end
  std::vector<PoolDecision> decisions;          // likewise
  std::vector<Notice> notices;
};

template <>
inline constexpr auto kWordsOf<WorkerPhase> = std::to_array<WordOf<WorkerPhase>>({
    {WorkerPhase::kStarting, "starting", "not proven yet"},
    {WorkerPhase::kServing, "serving", "takes requests"},
    {WorkerPhase::kDraining, "draining", "finishes what it has, accepts no more"},
    {WorkerPhase::kStopping, "stopping", "has been sent its signal"},
    {WorkerPhase::kKilled, "killed", "has been sent SIGKILL"},
});

// From what the pool knows of itself. A pure function.
PoolStatusAnswer pool_status(const PoolStatus& status);
void describe(Fields& fields, const PoolWorker& worker);
void describe(Fields& fields, const WorkerReplacement& one);
void describe(Fields& fields, const PoolDecision& decision);
void describe(Fields& fields, const PoolStatusAnswer& answer);

// The forms in which a pool says it; the words are those of the channel.
enum class PoolStatusForm : std::uint8_t { kText, kColor, kJson, kMetrics };
template <>
inline constexpr auto kWordsOf<PoolStatusForm> = std::to_array<WordOf<PoolStatusForm>>({
    {PoolStatusForm::kText, "text"},
    {PoolStatusForm::kColor, "color"},
    {PoolStatusForm::kJson, "json"},
    {PoolStatusForm::kMetrics, "metrics"},
});

struct PoolStatusRequest {
  std::string name;  // its --name or its port; empty: all that run
  PoolStatusForm form = PoolStatusForm::kText;
};

struct PoolSaid {
  std::string pool;
  std::string text;
};

// Asks the pools of this user on this machine, each for at most 5 s. At least one. Thread-safe.
// Errors: kNotFound when none runs, or none of this name; kIo when one that was named does not
// answer.
Result<std::vector<PoolSaid>> ask_pools(const PoolStatusRequest& request);

}  // namespace tidemark
