#include "answers/pool/status.h"

#include <charconv>
#include <cmath>

#include "supervise/channel.h"

namespace tidemark {
namespace {

std::uint64_t whole(double amount) {
  return amount > 0 ? static_cast<std::uint64_t>(std::llround(amount)) : 0;
}

// The pool keeps 0 for what it does not know.
std::optional<std::uint64_t> known(double amount) {
  return amount > 0 ? std::optional(whole(amount)) : std::nullopt;
}

PoolWorker worker_of(const Worker& worker, const PoolStatus& status) {
  PoolWorker one;
  one.number = worker.number;
  one.pid = worker.pid;
  one.state = worker.phase;
  one.age_seconds = status.state.now - worker.born;
  one.memory_bytes = known(worker.memory);
  one.unique_bytes = known(worker.unique);
  if (worker.growth > 0) one.growth_bytes_per_hour = worker.growth * 3600;
  one.drains = worker.speaks;
  if (worker.speaks) {
    one.requests = whole(worker.served);
    one.busy = whole(worker.busy);
    one.waiting = whole(worker.waiting);
    one.event_loop_lag_milliseconds = worker.lag;
  }
  one.cpu_cores = worker.cpu;
  one.seconds_to_limit = seconds_to_limit(worker, status.max_memory);
  if (!worker.retiring.empty()) one.retiring = worker.retiring;
  return one;
}

WorkerReplacement replacement_of(const Recycle& recycle, double now) {
  return {.seconds_ago = now - recycle.time,
          .old_worker = recycle.old_worker,
          .new_worker = recycle.new_worker,
          .reason = recycle.reason,
          .life_seconds = recycle.life,
          .freed_bytes = known(recycle.released),
          .new_bytes = known(recycle.taken)};
}

// "1700000000 worker 1 serves"
PoolDecision decision_of(const std::string& kept) {
  PoolDecision decision;
  const char* const end = kept.data() + kept.size();
  const char* text = std::from_chars(kept.data(), end, decision.time).ptr;
  if (text != end && *text == ' ') ++text;
  decision.text.assign(text, end);
  return decision;
}

void count(PoolStatusAnswer& answer, const PoolStatus& status) {
  if (status.queue_limit > 0) {
    answer.queue = whole(status.state.load.queue);
    answer.queue_limit = whole(status.queue_limit);
  }
  answer.clients_waiting = whole(status.state.load.pending);
  answer.requests = whole(status.served);
  answer.memory_bytes = whole(status.state.used);
  if (status.state.quota) answer.quota_bytes = whole(*status.state.quota);
  answer.seconds_to_quota = seconds_to_quota(status.state);
  answer.tidemark_bytes = whole(status.own_memory);
  answer.workers_started = status.started;
  answer.workers_replaced = status.replaced;
  answer.workers_crashed = status.crashed;
}

}  // namespace

PoolStatusAnswer pool_status(const PoolStatus& status) {
  PoolStatusAnswer answer;
  answer.name = status.name;
  answer.command = status.command;
  answer.pid = status.pid;
  answer.port = status.port;
  answer.external = status.external;
  answer.server = status.server;
  answer.uptime_seconds = status.uptime;
  answer.min_workers = status.min_workers;
  answer.max_workers = status.max_workers;
  answer.wanted_workers = status.state.scaling.wanted;
  answer.max_memory_bytes = known(status.max_memory);
  count(answer, status);
  const double now = status.state.now;
  if (now < status.state.useless_until) {
    answer.replacing_paused_seconds = status.state.useless_until - now;
  }
  for (const Worker& worker : status.state.workers) {
    answer.workers.push_back(worker_of(worker, status));
  }
  for (const Recycle& recycle : status.state.recycles) {
    answer.replacements.push_back(replacement_of(recycle, now));
  }
  for (const std::string& kept : status.decisions) answer.decisions.push_back(decision_of(kept));
  return answer;
}

Result<std::vector<PoolSaid>> ask_pools(const PoolStatusRequest& request) {
  const bool named = !request.name.empty();
  const std::string question = "status " + std::string(word_for(request.form));
  std::vector<PoolSaid> all;
  for (const std::string& pool : named ? std::vector{request.name} : list_pools()) {
    const auto path = find_pool(pool);
    if (!path) return std::unexpected(path.error());
    auto said = ask_channel(*path, question);
    // A channel that a killed tidemark left is no pool.
    if (!said && named) return std::unexpected(said.error());
    if (said) all.push_back({.pool = pool, .text = std::move(*said)});
  }
  if (all.empty()) {
    return fail(ErrorCode::kNotFound, "no `tidemark run` of this user runs here",
                "start one: tidemark run -- COMMAND");
  }
  return all;
}

}  // namespace tidemark
