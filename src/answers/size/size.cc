#include "answers/size/size.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/span_words.h"
#include "base/units.h"
#include "host/control_group.h"
#include "host/host.h"
#include "series/worker_share.h"

namespace tidemark {
namespace {

constexpr double kUsualRate = 1;    // requests a second and thread
constexpr double kOldSpace = 0.75;  // of what a Node.js process may hold: the rest is outside of it
constexpr double kUsualPeak = 300e6;  // of a request, where times are known and sizes are not

std::string size_text(double bytes) { return format_bytes(std::llround(bytes)); }

// What is asked, and what was found out for it.
struct Subject {
  const SizeRequest& request;
  SizeAnswer answer;
  SizingInput input;
  WorkerLevel level;
  ReadTraffic read;
};

void note(Subject& subject, std::string sentence) {
  subject.answer.known.push_back(std::move(sentence));
}

bool says_quota(const SizeRequest& request) {
  return request.quota > 0 || !request.dyno.empty() || request.own_control_group;
}

// As asked; else as `found`.
Result<void> set_quota(Subject& subject, double found) {
  const SizeRequest& request = subject.request;
  double& quota = subject.input.quota;
  const int given = (request.quota > 0 ? 1 : 0) + (request.dyno.empty() ? 0 : 1) +
                    (request.own_control_group ? 1 : 0);
  if (given > 1) return fail(ErrorCode::kUsage, "--quota, --dyno and --cgroup exclude each other");
  if (!request.dyno.empty()) {
    subject.answer.dyno = dyno_size(request.dyno);
    if (!subject.answer.dyno) {
      return fail(ErrorCode::kUsage, fmt::format("--dyno: there is no '{}'", request.dyno),
                  "there is: " + dyno_names());
    }
    quota = static_cast<double>(subject.answer.dyno->quota);
  } else if (request.own_control_group) {
    const auto limit = read_control_group(this_machine(), getpid()).limit;
    if (!limit) {
      return fail(ErrorCode::kNotFound, "no control group limits the memory here",
                  "say it: --quota 512MB");
    }
    quota = *limit;
  } else {
    quota = request.quota > 0 ? request.quota : found;
  }
  if (quota > 0) return {};
  return fail(ErrorCode::kUsage, "which quota?", "--quota 512MB, --dyno standard-2x or --cgroup");
}

Result<WorkerLevel> find_level(const SizeRequest& request, double quota) {
  const int given =
      (request.series ? 1 : 0) + (request.live.empty() ? 0 : 1) + (request.per_process > 0 ? 1 : 0);
  if (given > 1) {
    return fail(ErrorCode::kUsage, "SERIES, --pid and --per-process exclude each other");
  }
  if (!request.live.empty()) {
    return level_of_processes({.target = request.live, .self = static_cast<int>(getpid())});
  }
  if (request.series) return level_of_series(*request.series, request.workers, quota);
  if (request.per_process > 0) {
    return level_as_said(request.per_process, request.workers, request.app == AppKind::kNode);
  }
  if (!request.traffic.says_requests()) {
    return fail(
        ErrorCode::kUsage, "nothing is known of the app's memory",
        "give a SERIES (from watch, a log, a store), --pid of a server that runs, --per-process "
        "600MB, or requests with --endpoint or --log and --base");
  }
  WorkerLevel out;
  out.workers = request.workers;
  out.certainty = Certainty::kAsGiven;
  out.confidence = "as good as the sizes of the requests";
  return out;
}

Result<void> set_level(Subject& subject) {
  const SizeRequest& request = subject.request;
  // A series is judged against the quota that is asked about.
  if (says_quota(request)) {
    if (auto set = set_quota(subject, 0); !set) return set;
  }
  auto level = find_level(request, subject.input.quota);
  if (!level) return std::unexpected(level.error());
  subject.level = std::move(*level);
  if (!says_quota(request)) {
    if (auto set = set_quota(subject, subject.level.quota); !set) return set;
  }
  SizeAnswer& out = subject.answer;
  out.app = subject.level.is_node ? AppKind::kNode : request.app;
  out.workers = subject.level.workers;
  out.threads =
      std::max<std::size_t>(request.threads > 0 ? request.threads : subject.level.threads, 1);
  out.known = subject.level.known;
  out.certainty = subject.level.certainty;
  out.confidence = subject.level.confidence;
  out.at_least = subject.level.at_least;
  out.measured = subject.level.measured;
  return {};
}

Result<void> set_traffic(Subject& subject, Monitor& monitor) {
  if (!subject.request.traffic.says_requests()) {
    subject.read.mix = usual_mix();
    return {};
  }
  auto read = read_traffic(subject.request.traffic, monitor);
  if (!read) return std::unexpected(read.error());
  subject.read = std::move(*read);
  subject.answer.notices = subject.read.notices;
  if (subject.read.has_peaks) return {};
  // The usual peaks, for each of its endpoints alike.
  for (Endpoint& endpoint : subject.read.mix.endpoints) {
    endpoint.peak = Distribution::uniform(0, kUsualPeak);
  }
  return {};
}

// As the user says, as measured, or as is usual for so many threads.
void set_rate(Subject& subject) {
  const WorkerLevel& level = subject.level;
  double& rate = subject.input.rate;
  if (subject.request.traffic.requests_per_second > 0) {
    rate = subject.request.traffic.requests_per_second;
  } else if (level.rate > 0 || subject.read.log_rate > 0) {
    rate = level.rate > 0 ? level.rate : subject.read.log_rate;
    note(subject, fmt::format("{:.3g} requests a second at the busy time, measured", rate));
  } else {
    const std::size_t slots = std::max<std::size_t>(level.workers, 1) * subject.answer.threads;
    rate = kUsualRate * static_cast<double>(slots);
    note(subject, fmt::format("{:.3g} requests a second: taken; --rate says it", rate));
  }
}

// What the requests that are given do not need, of the level of a worker, is its base.
void set_base(Subject& subject, double share) {
  SizingInput& input = subject.input;
  if (input.base > 0) return;
  SizingInput one = input;
  one.shared = 0;
  one.rate = share;
  const double active = size_cell(one, 1, subject.answer.threads).median;
  input.base = std::max(0.0, subject.level.worker - active);
  note(subject, fmt::format("of a worker {} are its base, and requests need {} at the most",
                            size_text(input.base), size_text(active)));
}

// Splits the level of a worker into its base and what requests need at the most.
Result<void> set_requests(Subject& subject) {
  const SizeRequest& request = subject.request;
  const WorkerLevel& level = subject.level;
  SizingInput& input = subject.input;
  const std::size_t threads = subject.answer.threads;
  const double share = input.rate / static_cast<double>(std::max<std::size_t>(level.workers, 1));
  input.mix = subject.read.mix;
  input.base = request.base;
  const bool given = request.traffic.says_requests();
  const bool sized = given && subject.read.has_peaks;
  if (level.worker <= 0) {
    if (sized) return {};
    return fail(ErrorCode::kUsage, "how much memory requests need is not known",
                "--peak, a log with sizes, or the level of a worker with --per-process");
  }
  if (sized) {
    set_base(subject, share);
    return {};
  }
  if (input.base <= 0) input.base = level.base > 0 ? level.base : kBaseOfWorker * level.worker;
  const double active = level.worker - input.base;
  RequestMix mix = subject.read.mix;
  if (!given && shorten_taken_times(mix, share, threads)) {
    note(subject, fmt::format("requests take {} on average: taken, so that threads are half busy "
                              "now",
                              span_words(mix.mean_seconds())));
  }
  if (active <= 0) {
    return fail(ErrorCode::kUsage, "the base of a worker is above its level",
                "--base is what it holds before the first request");
  }
  input.mix = scale_to_level(mix, threads, share, active, input.seconds);
  note(subject,
       fmt::format("of that {} are its base ({}), {} come from requests{}", size_text(input.base),
                   request.base > 0 ? "as you say" : level.base_known_by, size_text(active),
                   given ? "" : ", of which 88 % are taken to be light, 11 % medium, 1 % heavy"));
  return {};
}

Result<void> set_input(Subject& subject, Monitor& monitor) {
  const SizeRequest& request = subject.request;
  SizingInput& input = subject.input;
  input.shared = request.shared.value_or(subject.level.shared);
  input.cpu_seconds = request.cpu_seconds;
  input.seconds = request.seconds;
  input.headroom = request.headroom;
  if (auto set = set_traffic(subject, monitor); !set) return set;
  set_rate(subject);
  input.most_processes = std::clamp<std::size_t>(2 * subject.level.workers, 16, 64);
  input.most_threads = std::max<std::size_t>(8, subject.answer.threads);
  if (auto set = set_requests(subject); !set) return set;
  return input.check();
}

// What to paste.
std::vector<std::string> settings_for(const SizingCell& cell, const SizingInput& input,
                                      AppKind app) {
  std::vector<std::string> lines = {fmt::format("WEB_CONCURRENCY={}", cell.processes)};
  if (app == AppKind::kRuby) {
    lines.push_back(fmt::format("RAILS_MAX_THREADS={}", cell.threads));
    if (cell.threads > 1) lines.emplace_back("MALLOC_ARENA_MAX=2");
    return lines;
  }
  const double each =
      ((1 - input.headroom) * input.quota - input.shared) / static_cast<double>(cell.processes);
  lines.push_back(fmt::format("NODE_OPTIONS=--max-old-space-size={:.0f}",
                              std::floor(kOldSpace * each / 1048576)));
  return lines;
}

void conclude(const SizingInput& input, SizeAnswer& out) {
  Sizing sizing = size_table(input);
  const std::size_t processes = std::max<std::size_t>(out.workers, 1);
  if (out.workers > 0) out.now = size_cell(input, processes, out.threads);
  out.needed = quota_for(input, processes, out.threads);
  out.least_needed = quota_for(input, 1, 1);
  out.dyno_needed = dyno_with(out.needed);
  std::size_t cut_processes = processes;
  std::size_t cut_threads = out.threads;
  if (sizing.chosen) {
    out.chosen = sizing.cells[*sizing.chosen];
    out.settings = settings_for(*out.chosen, input, out.app);
    if (out.chosen->threads > 1) {
      SizingInput scattered = input;
      scattered.thread_heaps = true;
      out.scattered = size_cell(scattered, out.chosen->processes, out.chosen->threads);
    }
    if (out.workers == 0) {
      cut_processes = out.chosen->processes;
      cut_threads = out.chosen->threads;
    }
  }
  out.cut = best_cut(input, cut_processes, cut_threads);
  out.table = std::move(sizing.cells);
  for (const SizingCell& cell : out.table) {
    if (cell.threads != out.threads || !cell.fits) continue;
    out.workers_that_fit = std::max(out.workers_that_fit, cell.processes);
  }
}

}  // namespace

Result<SizeAnswer> answer(const SizeRequest& request, Monitor& monitor) {
  Subject subject{.request = request, .answer = {}, .input = {}, .level = {}, .read = {}};
  if (auto set = set_level(subject); !set) return std::unexpected(set.error());
  if (auto set = set_input(subject, monitor); !set) return std::unexpected(set.error());
  const SizingInput& input = subject.input;
  SizeAnswer out = std::move(subject.answer);
  if (request.series) {
    std::ranges::copy(request.series->notices, std::back_inserter(out.notices));
  }
  out.quota = input.quota;
  out.headroom = input.headroom;
  out.most_chance = input.most_chance;
  out.seconds = input.seconds;
  out.rate = input.rate;
  out.base = input.base;
  out.shared = input.shared;
  conclude(input, out);
  return out;
}

bool is_alarming(const SizeAnswer& answer) {
  return (answer.now && !answer.now->fits) || !answer.chosen;
}

}  // namespace tidemark
