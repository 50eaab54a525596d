#include "answers/size/level.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <vector>

#include "base/span_words.h"
#include "base/units.h"
#include "host/process_name.h"
#include "series/worker_share.h"
#include "sources/process_sampler.h"
#include "sources/worker_memory.h"
#include "verdict/verdict.h"

namespace tidemark {
namespace {

constexpr double kPeakQuantile = 0.95;  // of the rates of a day
constexpr double kDay = 86400;

std::string size_text(double bytes) { return format_bytes(std::llround(bytes)); }

void set_confidence(WorkerLevel& level, Certainty certainty, std::string words) {
  level.certainty = certainty;
  level.confidence = std::move(words);
}

// Bytes that lives began with, as a part of the plateau, of lives whose begin was seen.
double boot_part(const MemorySeries& series, const Verdict& verdict) {
  std::vector<double> parts;
  for (const VerdictLife& life : verdict.lives) {
    if (life.start == LifeStart::kFirstSample || life.settled <= 0) continue;
    double least = 0;
    std::size_t seen = 0;
    for (const MemorySample& sample : series.samples) {
      if (sample.time < life.begin || sample.time > life.end || seen >= 5) continue;
      least = seen == 0 ? sample.bytes : std::min(least, sample.bytes);
      ++seen;
    }
    if (seen > 0) parts.push_back(std::clamp(least / verdict.plateau.value, 0.2, 0.95));
  }
  if (parts.empty()) return 0;
  std::sort(parts.begin(), parts.end());
  return parts[parts.size() / 2];
}

// Requests a second at the busy time.
double busy_rate(const MemorySeries& series) {
  std::vector<double> rates;
  for (std::size_t i = 1; i < series.samples.size(); ++i) {
    const double span = series.samples[i].time - series.samples[i - 1].time;
    const double requests = series.samples[i].requests;
    if (span > 0 && span < 600 && std::isfinite(requests)) rates.push_back(requests / span);
  }
  if (rates.empty()) return 0;
  std::sort(rates.begin(), rates.end());
  return rates[static_cast<std::size_t>(kPeakQuantile * static_cast<double>(rates.size() - 1))];
}

void note_verdict(const MemorySeries& series, const Verdict& verdict, WorkerLevel& out) {
  out.known.push_back(fmt::format(
      "{}: {}, {:.0f} % sure; settles at {} ({} to {}), measured over {}",
      series.name.empty() ? "the series" : series.name, verdict_name(verdict.kind),
      100 * verdict.confidence, size_text(verdict.plateau.value), size_text(verdict.plateau.low),
      size_text(verdict.plateau.high), span_words(verdict.hours * 3600)));
  out.at_least = verdict.at_least;
  const bool settled = verdict.kind == VerdictKind::kSteady || verdict.settle_hours <= 0;
  if (verdict.kind == VerdictKind::kLeak) {
    out.known.push_back(
        fmt::format("it leaks {} an hour: no number of workers is right until that is found "
                    "(tidemark suspects); sized by its level now",
                    size_text(verdict.growth.value)));
    set_confidence(out, Certainty::kLow, "low: it leaks");
  } else if (verdict.at_least) {
    set_confidence(out, Certainty::kLow,
                   "low: workers were killed before they settled, so they want at least this");
  } else if (!settled) {
    set_confidence(out, Certainty::kLow, "low, the level is a forecast");
  } else if (verdict.lives_pooled >= 3) {
    set_confidence(out, Certainty::kHigh,
                   fmt::format("high, {} lives settled", verdict.lives_pooled));
  } else {
    set_confidence(out, Certainty::kMedium, "medium, one or two lives have settled");
  }
}

// What the workers have for themselves, where it was recorded beside their total.
std::optional<WorkerMemory> measured_shares(const SeriesSet& set, const MemorySeries& series) {
  for (const MemorySeries& other : set.series) {
    if (other.kind == MemoryKind::kPrivate && other.name == series.name) {
      return worker_memory(series, other);
    }
  }
  return std::nullopt;
}

// Those that no other of them has started.
std::size_t count_tops(const std::vector<SampledProcess>& running) {
  return static_cast<std::size_t>(
      std::count_if(running.begin(), running.end(), [&](const SampledProcess& one) {
        return std::none_of(running.begin(), running.end(), [&](const SampledProcess& other) {
          return other.process.pid == one.process.parent;
        });
      }));
}

void note_processes(const ProcessSampler& sampler, const std::optional<WorkerMemory>& memory,
                    WorkerLevel& level) {
  std::string threads;
  if (level.threads > 0) {
    threads = fmt::format(" with {}{}", plural(level.threads, "thread"),
                          level.workers > 1 ? " each" : "");
  }
  const std::string who =
      fmt::format("{} (pid {}): {}{}", sampler.title(), sampler.running().front().process.pid,
                  plural(level.workers, "worker"), threads);
  if (!memory) {
    level.known.push_back(
        who + fmt::format(", of {} resident; what they share may be read by the same user or root "
                          "only: a tenth is taken",
                          size_text(level.worker + level.shared)));
    return;
  }
  const bool even = memory->most - memory->least < 0.02 * memory->most;
  std::string words = fmt::format("{}, {} together (PSS); ", who, size_text(memory->total));
  if (memory->workers > 1) {
    words += fmt::format(
        "each has {} of its own{}, and {} are shared or the master's, as "
        "smaps_rollup says. Adding up RSS would say {}",
        size_text(memory->own),
        even ? "" : fmt::format(" ({} to {})", size_text(memory->least), size_text(memory->most)),
        size_text(memory->shared()), size_text(memory->resident));
  } else {
    words += fmt::format("{} of that is its own, the rest it shares with other processes",
                         size_text(memory->own));
  }
  level.known.push_back(words);
}

void note_age(const ProcessSampler& sampler, const LiveTarget& target, WorkerLevel& level) {
  double age = std::numeric_limits<double>::infinity();
  for (const SampledProcess* worker : sampler.workers()) {
    age = std::min(age, seconds_since(*target.host, worker->process.started));
  }
  if (age >= kDay) {
    set_confidence(level, Certainty::kMedium,
                   "medium: one look at workers that have run for a day or longer");
    return;
  }
  level.at_least = true;
  set_confidence(
      level, Certainty::kLow,
      fmt::format("low: one look, {} after the youngest worker began, and memory may still climb. "
                  "For a day of it: tidemark watch {} --record memory.db, then tidemark size "
                  "memory.db",
                  span_words(age), target.target));
}

}  // namespace

Result<WorkerLevel> level_of_series(const SeriesSet& set, std::size_t workers, double quota) {
  // The instance that needs most is the one that has to fit.
  const MemorySeries* series = nullptr;
  Verdict verdict;
  for (const MemorySeries& one : set.series) {
    // A quota counts the whole process.
    if (one.kind == MemoryKind::kHeapAfterGc || one.kind == MemoryKind::kPrivate) continue;
    // Judged against the quota that is asked about.
    MemorySeries asked = one;
    if (quota > 0) asked.quota = quota;
    const Verdict judged = judge(asked);
    if (judged.kind == VerdictKind::kInsufficient) continue;
    if (series != nullptr && judged.plateau.value <= verdict.plateau.value) continue;
    series = &one;
    verdict = judged;
  }
  if (series == nullptr) {
    return fail(ErrorCode::kNotFound, "no series is long enough to say where it settles",
                "a life of 45 minutes is needed; or say --per-process 600MB");
  }
  WorkerLevel out;
  out.rate = busy_rate(*series);
  out.quota = series->quota;
  note_verdict(*series, verdict, out);
  const double level = verdict.kind == VerdictKind::kLeak ? verdict.now : verdict.plateau.value;
  out.workers = workers > 0 ? workers : std::max<std::size_t>(verdict.workers, 1);
  if (verdict.workers == 0 && workers == 0) {
    out.known.emplace_back("taken to be one worker: --workers says how many share this memory");
  }
  const auto count = static_cast<double>(out.workers);
  auto shares = measured_shares(set, *series);
  if (shares && shares->workers != out.workers) shares.reset();
  if (shares) {
    out.measured = {shares->total, shares->shared(), shares->own, std::nullopt};
    out.shared = std::min(shares->shared(), level * (1 - kLeastBaseOfWorker));
    out.known.push_back(
        fmt::format("{} are shared or the master's, and each worker has {} of its own: measured "
                    "beside it (PSS and private memory)",
                    size_text(out.shared), size_text(shares->own)));
  } else {
    out.shared = out.workers > 1 || workers > 0 ? kSharedOfSeries * level / count : 0;
  }
  out.worker = (level - out.shared) / count;
  if (const double part = boot_part(*series, verdict); part > 0) {
    // What is measured as shared is there from the begin.
    const double base = shares ? (part * level - out.shared) / count : part * out.worker;
    out.base = std::max(base, kLeastBaseOfWorker * out.worker);
    out.base_known_by = "measured after restarts";
  } else if (shares) {
    out.base = std::max(kLeastBaseOfWorker * out.worker,
                        out.worker - kRequestsOfWorker * (out.worker + out.shared));
    out.base_known_by = "taken: requests need 45 % of what a worker alone would have";
  }
  return out;
}

Result<WorkerLevel> level_of_processes(const LiveTarget& target) {
  auto sampler = ProcessSampler::follow(target.target, {.host = target.host, .self = target.self});
  if (!sampler) return std::unexpected(sampler.error());
  sampler->sample(static_cast<double>(std::time(nullptr)));
  const auto workers = sampler->workers();
  if (workers.empty()) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has ended meanwhile", target.target));
  }
  WorkerLevel out;
  out.quota = sampler->total().quota;
  out.workers = workers.size();
  for (const SampledProcess* worker : workers) {
    out.threads = std::max(out.threads, serving_threads(*target.host, worker->process.pid));
  }
  const ProcessInfo& first = workers.front()->process;
  out.is_node = first.command.starts_with("node") || process_title(first).starts_with("node");
  const auto memory = worker_memory(*sampler);
  double resident = 0;
  for (const SampledProcess* worker : workers) {
    resident += (worker->memory.resident + worker->memory.swap) / static_cast<double>(out.workers);
  }
  if (memory) {
    out.worker = memory->own;
    out.shared = memory->shared();
    // What requests need is a part of all that a worker holds, and none of it is shared.
    out.base = std::max(kLeastBaseOfWorker * out.worker, out.worker - kRequestsOfWorker * resident);
    out.base_known_by = "taken: requests need 45 % of what a worker holds";
  } else {
    out.shared = out.workers > 1 ? kSharedOfWorker * resident : 0;
    out.worker = resident - out.shared;
  }
  note_processes(*sampler, memory, out);
  if (const std::size_t tops = count_tops(sampler->running()); tops > 1) {
    out.known.push_back(fmt::format(
        "{} servers go by that name and are taken together; a pid means one of them", tops));
  }
  if (const auto allocator = allocator_of(*target.host, first.pid); allocator && !out.is_node) {
    out.known.push_back("freed memory is kept by " + *allocator +
                        (*allocator == "glibc" ? ", which has up to eight arenas a core" : ""));
  }
  note_age(*sampler, target, out);
  if (memory) {
    out.measured = {memory->total, memory->shared(), memory->own, memory->resident};
  }
  return out;
}

WorkerLevel level_as_said(double each, std::size_t workers, bool is_node) {
  WorkerLevel out;
  out.workers = workers;
  out.shared = is_node ? 0 : kSharedOfWorker * each;
  out.worker = each - out.shared;
  out.known.push_back(fmt::format("a worker settles at {}, as you say", size_text(each)));
  set_confidence(out, Certainty::kLow,
                 "low: a level and no measurements; give a series (tidemark watch --record)");
  return out;
}

}  // namespace tidemark
