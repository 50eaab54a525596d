#include "simulate/chance_of_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace tidemark {
namespace {

constexpr double kGridError = 0.03;   // of a rate, by the steps of the grid
constexpr double kQueueError = 0.15;  // where threads share a queue: busy ones are not quite alike
constexpr double kBusyError = 0.5;    // more for each part above one half that threads are busy
// Levels at which theta is measured: those that a group passes with these chances.
constexpr std::array<double, 6> kChances = {0.9, 0.3, 1e-2, 1e-4, 1e-7, 1e-11};
constexpr std::size_t kFewer = 4;   // crossings are drawn at each of them
constexpr double kOutOfStep = 0.5;  // of a life: how far the others are when one ends

// Below what the rates alone say. Where threads serve so many requests and stop, they do not stop
// together: each is off by about 1 in the square root of their number, which matters where most
// crossings come at the end. Where processes are replaced after so many requests, they fall out of
// step, and the law has them all at their highest at once.
struct Slack {
  double rate = 0;   // of the rate, a part of it
  double bytes = 0;  // of the level
};

Slack slack_below(const ServerModel& model, double stays) {
  Slack slack;
  if (model.requests_per_thread > 0 && stays > 0) {
    slack.rate = 1 / std::sqrt(static_cast<double>(model.requests_per_thread));
  }
  if (model.recycle_requests > 0 && model.processes > 1) {
    const auto processes = static_cast<double>(model.processes);
    slack.rate = std::max(slack.rate, kOutOfStep);
    slack.bytes = kOutOfStep * stays * (processes - 1) / processes;
  }
  return slack;
}

// theta by level, straight between the levels where it was measured.
struct ClumpCurve {
  std::vector<double> levels;
  std::vector<LastPart> parts;

  [[nodiscard]] double at(double level, double error_times) const {
    const auto value = [&](std::size_t i) { return parts[i].part + error_times * parts[i].error; };
    const auto above = std::lower_bound(levels.begin(), levels.end(), level);
    if (above == levels.begin()) return value(0);
    if (above == levels.end()) return value(parts.size() - 1);
    const auto i = static_cast<std::size_t>(above - levels.begin());
    const double share = (level - levels[i - 1]) / (levels[i] - levels[i - 1]);
    return value(i - 1) + share * (value(i) - value(i - 1));
  }
};

// These threads as a server of their own, with their share of the requests.
ServerModel alone(const ServerModel& model, std::size_t threads) {
  ServerModel one = model;
  one.processes = 1;
  one.threads = threads;
  one.ratchet = Ratchet::kHeap;
  one.rate = model.rate * static_cast<double>(threads) / static_cast<double>(model.slots());
  one.leak = 0;
  one.cache = {};
  one.base = 0;
  one.shared = 0;
  one.recycle_requests = 0;
  one.recycle_seconds = 0;
  return one;
}

ClumpCurve measure_clumps(const ServerModel& model, const ServerLaw::Group& group, double seconds,
                          const RareOptions& options, Monitor& monitor) {
  const ServerModel one = alone(model, group.threads);
  RareOptions fewer = options;
  fewer.crossings = options.crossings / kFewer;
  ClumpCurve curve;
  for (const double chance : kChances) {
    const double level = group.law.quantile(1 - chance, seconds);
    if (level <= 0 || group.law.rate(level) <= 0) continue;
    if (!curve.levels.empty() && level <= curve.levels.back()) continue;
    curve.levels.push_back(level);
    curve.parts.push_back(last_part(one, level, fewer, monitor));
  }
  return curve;
}

}  // namespace

double rate_error(const ServerModel& model) {
  if (model.arrivals != Arrivals::kPoisson || model.slots() == 1) return kGridError;
  return kQueueError + kBusyError * std::max(0.0, model.busy_part() - 0.5);
}

RareChance chance_of_groups(const ServerModel& model, const ServerLaw& law, double level,
                            double seconds, const RareOptions& options, Monitor& monitor) {
  ServerLaw likely = law;
  ServerLaw least = law;
  ServerLaw most = law;
  const double error = rate_error(model);
  const Slack slack = slack_below(model, law.stays_at(seconds));
  for (std::size_t i = 0; i < law.groups().size(); ++i) {
    const ClumpCurve curve = measure_clumps(model, law.groups()[i], seconds, options, monitor);
    if (curve.levels.empty()) continue;
    likely.thin(i, [&](double at) { return curve.at(at, 0); });
    least.thin(i, [&](double at) {
      return std::max(0.0, curve.at(at, -2)) * (1 - std::min(1.0, error + slack.rate));
    });
    most.thin(i, [&](double at) { return curve.at(at, 2) * (1 + error); });
  }
  RareChance out;
  out.bound = law.above(level, seconds);
  out.chance = likely.above(level, seconds);
  out.low = least.above(level + slack.bytes, seconds);
  out.high = most.above(level, seconds);
  // Memory that goes back in part: as if nobody kept anything, it would be less.
  if (model.gives_back > 0 && model.gives_back < 1 && !law.one_group()) {
    ServerModel nothing_kept = model;
    nothing_kept.gives_back = 1;
    out.low = std::min(out.low, rare_chance(nothing_kept, level, seconds, options, monitor).low);
  }
  return out;
}

}  // namespace tidemark
