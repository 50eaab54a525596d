#include "verdict/verdict.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "series/worker_share.h"
#include "verdict/evidence.h"
#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kLeastHours = 0.5;  // of observation
constexpr double kFlat = 0.03;       // of the level: the width of "flat"
constexpr int kForecastSteps = 48;

VerdictKind decide(const Evidence& evidence) {
  if (evidence.leak.passes) return VerdictKind::kLeak;
  if (evidence.over_quota()) return VerdictKind::kOvercommitted;
  if (evidence.bloated()) return VerdictKind::kBloat;
  return evidence.still_rising() ? VerdictKind::kWarming : VerdictKind::kSteady;
}

// The chance that a number with this interval is above a bound, as if it were spread evenly over
// twice the interval.
double chance_above(const Estimate& estimate, double bound) {
  const double spread = std::max(estimate.high - estimate.low, 1e-9 * bound) / 4;
  return logistic(1.7 * (estimate.value - bound) / spread);
}

// Turns evidence, in levels and hours of a trace, into a verdict in bytes and times.
class Describer {
 public:
  Describer(const Evidence& evidence, Verdict& verdict)
      : evidence_(evidence), trace_(evidence.trace), verdict_(verdict) {}

  void structure();
  void conclusion();

 private:
  void confidence();
  void growth();
  void plateau();
  void workers();
  void flatness();
  void draw_fit();
  void draw_forecast();
  [[nodiscard]] double bytes(double level) const { return level * trace_.scale; }
  [[nodiscard]] double time_at(std::size_t point) const {
    return trace_.time_of(trace_.hour[point]);
  }
  [[nodiscard]] const CurveModel& model() const {
    return verdict_.goes_on ? evidence_.fit.going : evidence_.fit.settling;
  }

  const Evidence& evidence_;
  const Trace& trace_;
  Verdict& verdict_;
};

void Describer::structure() {
  verdict_.hours = trace_.hour.back() - trace_.hour.front();
  verdict_.now = bytes(evidence_.end_of(evidence_.lives.back()));
  verdict_.kills = evidence_.kills.size();
  verdict_.lives_pooled = evidence_.pooled.size();
  if (!trace_.workers.empty()) verdict_.workers = trace_.workers.back();
  for (std::size_t i = 0; i < evidence_.lives.size(); ++i) {
    const Life& life = evidence_.lives[i];
    const auto& pooled = evidence_.pooled;
    verdict_.out_of_memory += life.start == LifeStart::kOutOfMemory ? 1 : 0;
    verdict_.lives.push_back({.begin = time_at(life.begin),
                              .end = time_at(life.end - 1),
                              .start = life.start,
                              .pooled = std::find(pooled.begin(), pooled.end(), i) != pooled.end(),
                              .settled = bytes(evidence_.end_of(life))});
    for (const Jump& jump : evidence_.jumps[i]) {
      verdict_.jumps.push_back({.time = time_at(jump.at),
                                .end = time_at(std::min(jump.end, life.end - 1)),
                                .bytes = bytes(jump.height),
                                .stayed = jump.held});
    }
  }
}

void Describer::confidence() {
  const LeakTest& leak = evidence_.leak;
  if (leak.passes) {
    verdict_.leak_probability = logistic(leak.evidence - leak.wanted + 2);
  } else if (leak.evidence > leak.wanted) {
    verdict_.leak_probability = leak.material ? 0.4 : 0.1;
  } else {
    verdict_.leak_probability = std::min(0.5, logistic(leak.evidence - 2));
  }
  const double no_leak = 1 - verdict_.leak_probability;
  double over = evidence_.crowded_out() >= 2 || evidence_.kills.size() >= 3 ? 0.95 : 0;
  if (verdict_.quota > 0) over = std::max(over, chance_above(verdict_.plateau, verdict_.quota));
  switch (verdict_.kind) {
    case VerdictKind::kLeak:
      verdict_.confidence = verdict_.leak_probability;
      break;
    case VerdictKind::kOvercommitted:
      verdict_.confidence = no_leak * over;
      break;
    case VerdictKind::kBloat:
      verdict_.confidence = 0.95 * no_leak;
      break;
    default:
      verdict_.confidence = no_leak * (1 - over);
  }
}

