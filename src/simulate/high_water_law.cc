#include "simulate/high_water_law.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

constexpr std::size_t kCoarse = 192;  // points, to find the top
constexpr double kNegligible = 1e-12;
constexpr double kRare = 1e-4;
constexpr double kFarthest = 4;  // times the level that is passed once in 10^4
constexpr int kMoments = 64;     // of time, to integrate along
constexpr double kNone = 1e-300;

double chance(double above, double rate, double seconds) {
  const double below = std::max(1 - above, kNone);
  return std::min(1.0, above - below * std::expm1(-rate * seconds / below));
}

}  // namespace

HighWaterLaw::HighWaterLaw(LevelGrid& grid, const Occupancy& busy, double mean_seconds)
    : step_(grid.step()), rate_(grid.points(), 0), above_(grid.points(), 0) {
  std::vector<double> held(grid.points(), 0);
  double all = 0;
  for (std::size_t n = 0; n < busy.size(); ++n) {
    if (busy[n] <= 0) continue;
    const std::vector<double>& power = grid.held(n);
    for (std::size_t i = 0; i < held.size(); ++i) held[i] += busy[n] * power[i];
    all += busy[n];
    if (n == 0) continue;
    const double rate = busy[n] * static_cast<double>(n) / mean_seconds;
    const std::vector<double>& crossing = grid.crossing(n - 1);
    for (std::size_t i = 0; i < held.size(); ++i) rate_[i] += rate * crossing[i];
  }
  double inside = 0;
  for (const double p : held) inside += p;
  // A value of the grid stands for half a step to both sides.
  double above = std::max(0.0, all - inside);
  for (std::size_t i = held.size(); i-- > 0;) {
    above_[i] = std::min(1.0, above + held[i] / 2);
    above += held[i];
  }
}

void HighWaterLaw::thin(const std::function<double(double)>& part) {
  for (std::size_t i = 0; i < rate_.size(); ++i) rate_[i] *= part(static_cast<double>(i) * step_);
}

double HighWaterLaw::rate(double level) const {
  if (level < 0) return rate_.front();
  const double at = level / step_;
  const auto cell = static_cast<std::size_t>(at);
  if (at >= static_cast<double>(rate_.size() - 1))
    return at > static_cast<double>(rate_.size() - 1) ? 0 : rate_.back();
  const double part = at - static_cast<double>(cell);
  const double low = rate_[cell];
  const double high = rate_[cell + 1];
  // It falls off exponentially: between two levels the logarithm is what is straight.
  if (low > 0 && high > 0) return low * std::pow(high / low, part);
  return low + part * (high - low);
}

double HighWaterLaw::above(double level, double seconds) const {
  if (level < 0) return 1;
  const double at = level / step_;
  if (at > static_cast<double>(rate_.size() - 1)) return 0;
  const auto cell = std::min(static_cast<std::size_t>(at), rate_.size() - 2);
  const double part = at - static_cast<double>(cell);
  const double above = above_[cell] + part * (above_[cell + 1] - above_[cell]);
  return chance(above, rate(level), seconds);
}

std::vector<double> HighWaterLaw::all_above(double seconds, const StayingBytes& staying) const {
  std::vector<double> out(rate_.size());
  if (!staying) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = chance(above_[i], rate_[i], seconds);
    return out;
  }
  std::vector<double> shifts;
  for (int i = 0; i < kMoments; ++i) {
    shifts.push_back(staying(seconds) - staying(seconds * (i + 0.5) / kMoments));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    double mean = 0;
    for (const double shift : shifts) mean += rate(static_cast<double>(i) * step_ + shift);
    out[i] = chance(above_[i], mean / kMoments, seconds);
  }
  return out;
}

double HighWaterLaw::quantile(double p, double seconds) const {
  double low = 0;
  double high = top();
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (above(middle, seconds) > 1 - p ? low : high) = middle;
  }
  return high;
}

double choose_top(const RequestMix& mix, const Occupancy& busy, double seconds, double level) {
  std::size_t most_busy = 1;
  for (std::size_t n = 1; n < busy.size(); ++n) {
    if (busy[n] > 0) most_busy = n;
  }
  const double bound = std::max(static_cast<double>(most_busy) * mix.most_bytes() * 1.0001, 1.0);
  const double mean_seconds = mix.mean_seconds();
  double top = bound;
  for (int i = 0; i < 40; ++i) {
    LevelGrid grid(mix, top, kCoarse);
    const HighWaterLaw law(grid, busy, mean_seconds);
    double negligible = top;
    double rare = top;
    for (std::size_t j = kCoarse; j-- > 0;) {
      const double at = static_cast<double>(j) * law.step();
      const double above = law.above(at, seconds);
      if (above <= kNegligible) negligible = at;
      if (above <= kRare) rare = at;
    }
    const double wanted =
        std::clamp(std::min(negligible, kFarthest * rare) + 2 * law.step(), 1.0, bound);
    const bool settled = wanted > 0.5 * top;
    top = wanted;
    if (settled) break;
  }
  return std::min(bound, std::max(top, level * 1.02));
}

}  // namespace tidemark
