#include "verdict/attribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tidemark {
namespace {

constexpr std::size_t kMostEndpoints = 200;
constexpr double kLeastRequests = 3;
constexpr double kSurprise = 0.05;
constexpr double kWarmup = 0.25;      // of a life's points, left out: they grow for other reasons
constexpr double kLeastSeconds = 60;  // of a jump's interval: logs are not exact to the second

// Requests of one endpoint so far, at any time.
class Count {
 public:
  explicit Count(const EndpointTraffic& traffic) {
    double sum = 0;
    for (const auto& [time, requests] : traffic.counts) {
      sum += requests;
      times_.push_back(time + kEndpointSeconds);
      sums_.push_back(sum);
    }
  }

  [[nodiscard]] double until(double time) const {
    const auto after = std::upper_bound(times_.begin(), times_.end(), time);
    return after == times_.begin() ? 0
                                   : sums_[static_cast<std::size_t>(after - times_.begin()) - 1];
  }
  [[nodiscard]] double total() const { return sums_.empty() ? 0 : sums_.back(); }

 private:
  std::vector<double> times_;  // ends of the pieces
  std::vector<double> sums_;
};

struct Endpoint {
  const EndpointTraffic* traffic = nullptr;
  Count count;
};

std::vector<Endpoint> busiest(const MemorySeries& series) {
  std::vector<Endpoint> endpoints;
  for (const EndpointTraffic& traffic : series.endpoints) {
    Count count(traffic);
    if (count.total() >= kLeastRequests) endpoints.push_back({&traffic, std::move(count)});
  }
  std::stable_sort(endpoints.begin(), endpoints.end(), [](const Endpoint& a, const Endpoint& b) {
    return a.count.total() > b.count.total();
  });
  if (endpoints.size() > kMostEndpoints) {
    endpoints.erase(endpoints.begin() + kMostEndpoints, endpoints.end());
  }
  return endpoints;
}

// When the memory of a jump came: from the sample before it to the first one above.
std::pair<double, double> interval_of(const MemorySeries& series, const VerdictJump& jump) {
  const auto sample =
      std::lower_bound(series.samples.begin(), series.samples.end(), jump.time - 60,
                       [](const MemorySample& one, double time) { return one.time < time; });
  const double before = sample == series.samples.begin() ? jump.time - 60 : (sample - 1)->time;
  return {std::min(before, jump.time - kLeastSeconds / 2), jump.time + kLeastSeconds / 2};
}

void suspect_jumps(const MemorySeries& series, const Verdict& verdict,
                   const std::vector<Endpoint>& endpoints, Attribution& out) {
  if (verdict.jumps.empty()) return;
  const double span = series.samples.back().time - series.samples.front().time;
  for (const Endpoint& endpoint : endpoints) {
    double chance = static_cast<double>(endpoints.size());
    bool always = true;
    for (const VerdictJump& jump : verdict.jumps) {
      const auto [from, to] = interval_of(series, jump);
      always = always && endpoint.count.until(to + kEndpointSeconds) > endpoint.count.until(from);
      const double rate = endpoint.count.total() / std::max(span, 1.0);
      chance *= 1 - std::exp(-rate * (to - from + 2 * kEndpointSeconds));
    }
    if (!always || chance >= kSurprise) continue;
    out.jumps.push_back({.endpoint = endpoint.traffic->endpoint,
                         .jumps = verdict.jumps.size(),
                         .chance = std::max(chance, 1e-12)});
  }
  std::stable_sort(out.jumps.begin(), out.jumps.end(),
                   [](const JumpSuspect& a, const JumpSuspect& b) { return a.chance < b.chance; });
  if (out.jumps.size() > 3) out.jumps.resize(3);
}

// The floor after the warm-ups, each stretch less its own mean.
struct Stretches {
  std::vector<double> times;
  std::vector<double> levels;
  std::vector<std::size_t> begins;

