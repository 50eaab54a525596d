#include "answers/series/shapes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "answers/estimate.h"
#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostPieces = 400;

// Parts of a document that are no parts of the data, each a view of the whole.
template <class Whole>
struct View {
  const Whole* whole = nullptr;

  [[nodiscard]] const Whole& get() const {
    static const Whole kNothing{};
    return whole != nullptr ? *whole : kNothing;
  }
};
struct Conclusion : View<Verdict> {};
struct Workers : View<Verdict> {};

struct ForecastPoint {
  double time = 0;
  double bytes = 0;
  double low = 0;
  double high = 0;
};

struct Curve {
  std::vector<CurvePoint> points;
};

void describe(Fields& fields, const Workers& workers) {
  const Verdict& verdict = workers.get();
  const bool known = verdict.workers > 0;
  fields.record("WorkersThatFit", "How many processes share the work, and how many could.");
  fields("now", known ? std::optional(verdict.workers) : std::nullopt,
         "workers that run; null: not known");
  fields("fit", known && verdict.quota > 0 ? std::optional(verdict.workers_fit) : std::nullopt,
         "workers that fit into 95 % of the quota");
  fields("bytes_each", known_bytes(verdict.per_worker), "what a worker has for itself");
  fields("shared_bytes", known_bytes(verdict.shared), "what all workers are taken to share");
  fields("plateau_is_a_lower_bound", verdict.at_least,
         "workers were killed before anybody saw where they settle");
  fields("killed", verdict.kills, "single workers that were killed near the quota");
}

void describe(Fields& fields, const Conclusion& conclusion) {
  const Verdict& verdict = conclusion.get();
  const double least = verdict.least_leak;
  fields.record("Conclusion", "What follows from the curves that were fitted to a series.");
  fields("leak_probability", verdict.leak_probability, "that it is a leak");
  fields("leak_log_odds", verdict.leak_evidence, "for growth without end");
  fields("leak_log_odds_wanted", verdict.leak_wanted, "what is asked for, this early");
  fields("growth_bytes_per_hour", verdict.growth, "beyond any warm-up, if it is a leak");
  fields("growth_bytes_per_1000_requests", verdict.growth_per_1000_requests,
         "the same; null: requests are not counted");
  fields("smallest_leak_bytes_per_hour",
         least > 0 && std::isfinite(least) ? std::optional(least) : std::nullopt,
         "a smaller leak could not have shown in this data");
  fields("plateau_bytes", verdict.plateau, "where it settles, unless it is a leak");
  fields("hours_to_settle", verdict.settle_hours, "from now; 0: it has settled");
  fields("hours_to_quota", verdict.hours_to_quota, "from now; of a leak below the quota only");
  fields("flat_hours", verdict.flat_hours, "at the end, within 3 % of where it is now");
  fields("traffic_bytes", whole_bytes(verdict.traffic_bytes), "that come and go with mean traffic");
  fields("best_ending_curve", verdict.ending_model, "of the curves that level off");
  fields("best_growing_curve", verdict.going_model, "of the curves that go on");
  fields("heap_after_gc", verdict.heap, "live heap beside it, where it was sampled too");
  fields("workers", Workers{{&verdict}}, "too many of them?");
}

void describe(Fields& fields, const ForecastPoint& point) {
  fields.record("ForecastPoint", "Where memory will be at mean traffic.");
  fields("at", format_iso_time(point.time), "when");
  fields("bytes", whole_bytes(point.bytes), "the floor of it");
  fields("low_bytes", whole_bytes(point.low), "the lower end of the interval");
  fields("high_bytes", whole_bytes(point.high), "the upper end");
}

void describe(Fields& fields, const Curve& curve) {
  fields.record("FittedCurve", "The fitted curve over one life, or over a part of it.");
  fields("points", curve.points, "in order of time");
}

std::vector<ForecastPoint> forecast_of(const Verdict& verdict) {
  std::vector<ForecastPoint> points;
  for (std::size_t i = 0; i < verdict.forecast.size(); ++i) {
    points.push_back({.time = verdict.forecast[i].time,
                      .bytes = verdict.forecast[i].bytes,
                      .low = verdict.forecast_low[i].bytes,
                      .high = verdict.forecast_high[i].bytes});
  }
  return points;
}

std::vector<Curve> fitted_of(const Verdict& verdict) {
  std::vector<Curve> curves;
  for (const auto& points : verdict.fitted) curves.push_back({points});
  return curves;
}

void describe_drawing(Fields& fields, const JudgedSeries& judged) {
  const Verdict& verdict = judged.verdict;
  fields("memory_over_time", thin_out(judged.series.samples, kMostPieces),
         "the samples, at most 400 pieces of the same length of time");
  fields("floor", verdict.floor, "what the curves were fitted to");
  fields("fitted", fitted_of(verdict), "the best curve over each fitted life");
  fields("forecast", forecast_of(verdict), "from now on");
}

}  // namespace

void describe(Fields& fields, const JumpSuspect& suspect) {
  fields.record("EndpointOfJumps", "An endpoint that ran whenever memory jumped.");
  fields("endpoint", suspect.endpoint, "for instance GET /users/:id");
  fields("jumps", suspect.jumps, "in whose interval it ran: all there are");
  fields("chance", suspect.chance, "that this is chance, over all endpoints");
}

void describe(Fields& fields, const SlopeSuspect& suspect) {
  fields.record("EndpointOfGrowth", "What growth keeps pace with.");
  fields("endpoint",
         suspect.endpoint.empty() ? std::nullopt : std::optional<std::string>(suspect.endpoint),
         "null: the clock; no endpoint explains it better");
  fields("probability", suspect.probability, "among what was tried");
  fields("bytes_per_1000_requests", suspect.bytes_per_1000, "of this endpoint");
}

