#include <fmt/format.h>

#include <algorithm>

#include "report/status_text.h"

namespace tidemark {
namespace {

class Metrics {
 public:
  explicit Metrics(const PoolStatusAnswer& answer)
      : answer_(answer), pool_(fmt::format("pool=\"{}\"", answer.name)) {}

  template <class Number>
  void one(const char* name, const char* type, const char* help, Number value) {
    head(name, type, help);
    text_ += fmt::format("tidemark_{}{{{}}} {}\n", name, pool_, static_cast<double>(value));
  }

  // value(worker), for each of them.
  template <class Value>
  void each(const char* name, const char* help, Value value) {
    head(name, "gauge", help);
    for (const PoolWorker& worker : answer_.workers) {
      text_ += fmt::format("tidemark_{}{{{},worker=\"{}\"}} {}\n", name, pool_, worker.number,
                           static_cast<double>(value(worker)));
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void head(const char* name, const char* type, const char* help) {
    text_ += fmt::format("# HELP tidemark_{0} {1}\n# TYPE tidemark_{0} {2}\n", name, help, type);
  }

  const PoolStatusAnswer& answer_;
  std::string pool_;
  std::string text_;
};

void add_pool(Metrics& metrics, const PoolStatusAnswer& answer) {
  metrics.one("workers_serving", "gauge", "Workers that serve.",
              std::ranges::count(answer.workers, WorkerPhase::kServing, &PoolWorker::state));
  metrics.one("workers_wanted", "gauge", "Workers that the load asks for.", answer.wanted_workers);
  metrics.one("queue_connections", "gauge", "Connections that wait to be accepted.",
              answer.queue.value_or(0));
  metrics.one("clients_waiting", "gauge",
              "Clients whose last bytes are not answered; a lower bound.", answer.clients_waiting);
  metrics.one("memory_bytes", "gauge", "Memory of all, as the quota counts it.",
              answer.memory_bytes);
  if (answer.quota_bytes) metrics.one("quota_bytes", "gauge", "The quota.", *answer.quota_bytes);
  if (answer.seconds_to_quota) {
    metrics.one("seconds_to_quota", "gauge", "Predicted time until the quota is used up.",
                *answer.seconds_to_quota);
  }
  metrics.one("requests_total", "counter", "Requests served.", answer.requests);
  metrics.one("workers_started_total", "counter", "Workers started.", answer.workers_started);
  metrics.one("workers_replaced_total", "counter", "Workers replaced.", answer.workers_replaced);
  metrics.one("workers_crashed_total", "counter", "Workers that ended unasked.",
              answer.workers_crashed);
  metrics.one("supervisor_memory_bytes", "gauge", "Proportional memory of tidemark itself.",
              answer.tidemark_bytes);
}

void add_workers(Metrics& metrics) {
  metrics.each("worker_memory_bytes", "Proportional memory, swap included.",
               [](const PoolWorker& worker) { return worker.memory_bytes.value_or(0); });
  metrics.each("worker_unique_bytes", "What the worker's end would free.",
               [](const PoolWorker& worker) { return worker.unique_bytes.value_or(0); });
  metrics.each("worker_requests", "Requests that this worker has served.",
               [](const PoolWorker& worker) { return worker.requests.value_or(0); });
  metrics.each("worker_busy", "Requests begun and not finished.",
               [](const PoolWorker& worker) { return worker.busy.value_or(0); });
  metrics.each("worker_cpu_cores", "Processors in use.",
               [](const PoolWorker& worker) { return worker.cpu_cores; });
  metrics.each("worker_age_seconds", "Age.",
               [](const PoolWorker& worker) { return worker.age_seconds; });
}

}  // namespace

std::string status_metrics(const PoolStatusAnswer& answer) {
  Metrics metrics(answer);
  add_pool(metrics, answer);
  add_workers(metrics);
  return metrics.take();
}

}  // namespace tidemark