void Describer::growth() {
  const CurveModel& going = evidence_.fit.going;
  const double slope = bytes(going.slope);
  const double error = 2 * bytes(going.slope_error);
  verdict_.growth = {slope, std::max(0.0, slope - error), slope + error};
  verdict_.least_leak = bytes(evidence_.fit.least_slope);
  verdict_.traffic_bytes = bytes(model().traffic());
  if (trace_.requests_per_hour > 0) {
    const double per = 1000 / trace_.requests_per_hour;
    verdict_.growth_per_1000_requests =
        Estimate{slope * per, verdict_.growth.low * per, verdict_.growth.high * per};
  }
  const double room = verdict_.quota - verdict_.now;
  if (verdict_.kind == VerdictKind::kLeak && room > 0 && slope > 0) {
    verdict_.hours_to_quota = room / slope;
  }
}

void Describer::plateau() {
  const CurveFit& fit = evidence_.fit;
  const double settled = bytes(evidence_.settled_level());
  const double height = evidence_.floors.back().height;
  const double error = 0.02 * settled;  // no curve is exactly right
  verdict_.plateau = {settled, bytes(fit.settled_low + height) - error,
                      bytes(fit.settled_high + 2 * evidence_.records + height) + error};
  if (evidence_.flat) {
    verdict_.plateau = {settled, settled - error / 2, settled + error / 2};
  }
  const Life& life = evidence_.lives.back();
  const double age = trace_.hour[life.end - 1] - trace_.hour[life.begin];
  verdict_.settle_hours = std::max(0.0, fit.settle_hours - age);
}

// How many workers fit, when the number of those that run is known.
void Describer::workers() {
  if (verdict_.workers == 0) return;
  const auto running = static_cast<double>(verdict_.workers);
  // Where a killer keeps the total down, the total says nothing of what a worker wants.
  const double least = bytes(evidence_.level_without_kills());
  if (least > verdict_.plateau.value) {
    verdict_.plateau = {least, std::max(verdict_.plateau.low, 0.9 * least),
                        std::max(verdict_.plateau.high, 1.2 * least)};
  }
  verdict_.shared = kSharedOfSeries * verdict_.plateau.value / running;
  verdict_.per_worker = (verdict_.plateau.value - verdict_.shared) / running;
  verdict_.at_least = evidence_.kills.size() >= 3 || evidence_.crowded_out() >= 2;
  if (verdict_.quota <= 0 || verdict_.per_worker <= 0) return;
  const double room = 0.95 * verdict_.quota - verdict_.shared;
  double fit = std::max(0.0, std::floor(room / verdict_.per_worker));
  // Where the present number was over the quota, it does not fit, whatever a cut-off plateau says.
  if (verdict_.kind == VerdictKind::kOvercommitted) fit = std::min(fit, running - 1);
  constexpr double kMostWorkers = 1e6;  // a quota may be any number
  verdict_.workers_fit = static_cast<std::size_t>(std::min(fit, kMostWorkers));
}

// How long, up to the end, nine in ten points lie close to where memory is now.
void Describer::flatness() {
  const Life& life = evidence_.lives.back();
  const double now = evidence_.end_of(life);
  double inside = 0;
  for (std::size_t i = life.end; i-- > life.begin;) {
    inside += std::fabs(trace_.level[i] - now) <= kFlat * now ? 1 : 0;
    const auto seen = static_cast<double>(life.end - i);
    if (inside >= 0.9 * seen) {
      verdict_.flat_hours = trace_.hour[life.end - 1] - trace_.hour[i];
    }
  }
}

