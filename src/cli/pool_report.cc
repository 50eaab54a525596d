#include "cli/pool_report.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/units.h"
#include "report/json_writer.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

std::string bytes(double amount) {
  return amount > 0 ? format_bytes(std::llround(amount)) : std::string("-");
}

std::string for_long(double seconds) { return format_hours(seconds / 3600); }

std::string count_of(double number) { return format_count(std::llround(number)); }

// When a worker, or all together, is predicted to be at its limit.
std::string limit_text(const PoolStatus& status, const Worker& worker) {
  const auto left = seconds_to_limit(worker, status.max_memory);
  if (!left) return "-";
  return *left == 0 ? "over" : "in " + for_long(*left);
}

std::string workers_table(const PoolStatus& status, const TextStyle& style) {
  Table table({number_column("WORKER"), number_column("PID"), text_column("STATE"),
               number_column("AGE"), number_column("MEMORY"), number_column("FREES"),
               number_column("GROWS/H"), number_column("REQUESTS"), number_column("BUSY"),
               number_column("CPU"), number_column("LIMIT")});
  for (const Worker& worker : status.state.workers) {
    const bool serves = worker.phase == WorkerPhase::kServing;
    table.add_row({std::to_string(worker.number),
                   std::to_string(worker.pid),
                   {phase_name(worker.phase), serves ? Tint::kGreen : Tint::kYellow},
                   for_long(status.state.now - worker.born),
                   bytes(worker.memory),
                   bytes(worker.unique),
                   bytes(worker.growth * 3600),
                   worker.speaks ? count_of(worker.served) : "-",
                   worker.speaks ? count_of(worker.busy) : "-",
                   fmt::format("{:.0f} %", worker.cpu * 100),
                   limit_text(status, worker)});
  }
  return table.print(style);
}

std::string memory_line(const PoolStatus& status) {
  std::string line = "memory: " + bytes(status.state.used);
  if (status.state.quota) {
    line += fmt::format(" of {} ({})", bytes(*status.state.quota),
                        format_percent(status.state.used, *status.state.quota));
    if (const auto left = seconds_to_quota(status.state)) {
      line += ", full in " + for_long(*left);
    } else {
      line += ", not growing";
    }
  }
  return line + fmt::format(", of it tidemark {}\n", bytes(status.own_memory));
}

std::string decision_text(const std::string& kept) {
  double time = 0;
  const char* end = std::from_chars(kept.data(), kept.data() + kept.size(), time).ptr;
  return fmt::format("  {}{}\n", format_precise_time(time),
                     safe_text(std::string_view(end, kept.data() + kept.size())));
}

void optional_member(JsonWriter& json, const char* name, std::optional<double> value) {
  if (value) {
    json.member(name, *value);
  } else {
    json.null(name);
  }
}

}  // namespace

std::string pool_text(const PoolStatus& status, const TextStyle& style) {
  std::string text = fmt::format(
      "{}  port {}  {}  pid {}, up {}\n", style.bold(safe_text(status.command)), status.port,
      status.external ? fmt::format("{} keeps its own workers", status.server)
                      : fmt::format("{} to {} workers", status.min_workers, status.max_workers),
      status.pid, for_long(status.uptime));
  text += '\n' + workers_table(status, style) + '\n';
  text += memory_line(status);
  text += fmt::format("requests: {}, {} clients wait, queue {} of {}\n", count_of(status.served),
                      count_of(status.state.load.pending), count_of(status.state.load.queue),
                      count_of(status.queue_limit));
  text += fmt::format("workers so far: {} started, {} replaced, {} ended unasked\n",
                      format_count(static_cast<std::int64_t>(status.started)),
                      format_count(static_cast<std::int64_t>(status.replaced)),
                      format_count(static_cast<std::int64_t>(status.crashed)));
  if (status.state.now < status.state.useless_until) {
    text += style.yellow(fmt::format("replacing has not helped; tried again in {}",
                                     for_long(status.state.useless_until - status.state.now))) +
            '\n';
  }
  if (!status.state.recycles.empty()) text += "\nreplaced last:\n";
  const auto& recycles = status.state.recycles;
  const std::size_t shown = std::min<std::size_t>(recycles.size(), 5);
  for (std::size_t i = recycles.size() - shown; i < recycles.size(); ++i) {
    const Recycle& one = recycles[i];
    text += fmt::format("  {} by {}, {} ago: {}; freed {}, the new one takes {}\n", one.old_worker,
                        one.new_worker, for_long(status.state.now - one.time),
                        safe_text(one.reason), bytes(one.released), bytes(one.taken));
  }
  text += "\ndecisions:\n";
  const std::size_t from = status.decisions.size() > 10 ? status.decisions.size() - 10 : 0;
  for (std::size_t i = from; i < status.decisions.size(); ++i) {
    text += decision_text(status.decisions[i]);
  }
  return text;
}

