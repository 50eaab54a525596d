#include "answers/size/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/span_words.h"

namespace tidemark {
namespace {

constexpr double kWorthSaying = 0.01;  // chance to pass the quota
constexpr double kDay = 86400;
constexpr std::uint64_t kUsualRequests = 1000;  // of each thread
constexpr double kLeastFactor = 1e-6;           // of the peaks; none at all is no mix

std::unexpected<Error> refuse(const std::string& message, const std::string& hint) {
  return fail(ErrorCode::kUsage, message, hint);
}

Result<void> add_burst(const BurstRequest& request, ServerModel& model) {
  Burst burst{.every = request.every_seconds, .count = request.count};
  if (!request.endpoint.empty()) {
    const auto found = std::ranges::find(model.mix.endpoints, request.endpoint, &Endpoint::name);
    if (found == model.mix.endpoints.end()) {
      return refuse(fmt::format("--burst: there is no endpoint '{}'", request.endpoint),
                    "see --endpoint");
    }
    burst.endpoint = static_cast<std::size_t>(found - model.mix.endpoints.begin());
  }
  model.bursts.push_back(burst);
  return {};
}

Result<void> set_arrivals(const SimulateRequest& request, const ReadTraffic& read,
                          ServerModel& model) {
  model.seconds = request.seconds;
  if (request.replay) {
    if (read.log.size() < 2) {
      return refuse("--replay needs a --log whose requests have times", "a column 'at' or 'time'");
    }
    model.arrivals = Arrivals::kReplay;
    model.log = read.log;
    return {};
  }
  const double said = request.traffic.requests_per_second;
  model.rate = said > 0 ? said : read.log_rate;
  if (model.rate > 0) {
    if (request.requests_per_thread > 0 || request.pause) {
      return refuse("--requests and --pause belong to threads that go on at once, not to --rate",
                    "say how long with --hours");
    }
    model.arrivals = Arrivals::kPoisson;
    if (model.seconds <= 0) model.seconds = kDay;
  } else {
    model.requests_per_thread = request.requests_per_thread;
    if (model.requests_per_thread == 0 && model.seconds <= 0) {
      model.requests_per_thread = kUsualRequests;
    }
    if (request.pause) model.pauses.push_back(*request.pause);
  }
  for (const BurstRequest& burst : request.bursts) {
    if (model.arrivals != Arrivals::kPoisson) {
      return refuse("--burst needs a --rate", "for instance --rate 5");
    }
    if (auto added = add_burst(burst, model); !added) return added;
  }
  return {};
}

void set_memory(const SimulateRequest& request, ServerModel& model) {
  model.processes = request.processes;
  model.threads = request.threads;
  model.base = request.base;
  model.shared = request.shared;
  model.leak = request.leak;
  model.quota = request.quota;
  model.cache = request.cache;
  model.gives_back = request.gives_back;
  model.ratchet = request.ratchet;
  model.arenas = request.arenas;
  model.recycle_requests = request.recycle_requests;
  model.recycle_seconds = request.recycle_seconds;
}

Result<ReadTraffic> traffic_of(const SimulateRequest& request, Monitor& monitor) {
  auto read = read_traffic(request.traffic, monitor);
  if (!read) return read;
  if (request.series && !request.traffic.says_requests()) {
    // Their sizes are fitted; their proportions are those of a usual app.
    read->mix = usual_mix();
    read->has_peaks = true;
  }
  if (!read->has_peaks) {
    return refuse("how much memory requests need is not known",
                  "say it with --peak 20MB/60MB (p50/p99) or --endpoint, or take --article");
  }
  return read;
}

Result<ServerModel> make_model(const SimulateRequest& request, Monitor& monitor,
                               std::vector<Notice>& notices) {
  ServerModel model;
  ReadTraffic read;
  if (request.article) {
    if (request.traffic.says_requests() || request.pause) {
      return refuse("--article already says what requests there are", "leave out the others");
    }
    model = article_model(1, 0);
  } else {
    auto traffic = traffic_of(request, monitor);
    if (!traffic) return std::unexpected(traffic.error());
    read = std::move(*traffic);
    model.mix = read.mix;
    notices = std::move(read.notices);
  }
  if (auto set = set_arrivals(request, read, model); !set) return std::unexpected(set.error());
  set_memory(request, model);
  if (auto checked = model.check(); !checked) return std::unexpected(checked.error());
  return model;
}

// Requests a second of the series; 0 where it does not tell.
double measured_rate(const MemorySeries& series) {
  double requests = 0;
  for (const MemorySample& sample : series.samples) {
    if (std::isfinite(sample.requests)) requests += sample.requests;
  }
  const double span =
      series.samples.empty() ? 0 : series.samples.back().time - series.samples.front().time;
  return span > 0 ? requests / span : 0;
}

// That which holds most at its end; null: none holds anything.
const MemorySeries* largest_series(const SeriesSet& set) {
  const MemorySeries* largest = nullptr;
  double most = -1;
  for (const MemorySeries& one : set.series) {
    if (one.kind == MemoryKind::kHeapAfterGc || one.samples.empty()) continue;
    if (one.samples.back().bytes <= most) continue;
    most = one.samples.back().bytes;
    largest = &one;
  }
  return largest;
}

// Puts what was found into the model.
Result<FittedSeries> fit_to_series(const SimulateRequest& request, ServerModel& model) {
  const MemorySeries* series = largest_series(*request.series);
  if (series == nullptr) return fail(ErrorCode::kNotFound, "no series holds any memory");
  const double rate = measured_rate(*series);
  const bool told = request.traffic.requests_per_second > 0;
  if (!told && rate > 0) model.rate = rate;
  const bool known = told || rate > 0;
  const bool shortened = known && !request.traffic.says_requests() &&
                         shorten_taken_times(model.mix, model.rate, model.slots());
  // What is given as base and shared memory stays; else it is fitted.
  auto fit = fit_model(*series, model, known);
  if (!fit) return std::unexpected(fit.error());
  if (shortened) {
    fit->notes.push_back(fmt::format(
        "{:.3g} requests a second come, so they are taken to need {} on average: threads are then "
        "half busy; --time says it.",
        model.rate, span_words(model.mix.mean_seconds())));
  }
  model.arrivals = Arrivals::kPoisson;
  model.rate = fit->rate;
  model.requests_per_thread = 0;
  if (model.seconds <= 0) model.seconds = kDay;
  model.base = fit->base / static_cast<double>(model.processes);
  model.shared = 0;
  model.mix = model.mix.scaled(std::max(fit->factor, kLeastFactor));
  model.leak = fit->growth / 3600 / model.rate;
  if (model.quota <= 0) model.quota = series->quota;
  if (auto checked = model.check(); !checked) return std::unexpected(checked.error());
  return FittedSeries{.name = series->name, .fit = std::move(*fit)};
}

SimulatedServer server_of(const ServerModel& model) {
  return {.processes = model.processes,
          .threads = model.threads,
          .ratchet = model.ratchet,
          .heaps_per_process = model.groups_per_process(),
          .base = model.base,
          .shared = model.shared,
          .leak = model.leak,
          .gives_back = model.ratchet == Ratchet::kNone ? 1.0 : model.gives_back,
          .quota = model.quota > 0 ? std::optional(model.quota) : std::nullopt,
          .arrivals = model.arrivals,
          .rate = model.rate,
          .requests_per_thread = model.requests_per_thread,
          .requests_of_log = model.log.size(),
          .completions_per_second = model.completions_per_second(),
          .busy = model.busy_part(),
          .mean_request_seconds = model.mix.mean_seconds()};
}

SimulatedRuns runs_of(ManyRuns&& many) {
  const LevelSpread spread = {.low = many.peak_quantile(0.05),
                              .median = many.peak_quantile(0.5),
                              .high = many.peak_quantile(0.95)};
  return {.peaks = std::move(many.peaks),
          .spread = spread,
          .over_quota = many.over_quota,
          .events = many.events};
}

// What a thread holds at a time.
double held_by(const Timeline& timeline, std::size_t thread, double seconds) {
  for (const Timeline::Served& served : timeline.served) {
    if (served.begin > seconds) break;
    if (served.thread != thread || served.end < seconds) continue;
    return served.bytes * (seconds - served.begin) / (served.end - served.begin);
  }
  return 0;
}

// The expected curve at a time.
LevelBand band_at(const std::vector<LevelBand>& curve, double seconds) {
  if (curve.empty()) return {.seconds = seconds};
  const auto after = std::ranges::lower_bound(curve, seconds, {}, &LevelBand::seconds);
  if (after == curve.end()) return curve.back();
  if (after == curve.begin()) return *after;
  const LevelBand& a = *(after - 1);
  const double part = (seconds - a.seconds) / std::max(after->seconds - a.seconds, 1e-12);
  return {.seconds = seconds,
          .low = a.low + part * (after->low - a.low),
          .median = a.median + part * (after->median - a.median),
          .high = a.high + part * (after->high - a.high)};
}

}  // namespace

Result<SimulateAnswer> answer(const SimulateRequest& request, Monitor& monitor) {
  SimulateAnswer out;
  out.seed = request.seed;
  auto model = make_model(request, monitor, out.notices);
  if (!model) return std::unexpected(model.error());
  if (request.series) {
    auto fitted = fit_to_series(request, *model);
    if (!fitted) return std::unexpected(fitted.error());
    out.fitted = std::move(*fitted);
    std::ranges::copy(request.series->notices, std::back_inserter(out.notices));
  }
  auto simulated = simulate(
      *model, {.seed = request.seed, .runs = request.runs, .threads = request.cores}, monitor);
  if (!simulated) return std::unexpected(simulated.error());
  out.server = server_of(*model);
  out.seconds = simulated->seconds;
  out.by_law = simulated->law_holds;
  out.highest = simulated->spread;
  out.one_heap = simulated->one_heap;
  out.each_alone = simulated->each_alone;
  out.curve = std::move(simulated->curve);
  out.rise_half = simulated->rise_half;
  out.rise_90 = simulated->rise_90;
  out.rise_99 = simulated->rise_99;
  out.crossing = simulated->crossing;
  out.run = {.result = std::move(simulated->run),
             .one_heap = simulated->run_one_heap,
             .each_alone = simulated->run_each_alone,
             .timeline = std::move(simulated->timeline)};
  if (simulated->many) out.runs = runs_of(std::move(*simulated->many));
  return out;
}

bool is_alarming(const SimulateAnswer& answer) {
  return answer.crossing && answer.crossing->chance > kWorthSaying;
}

std::vector<SimulatedMoment> moments_of(const SimulateAnswer& answer) {
  constexpr std::size_t kMostThreads = 64;
  const Timeline& timeline = answer.run.timeline;
  const std::size_t all = answer.server.all_threads();
  const std::size_t threads = timeline.complete && all <= kMostThreads ? all : 0;
  const auto columns = static_cast<double>(timeline.most.size());
  double kept = answer.server.fixed();
  std::vector<SimulatedMoment> out;
  for (std::size_t i = 0; i < timeline.most.size(); ++i) {
    SimulatedMoment moment;
    moment.seconds = timeline.seconds * (static_cast<double>(i) + 1) / columns;
    if (timeline.most[i] >= 0) moment.held = timeline.most[i];
    if (timeline.kept[i] >= 0) kept = timeline.kept[i];
    moment.memory = kept;
    moment.expected = band_at(answer.curve, moment.seconds);
    for (std::size_t thread = 0; thread < threads; ++thread) {
      moment.thread_held.push_back(held_by(timeline, thread, moment.seconds));
    }
    out.push_back(std::move(moment));
  }
  return out;
}

}  // namespace tidemark