  void center(std::vector<double>& values) const {
    for (std::size_t s = 0; s + 1 < begins.size(); ++s) {
      double sum = 0;
      for (std::size_t i = begins[s]; i < begins[s + 1]; ++i) sum += values[i];
      const double mean = sum / static_cast<double>(begins[s + 1] - begins[s]);
      for (std::size_t i = begins[s]; i < begins[s + 1]; ++i) values[i] -= mean;
    }
  }
};

Stretches stretches_of(const Verdict& verdict) {
  Stretches stretches;
  stretches.begins.push_back(0);
  std::size_t point = 0;
  for (const auto& line : verdict.fitted) {
    const auto skipped = static_cast<std::size_t>(kWarmup * static_cast<double>(line.size()));
    for (std::size_t i = 0; i < line.size(); ++i, ++point) {
      if (i < skipped) continue;
      stretches.times.push_back(verdict.floor[point].time);
      stretches.levels.push_back(verdict.floor[point].bytes);
    }
    if (stretches.times.size() > stretches.begins.back()) {
      stretches.begins.push_back(stretches.times.size());
    }
  }
  stretches.center(stretches.levels);
  return stretches;
}

struct Straightness {
  double squares = std::numeric_limits<double>::infinity();  // left when growth is a line on it
  double slope = 0;                                          // bytes for each tick
  double correlation = 0;                                    // of neighbouring residuals
};

Straightness on_clock(const Stretches& stretches, std::vector<double> clock) {
  stretches.center(clock);
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < clock.size(); ++i) {
    xx += clock[i] * clock[i];
    xy += clock[i] * stretches.levels[i];
  }
  Straightness line;
  if (!(xx > 0) || !(xy > 0)) return line;
  line.slope = xy / xx;
  line.squares = 0;
  double together = 0;
  double before = 0;
  for (std::size_t i = 0; i < clock.size(); ++i) {
    const double left = stretches.levels[i] - line.slope * clock[i];
    line.squares += left * left;
    together += left * before;
    before = left;
  }
  if (line.squares > 0) line.correlation = std::clamp(together / line.squares, 0.0, 0.9);
  return line;
}

void suspect_slope(const Verdict& verdict, const std::vector<Endpoint>& endpoints,
                   Attribution& out) {
  if (verdict.kind != VerdictKind::kLeak || verdict.fitted.empty()) return;
  const Stretches stretches = stretches_of(verdict);
  if (stretches.times.size() < 12) return;
  std::vector<Straightness> lines = {on_clock(stretches, stretches.times)};
  for (const Endpoint& endpoint : endpoints) {
    std::vector<double> clock;
    for (const double time : stretches.times) clock.push_back(endpoint.count.until(time));
    lines.push_back(on_clock(stretches, std::move(clock)));
  }
  const auto best = std::min_element(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
    return a.squares < b.squares;
  });
  if (!std::isfinite(best->squares)) return;
  const auto n = static_cast<double>(stretches.times.size());
  const double independent = n * (1 - best->correlation) / (1 + best->correlation);
  // No clock is exactly right: half a percent of the level is no difference.
  const double floor = n * std::pow(0.005 * verdict.now, 2);
  double sum = 0;
  std::vector<double> weights;
  for (const Straightness& line : lines) {
    const double odds =
        -independent / 2 * std::log((line.squares + floor) / (best->squares + floor));
    weights.push_back(std::isfinite(line.squares) ? std::exp(odds) : 0);
    sum += weights.back();
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (weights[i] / sum < kSurprise) continue;
    out.slope.push_back({.endpoint = i == 0 ? std::string() : endpoints[i - 1].traffic->endpoint,
                         .probability = weights[i] / sum,
                         .bytes_per_1000 = i == 0 ? 0 : lines[i].slope * 1000});
  }
  std::stable_sort(out.slope.begin(), out.slope.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  if (out.slope.size() > 5) out.slope.resize(5);
}

}  // namespace

Attribution attribute_growth(const MemorySeries& series, const Verdict& verdict) {
  Attribution out;
  if (series.endpoints.empty() || series.samples.empty()) return out;
  const std::vector<Endpoint> endpoints = busiest(series);
  out.endpoints = endpoints.size();
  if (endpoints.empty()) return out;
  suspect_jumps(series, verdict, endpoints, out);
  suspect_slope(verdict, endpoints, out);
  return out;
}

}  // namespace tidemark
