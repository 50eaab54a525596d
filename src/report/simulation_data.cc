#include "report/simulation_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "report/fit_report.h"
#include "report/json_writer.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostThreads = 64;

void write_spread(JsonWriter& json, std::string_view name, const LevelSpread& spread) {
  json.begin_object(name);
  json.member("p5", spread.low);
  json.member("median", spread.median);
  json.member("p95", spread.high);
  json.end_object();
}

void write_finite(JsonWriter& json, std::string_view name, double value) {
  if (std::isfinite(value)) {
    json.member(name, value);
  } else {
    json.null(name);
  }
}

void write_model(JsonWriter& json, const ServerModel& model) {
  json.begin_object("server");
  json.member("processes", model.processes);
  json.member("threads", model.threads);
  json.member("heaps_per_process", model.groups_per_process());
  json.member("base_bytes", model.base);
  json.member("shared_bytes", model.shared);
  json.member("leak_bytes_per_request", model.leak);
  json.member("gives_back", model.ratchet == Ratchet::kNone ? 1.0 : model.gives_back);
  json.member("quota_bytes", model.quota);
  json.member("requests_per_second", model.completions_per_second());
  json.member("busy", model.busy_part());
  json.member("mean_request_seconds", model.mix.mean_seconds());
  json.end_object();
}

void write_run(JsonWriter& json, const Simulation& simulation) {
  const RunResult& run = simulation.run;
  json.begin_object("run");
  json.member("highest_bytes", run.peak);
  json.member("end_bytes", run.end);
  json.member("one_heap_bytes", simulation.run_one_heap);
  json.member("each_alone_bytes", simulation.run_each_alone);
  write_finite(json, "seconds_to_quota", run.first_over_quota);
  json.member("seconds", run.seconds);
  json.member("requests", run.requests);
  json.member("events", run.events);
  json.member("recycled", run.recycled);
  json.member("mean_wait_seconds", run.mean_wait);
  json.begin_array("highest_so_far");
  for (const LevelStep& step : run.peaks) {
    json.begin_array();
    json.value(step.seconds);
    json.value(step.bytes);
    json.end_array();
  }
  json.end_array();
  json.end_object();
}

void write_many(JsonWriter& json, const ManyRuns& many) {
  json.begin_object("runs");
  json.member("count", many.runs.size());
  json.member("over_quota", many.over_quota);
  json.member("events", many.events);
  json.begin_array("highest_bytes");
  for (const double peak : many.peaks) json.value(peak);
  json.end_array();
  json.end_object();
}

}  // namespace

void write_simulation_json(TextSink& sink, const Simulation& simulation, std::uint64_t seed,
                           const ModelFit* fit) {
  JsonWriter json(sink);
  json.begin_document("simulate");
  json.member("seed", seed);
  json.member("seconds", simulation.seconds);
  write_model(json, simulation.model);
  json.member("by_law", simulation.law_holds);
  write_spread(json, "highest_bytes", simulation.spread);
  write_spread(json, "one_heap_bytes", simulation.one_heap);
  write_spread(json, "each_alone_bytes", simulation.each_alone);
  json.begin_object("seconds_to_rise");
  json.member("50", simulation.rise_half);
  json.member("90", simulation.rise_90);
  json.member("99", simulation.rise_99);
  json.end_object();
  if (simulation.crossing) {
    json.begin_object("crossing");
    json.member("chance", simulation.crossing->chance);
    json.member("low", simulation.crossing->low);
    json.member("high", simulation.crossing->high);
    json.member("by_law", simulation.crossing->from_law);
    write_finite(json, "median_seconds", simulation.crossing->median_seconds);
    json.end_object();
  } else {
    json.null("crossing");
  }
  json.begin_array("expected");
  for (const LevelBand& band : simulation.curve) {
    json.begin_array();
    for (const double value : {band.seconds, band.low, band.median, band.high}) json.value(value);
    json.end_array();
  }
  json.end_array();
  write_run(json, simulation);
  if (simulation.many) {
    write_many(json, *simulation.many);
  } else {
    json.null("runs");
  }
  if (fit != nullptr) {
    write_fit(json, *fit);
  } else {
    json.null("fit");
  }
  json.end_document();
}

double held_by(const Timeline& timeline, std::size_t thread, double seconds) {
  for (const Timeline::Served& served : timeline.served) {
    if (served.begin > seconds) break;
    if (served.thread != thread || served.end < seconds) continue;
    return served.bytes * (seconds - served.begin) / (served.end - served.begin);
  }
  return 0;
}

LevelBand band_at(const Simulation& simulation, double seconds) {
  if (simulation.curve.empty()) return {};
  const auto after =
      std::lower_bound(simulation.curve.begin(), simulation.curve.end(), seconds,
                       [](const LevelBand& band, double at) { return band.seconds < at; });
  if (after == simulation.curve.end()) return simulation.curve.back();
  if (after == simulation.curve.begin()) return *after;
  const LevelBand& a = *(after - 1);
  const double part = (seconds - a.seconds) / std::max(after->seconds - a.seconds, 1e-12);
  return {seconds, a.low + part * (after->low - a.low),
          a.median + part * (after->median - a.median), a.high + part * (after->high - a.high)};
}

void write_simulation_csv(TextSink& sink, const Simulation& simulation) {
  const Timeline& timeline = simulation.timeline;
  const ServerModel& model = simulation.model;
  const std::size_t threads =
      timeline.complete && model.slots() <= kMostThreads ? model.slots() : 0;
  std::string out = "seconds,held_bytes,memory_bytes,expected_p5,expected_median,expected_p95";
  for (std::size_t i = 0; i < threads; ++i) out += fmt::format(",thread_{}_bytes", i + 1);
  sink.write(out + "\n");
  const auto columns = static_cast<double>(timeline.most.size());
  double kept = model.shared + static_cast<double>(model.processes) * model.base;
  for (std::size_t i = 0; i < timeline.most.size(); ++i) {
    const double at = timeline.seconds * (static_cast<double>(i) + 1) / columns;
    if (timeline.kept[i] >= 0) kept = timeline.kept[i];
    const LevelBand band = band_at(simulation, at);
    const std::string held =
        timeline.most[i] >= 0 ? fmt::format("{:.0f}", timeline.most[i]) : std::string();
    out = fmt::format("{:.6g},{},{:.0f},{:.0f},{:.0f},{:.0f}", at, held, kept, band.low,
                      band.median, band.high);
    for (std::size_t thread = 0; thread < threads; ++thread) {
      out += fmt::format(",{:.0f}", held_by(timeline, thread, at));
    }
    sink.write(out + "\n");
  }
}

}  // namespace tidemark