std::string pool_json(const PoolStatus& status) {
  StringSink sink;
  {
    JsonWriter json(sink);
    json.begin_document("status");
    json.member("name", status.name);
    json.member("command", status.command);
    json.member("pid", status.pid);
    json.member("port", status.port);
    json.member("external", status.external);
    json.member("server", status.server);
    json.member("uptime_seconds", status.uptime);
    json.member("min_workers", status.min_workers);
    json.member("max_workers", status.max_workers);
    json.member("wanted_workers", status.state.scaling.wanted);
    json.member("queue", status.state.load.queue);
    json.member("queue_limit", status.queue_limit);
    json.member("clients_waiting", status.state.load.pending);
    json.member("requests", status.served);
    json.member("memory_bytes", status.state.used);
    optional_member(json, "quota_bytes", status.state.quota);
    optional_member(json, "seconds_to_quota", seconds_to_quota(status.state));
    json.member("tidemark_bytes", status.own_memory);
    json.member("workers_started", status.started);
    json.member("workers_replaced", status.replaced);
    json.member("workers_crashed", status.crashed);
    json.member("replacing_is_useless", status.state.now < status.state.useless_until);
    json.begin_array("workers");
    for (const Worker& worker : status.state.workers) {
      json.begin_object();
      json.member("number", worker.number);
      json.member("pid", worker.pid);
      json.member("state", phase_name(worker.phase));
      json.member("age_seconds", status.state.now - worker.born);
      json.member("memory_bytes", worker.memory);
      json.member("unique_bytes", worker.unique);
      json.member("growth_bytes_per_second", worker.growth);
      json.member("drains", worker.speaks);
      json.member("requests", worker.served);
      json.member("busy", worker.busy);
      json.member("waiting", worker.waiting);
      json.member("event_loop_lag_ms", worker.lag);
      json.member("cpu_cores", worker.cpu);
      optional_member(json, "seconds_to_limit", seconds_to_limit(worker, status.max_memory));
      json.member("retiring", worker.retiring);
      json.end_object();
    }
    json.end_array();
    json.begin_array("recycles");
    for (const Recycle& one : status.state.recycles) {
      json.begin_object();
      json.member("seconds_ago", status.state.now - one.time);
      json.member("old", one.old_worker);
      json.member("new", one.new_worker);
      json.member("reason", one.reason);
      json.member("life_seconds", one.life);
      json.member("freed_bytes", one.released);
      json.member("new_bytes", one.taken);
      json.end_object();
    }
    json.end_array();
    json.begin_array("decisions");
    for (const std::string& one : status.decisions) json.value(one);
    json.end_array();
    json.end_document();
  }
  return sink.text();
}

std::string pool_metrics(const PoolStatus& status) {
  std::string text;
  const std::string pool = fmt::format("pool=\"{}\"", status.name);
  const auto one = [&](const char* name, const char* type, const char* help, double value) {
    text +=
        fmt::format("# HELP tidemark_{0} {1}\n# TYPE tidemark_{0} {2}\ntidemark_{0}{{{3}}} {4}\n",
                    name, help, type, pool, value);
  };
  const auto each = [&](const char* name, const char* type, const char* help, auto value) {
    text += fmt::format("# HELP tidemark_{0} {1}\n# TYPE tidemark_{0} {2}\n", name, help, type);
    for (const Worker& worker : status.state.workers) {
      text += fmt::format("tidemark_{}{{{},worker=\"{}\"}} {}\n", name, pool, worker.number,
                          static_cast<double>(value(worker)));
    }
  };
  double serving = 0;
  for (const Worker& worker : status.state.workers) {
    if (worker.phase == WorkerPhase::kServing) ++serving;
  }
  one("workers_serving", "gauge", "Workers that serve.", serving);
  one("workers_wanted", "gauge", "Workers that the load asks for.", status.state.scaling.wanted);
  one("queue_connections", "gauge", "Connections that wait to be accepted.",
      status.state.load.queue);
  one("clients_waiting", "gauge", "Clients whose last bytes are not answered; a lower bound.",
      status.state.load.pending);
  one("memory_bytes", "gauge", "Memory of all, as the quota counts it.", status.state.used);
  if (status.state.quota) one("quota_bytes", "gauge", "The quota.", *status.state.quota);
  if (const auto left = seconds_to_quota(status.state)) {
    one("seconds_to_quota", "gauge", "Predicted time until the quota is used up.", *left);
  }
  one("requests_total", "counter", "Requests served.", status.served);
  one("workers_started_total", "counter", "Workers started.", static_cast<double>(status.started));
  one("workers_replaced_total", "counter", "Workers replaced.",
      static_cast<double>(status.replaced));
  one("workers_crashed_total", "counter", "Workers that ended unasked.",
      static_cast<double>(status.crashed));
  one("supervisor_memory_bytes", "gauge", "Proportional memory of tidemark itself.",
      status.own_memory);
  each("worker_memory_bytes", "gauge", "Proportional memory, swap included.",
       [](const Worker& worker) { return worker.memory; });
  each("worker_unique_bytes", "gauge", "What the worker's end would free.",
       [](const Worker& worker) { return worker.unique; });
  each("worker_requests", "gauge", "Requests that this worker has served.",
       [](const Worker& worker) { return worker.served; });
  each("worker_busy", "gauge", "Requests begun and not finished.",
       [](const Worker& worker) { return worker.busy; });
  each("worker_cpu_cores", "gauge", "Processors in use.",
       [](const Worker& worker) { return worker.cpu; });
  each("worker_age_seconds", "gauge", "Age.",
       [&status](const Worker& worker) { return status.state.now - worker.born; });
  return text;
}

std::string pool_answer(const PoolStatus& status, std::string_view format) {
  if (format == "json") return pool_json(status);
  if (format == "metrics") return pool_metrics(status);
  return pool_text(status, TextStyle(format == "color"));
}

}  // namespace tidemark
