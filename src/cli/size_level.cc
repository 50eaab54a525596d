#include "cli/size_level.h"

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
#include "verdict/verdict.h"

namespace tidemark {
namespace {

constexpr double kPeakQuantile = 0.95;  // of the rates of a day
constexpr double kDay = 86400;

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

void note_verdict(const MemorySeries& series, const Verdict& verdict, SizeSubject& subject) {
  subject.known.push_back(fmt::format(
      "{}: {}, {:.0f} % sure; settles at {} ({} to {}), measured over {}",
      series.name.empty() ? "the series" : series.name, verdict_name(verdict.kind),
      100 * verdict.confidence, size_text(verdict.plateau.value), size_text(verdict.plateau.low),
      size_text(verdict.plateau.high), span_words(verdict.hours * 3600)));
  subject.at_least = verdict.at_least;
  const bool settled = verdict.kind == VerdictKind::kSteady || verdict.settle_hours <= 0;
  subject.confidence = verdict.lives_pooled >= 3 && settled && !verdict.at_least
                           ? fmt::format("high, {} lives settled", verdict.lives_pooled)
                       : settled && !verdict.at_least ? "medium, one or two lives have settled"
                                                      : "low, the level is a forecast";
  if (verdict.at_least) {
    subject.confidence = "low: workers were killed before they settled, so they want at least this";
  }
  if (verdict.kind == VerdictKind::kLeak) {
    subject.known.push_back(
        fmt::format("it leaks {} an hour: no number of workers is right until that is found "
                    "(tidemark suspects); "
                    "sized by its level now",
                    size_text(verdict.growth.value)));
    subject.confidence = "low: it leaks";
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

void note_processes(const ProcessSampler& sampler, const WorkerLevel& level,
                    const std::optional<WorkerMemory>& memory, SizeSubject& subject) {
  std::string threads;
  if (level.threads > 0) {
    threads = fmt::format(" with {}{}", plural(level.threads, "thread"),
                          level.workers > 1 ? " each" : "");
  }
  const std::string who =
      fmt::format("{} (pid {}): {}{}", sampler.title(), sampler.running().front().process.pid,
                  plural(level.workers, "worker"), threads);
  if (!memory) {
    subject.known.push_back(
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
  subject.known.push_back(words);
}

void note_age(const ProcessSampler& sampler, const LiveTarget& target, SizeSubject& subject) {
  double age = std::numeric_limits<double>::infinity();
  for (const SampledProcess* worker : sampler.workers()) {
    age = std::min(age, seconds_since(*target.host, worker->process.started));
  }
  if (age >= kDay) {
    subject.confidence = "medium: one look at workers that have run for a day or longer";
    return;
  }
  subject.at_least = true;
  subject.confidence = fmt::format(
      "low: one look, {} after the youngest worker began, and memory may still climb. For a day "
      "of it: tidemark watch {} --record memory.db, then tidemark size memory.db",
      span_words(age), target.target);
}

}  // namespace

std::string size_text(double bytes) { return format_bytes(std::llround(bytes)); }

Result<WorkerLevel> level_of_series(const SeriesSet& set, std::size_t workers,
                                    SizeSubject& subject) {
  // The instance that needs most is the one that has to fit.
  const MemorySeries* series = nullptr;
  Verdict verdict;
  for (const MemorySeries& one : set.series) {
    // A quota counts the whole process.
    if (one.kind == MemoryKind::kHeapAfterGc || one.kind == MemoryKind::kPrivate) continue;
    // Judged against the quota that is asked about.
    MemorySeries asked = one;
    if (subject.input.quota > 0) asked.quota = subject.input.quota;
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
  note_verdict(*series, verdict, subject);
  const double level = verdict.kind == VerdictKind::kLeak ? verdict.now : verdict.plateau.value;
  WorkerLevel out{.rate = busy_rate(*series), .quota = series->quota};
  out.workers = workers > 0 ? workers : std::max<std::size_t>(verdict.workers, 1);
  if (verdict.workers == 0 && workers == 0) {
    subject.known.emplace_back("taken to be one worker: --workers says how many share this memory");
  }
  const auto count = static_cast<double>(out.workers);
  auto shares = measured_shares(set, *series);
  if (shares && shares->workers != out.workers) shares.reset();
  if (shares) {
    subject.measured = {shares->total, shares->shared(), shares->own, 0};
    out.shared = std::min(shares->shared(), level * (1 - kLeastBaseOfWorker));
    subject.known.push_back(
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

Result<WorkerLevel> level_of_processes(const LiveTarget& target, SizeSubject& subject) {
  auto sampler = ProcessSampler::follow(target.target, {.host = target.host, .self = target.self});
  if (!sampler) return std::unexpected(sampler.error());
  sampler->sample(static_cast<double>(std::time(nullptr)));
  const auto workers = sampler->workers();
  if (workers.empty()) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has ended meanwhile", target.target));
  }
  WorkerLevel out{.quota = sampler->total().quota, .workers = workers.size()};
  for (const SampledProcess* worker : workers) {
    out.threads = std::max(out.threads, serving_threads(*target.host, worker->process.pid));
  }
  const ProcessInfo& first = workers.front()->process;
  const bool node = first.command.starts_with("node") || process_title(first).starts_with("node");
  if (node) subject.kind = AppKind::kNode;
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
  note_processes(*sampler, out, memory, subject);
  if (const std::size_t tops = count_tops(sampler->running()); tops > 1) {
    subject.known.push_back(fmt::format(
        "{} servers go by that name and are taken together; a pid means one of them", tops));
  }
  if (const auto allocator = allocator_of(*target.host, first.pid); allocator && !node) {
    subject.known.push_back("freed memory is kept by " + *allocator +
                            (*allocator == "glibc" ? ", which has up to eight arenas a core" : ""));
  }
  note_age(*sampler, target, subject);
  if (memory) {
    subject.measured = {memory->total, memory->shared(), memory->own, memory->resident};
  }
  return out;
}

}  // namespace tidemark
