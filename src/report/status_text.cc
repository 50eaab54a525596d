#include "report/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/units.h"
#include "report/json_document.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kReplacementsShown = 5;
constexpr std::size_t kDecisionsShown = 10;

std::string count_of(std::uint64_t number) {
  return format_count(static_cast<std::int64_t>(number));
}

std::string count_of(const std::optional<std::uint64_t>& number) {
  return number ? count_of(*number) : "-";
}

std::string bytes(const std::optional<std::uint64_t>& amount) {
  return amount.value_or(0) > 0 ? format_bytes(static_cast<std::int64_t>(*amount)) : "-";
}

std::string for_long(double seconds) { return format_hours(seconds / 3600); }

// When a worker, or all together, is predicted to be at its limit.
std::string limit_text(const PoolWorker& worker) {
  if (!worker.seconds_to_limit) return "-";
  return *worker.seconds_to_limit == 0 ? "over" : "in " + for_long(*worker.seconds_to_limit);
}

std::string growth_text(const PoolWorker& worker) {
  if (!worker.growth_bytes_per_hour) return "-";
  return format_bytes(std::llround(*worker.growth_bytes_per_hour));
}

std::string workers_table(const PoolStatusAnswer& answer, const TextStyle& style) {
  Table table({number_column("WORKER"), number_column("PID"), text_column("STATE"),
               number_column("AGE"), number_column("MEMORY"), number_column("FREES"),
               number_column("GROWS/H"), number_column("REQUESTS"), number_column("BUSY"),
               number_column("CPU"), number_column("LIMIT")});
  for (const PoolWorker& worker : answer.workers) {
    const bool serves = worker.state == WorkerPhase::kServing;
    table.add_row({std::to_string(worker.number),
                   std::to_string(worker.pid),
                   {std::string(word_for(worker.state)), serves ? Tint::kGreen : Tint::kYellow},
                   for_long(worker.age_seconds),
                   bytes(worker.memory_bytes),
                   bytes(worker.unique_bytes),
                   growth_text(worker),
                   count_of(worker.requests),
                   count_of(worker.busy),
                   fmt::format("{:.0f} %", worker.cpu_cores * 100),
                   limit_text(worker)});
  }
  return table.print(style);
}

std::string memory_line(const PoolStatusAnswer& answer) {
  std::string line = "memory: " + bytes(answer.memory_bytes);
  if (answer.quota_bytes) {
    line += fmt::format(" of {} ({})", bytes(answer.quota_bytes),
                        format_percent(static_cast<double>(answer.memory_bytes),
                                       static_cast<double>(*answer.quota_bytes)));
    line += answer.seconds_to_quota ? ", full in " + for_long(*answer.seconds_to_quota)
                                    : std::string(", not growing");
  }
  return line + fmt::format(", of it tidemark {}\n", bytes(answer.tidemark_bytes));
}

std::string counts_text(const PoolStatusAnswer& answer) {
  return fmt::format("requests: {}, {} clients wait, queue {} of {}\n", count_of(answer.requests),
                     count_of(answer.clients_waiting), count_of(answer.queue.value_or(0)),
                     count_of(answer.queue_limit.value_or(0))) +
         fmt::format("workers so far: {} started, {} replaced, {} ended unasked\n",
                     count_of(answer.workers_started), count_of(answer.workers_replaced),
                     count_of(answer.workers_crashed));
}

template <class T>
std::span<const T> last_of(const std::vector<T>& all, std::size_t most) {
  return std::span(all).last(std::min(all.size(), most));
}

std::string replacements_text(const PoolStatusAnswer& answer) {
  if (answer.replacements.empty()) return {};
  std::string text = "\nreplaced last:\n";
  for (const WorkerReplacement& one : last_of(answer.replacements, kReplacementsShown)) {
    text += fmt::format("  {} by {}, {} ago: {}; freed {}, the new one takes {}\n", one.old_worker,
                        one.new_worker, for_long(one.seconds_ago), safe_text(one.reason),
                        bytes(one.freed_bytes), bytes(one.new_bytes));
  }
  return text;
}

}  // namespace

std::string status_text(const PoolStatusAnswer& answer, const TextStyle& style) {
  std::string text = fmt::format(
      "{}  port {}  {}  pid {}, up {}\n", style.bold(safe_text(answer.command)), answer.port,
      answer.external ? fmt::format("{} keeps its own workers", answer.server)
                      : fmt::format("{} to {} workers", answer.min_workers, answer.max_workers),
      answer.pid, for_long(answer.uptime_seconds));
  text += '\n' + workers_table(answer, style) + '\n';
  text += memory_line(answer) + counts_text(answer);
  if (answer.replacing_paused_seconds) {
    text += style.yellow(fmt::format("replacing has not helped; tried again in {}",
                                     for_long(*answer.replacing_paused_seconds))) +
            '\n';
  }
  text += replacements_text(answer) + "\ndecisions:\n";
  for (const PoolDecision& one : last_of(answer.decisions, kDecisionsShown)) {
    text += fmt::format("  {} {}\n", format_precise_time(one.time), safe_text(one.text));
  }
  return text;
}

std::string status_in(PoolStatusForm form, const PoolStatusAnswer& answer) {
  switch (form) {
    case PoolStatusForm::kJson: {
      StringSink sink;
      write_json(sink, answer);
      return sink.text();
    }
    case PoolStatusForm::kMetrics:
      return status_metrics(answer);
    case PoolStatusForm::kText:
    case PoolStatusForm::kColor:
      break;
  }
  return status_text(answer, TextStyle(form == PoolStatusForm::kColor));
}

}  // namespace tidemark