void Describer::draw_fit() {
  std::size_t group = 0;
  for (const Floor& floor : evidence_.floors) {
    std::vector<CurvePoint> line;
    for (const FloorPoint& point : floor.points) {
      if (point.apart) {
        verdict_.fitted.push_back(std::move(line));
        line.clear();
        ++group;
      }
      const double time = trace_.time_of(point.hour);
      verdict_.floor.push_back({time, bytes(point.level)});
      line.push_back(
          {time, bytes(model().origins[group] + model().growth(point.age, point.work, group) +
                       model().traffic() * (point.rate - 1))});
    }
    verdict_.fitted.push_back(std::move(line));
    ++group;
  }
}

// From now on, at mean traffic: where the floor is, and the interval that it stays in.
void Describer::draw_forecast() {
  const Life& life = evidence_.lives.back();
  const double end = trace_.hour[life.end - 1];
  const double age = end - trace_.hour[life.begin];
  const double work =
      trace_.work.empty() ? age : trace_.work[life.end - 1] - trace_.work[life.begin];
  const double ahead = std::clamp(0.35 * verdict_.hours, 1.0, 24.0);
  const CurveFit& fit = evidence_.fit;
  const double origin = model().origins.back();
  const double settled = origin + fit.settling.growth(48, 48);
  const double now = origin + model().growth(age, work);
  for (int i = 0; i <= kForecastSteps; ++i) {
    const double hours = ahead * i / kForecastSteps;
    const double level = origin + model().growth(age + hours, work + hours);
    double low = level;
    double high = level;
    if (verdict_.goes_on) {
      low -= 2 * fit.going.slope_error * hours;
      high += 2 * fit.going.slope_error * hours;
    } else {
      // As far between here and the plateau as the line itself is, towards the interval's ends.
      const double rest = settled - now;
      const double done = std::fabs(rest) > 1e-9 ? std::clamp((level - now) / rest, 0.0, 1.0)
                                                 : static_cast<double>(i) / kForecastSteps;
      low += done * (fit.settled_low - fit.settled);
      high += done * (fit.settled_high - fit.settled);
    }
    const double time = trace_.time_of(end + hours);
    verdict_.forecast.push_back({time, bytes(level)});
    verdict_.forecast_low.push_back({time, bytes(low)});
    verdict_.forecast_high.push_back({time, bytes(high + evidence_.floors.back().height)});
  }
}

void Describer::conclusion() {
  verdict_.goes_on = verdict_.kind == VerdictKind::kLeak;
  verdict_.leak_evidence = evidence_.leak.evidence;
  verdict_.leak_wanted = evidence_.leak.wanted;
  verdict_.ending_model = evidence_.fit.ending.description();
  verdict_.going_model = evidence_.fit.going.description();
  growth();
  plateau();
  workers();
  confidence();
  flatness();
  draw_fit();
  draw_forecast();
}

}  // namespace

std::string_view verdict_name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kSteady:
      return "steady";
    case VerdictKind::kWarming:
      return "warming up";
    case VerdictKind::kLeak:
      return "leak";
    case VerdictKind::kOvercommitted:
      return "over-committed";
    case VerdictKind::kBloat:
      return "bloat";
    case VerdictKind::kInsufficient:
      return "not enough data";
  }
  return {};
}

Verdict judge(const MemorySeries& series, const TraceOptions& options) {
  Verdict verdict;
  const Evidence evidence = gather_evidence(series, options);
  verdict.samples = evidence.trace.samples;
  verdict.quota = evidence.trace.quota * evidence.trace.scale;
  if (evidence.lives.empty()) return verdict;
  Describer describer(evidence, verdict);
  describer.structure();
  if (verdict.hours < kLeastHours || evidence.pooled.empty()) return verdict;
  verdict.kind = decide(evidence);
  describer.conclusion();
  return verdict;
}

}  // namespace tidemark