void describe(Fields& fields, const Attribution& attribution) {
  fields.record("Endpoints", "Which endpoints memory grows with, where they are told apart.");
  fields("looked_at", attribution.endpoints, "endpoints");
  fields("of_jumps", attribution.jumps, "least chance first, below 5 %");
  fields("of_growth", attribution.slope, "most probable first, above 5 %; of a leak only");
}

void describe(Fields& fields, const SeriesEvent& event) {
  fields.record("MemoryEvent", "Something that happened to what is measured.");
  fields("at", format_iso_time(event.time), "when");
  fields("kind", event.kind, "what");
  fields("detail", event.detail, "v212, Error R14 (Memory quota exceeded); may be empty");
}

void describe(Fields& fields, const VerdictLife& life) {
  fields.record("Life", "From one restart to the next.");
  fields("begin_at", format_iso_time(life.begin), "its first sample");
  fields("end_at", format_iso_time(life.end), "its last");
  fields("start", life.start, "how it began");
  fields("fitted", life.pooled, "the curves were fitted to it");
  fields("end_bytes", whole_bytes(life.settled), "at its end, median of the last tenth");
}

void describe(Fields& fields, const VerdictJump& jump) {
  fields.record("Jump", "Memory that came at once.");
  fields("at", format_iso_time(jump.time), "when");
  fields("end_at", format_iso_time(jump.end), "when it was gone, or its life ended");
  fields("bytes", whole_bytes(jump.bytes), "how much");
  fields("stayed", jump.stayed, "until its life ended");
}

void describe(Fields& fields, const HeapBeside& heap) {
  fields.record("HeapBeside", "Live heap after collections, of the same processes.");
  fields("says", heap.says, "what it adds to the verdict");
  fields("decided", heap.decided, "memory alone would not have said so");
  fields("verdict", heap.kind, "on the heap alone");
  fields("now_bytes", whole_bytes(heap.now), "of objects");
  fields("growth_bytes_per_hour", heap.growth, "of the heap");
  fields("leak_probability", heap.leak_probability, "that objects leak");
}

void describe(Fields& fields, const CurvePoint& point) {
  fields.record("CurvePoint", "A point of a curve of memory.");
  fields("at", format_iso_time(point.time), "when");
  fields("bytes", whole_bytes(point.bytes), "how much");
}

void describe(Fields& fields, const MemoryPiece& piece) {
  fields.record("MemoryPiece", "What neighbouring samples have in common.");
  fields("begin_at", format_iso_time(piece.begin), "the first of them");
  fields("end_at", format_iso_time(piece.end), "the last");
  fields("samples", piece.samples, "how many");
  fields("mean_bytes", whole_bytes(piece.mean), "of all of them");
  fields("low_bytes", whole_bytes(piece.low), "the least of them");
  fields("high_bytes", whole_bytes(piece.high), "the most");
}

void describe(Fields& fields, const JudgedSeries& judged) {
  const Verdict& verdict = judged.verdict;
  const bool known = verdict.kind != VerdictKind::kInsufficient;
  fields.record("JudgedSeries", "Memory over time of one thing, and what it shows.");
  fields("name", judged.series.name, "web.1, puma[4711]; may be empty");
  fields("memory", judged.series.kind, "what the bytes count");
  fields("verdict", verdict.kind, "what memory is doing");
  fields("confidence", verdict.confidence, "that this verdict is the right one");
  fields("hours", verdict.hours, "from the first sample to the last, of production time");
  fields("samples", verdict.samples, "how many");
  fields("now_bytes", whole_bytes(verdict.now), "median of the last minutes");
  fields("quota_bytes", known_bytes(verdict.quota), "that may be used");
  fields("killed_out_of_memory", verdict.out_of_memory, "how often");
  fields("conclusion", known ? std::optional(Conclusion{{&verdict}}) : std::nullopt,
         "null: not enough data");
  fields("endpoints", judged.attribution, "which of them memory grows with");
  fields("lives", verdict.lives, "in order of time");
  fields("jumps", verdict.jumps, "in order of time");
  fields("events", judged.series.events, "in order of time");
  describe_drawing(fields, judged);
}

std::int64_t whole_bytes(double bytes) {
  constexpr double kMost = 9e18;
  return std::isfinite(bytes) ? std::llround(std::clamp(bytes, -kMost, kMost)) : 0;
}

std::optional<std::int64_t> known_bytes(double bytes) {
  return bytes > 0 ? std::optional(whole_bytes(bytes)) : std::nullopt;
}

bool is_alarming(VerdictKind kind) {
  return kind == VerdictKind::kLeak || kind == VerdictKind::kOvercommitted;
}

std::vector<MemoryPiece> thin_out(const std::vector<MemorySample>& samples, std::size_t most) {
  std::vector<MemoryPiece> pieces;
  if (samples.empty() || most == 0) return pieces;
  const double from = samples.front().time;
  const double length = (samples.back().time - from) / static_cast<double>(most);
  std::size_t last = 0;
  for (const MemorySample& sample : samples) {
    const double at = length > 0 ? (sample.time - from) / length : 0;
    const auto index = std::min(most - 1, static_cast<std::size_t>(std::max(at, 0.0)));
    if (pieces.empty() || index != last) {
      pieces.push_back({.begin = sample.time, .low = sample.bytes, .high = sample.bytes});
    }
    last = index;
    MemoryPiece& piece = pieces.back();
    piece.end = sample.time;
    piece.samples += 1;
    piece.mean += (sample.bytes - piece.mean) / static_cast<double>(piece.samples);
    piece.low = std::min(piece.low, sample.bytes);
    piece.high = std::max(piece.high, sample.bytes);
  }
  return pieces;
}

}  // namespace tidemark
