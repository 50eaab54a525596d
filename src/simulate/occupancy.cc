#include "simulate/occupancy.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

constexpr double kNegligible = 1e-22;

void normalise(Occupancy& busy) {
  double sum = 0;
  for (const double p : busy) sum += p;
  for (double& p : busy) p = p / sum < kNegligible ? 0 : p / sum;
}

// log n! for n up to `most`.
std::vector<double> log_factorials(std::size_t most) {
  std::vector<double> logs(most + 1, 0);
  for (std::size_t n = 2; n <= most; ++n) {
    logs[n] = logs[n - 1] + std::log(static_cast<double>(n));
  }
  return logs;
}

}  // namespace

Occupancy independent_threads(std::size_t threads, double busy_part) {
  Occupancy busy(threads + 1, 0);
  if (busy_part >= 1) {
    busy[threads] = 1;
    return busy;
  }
  if (busy_part <= 0) {
    busy[0] = 1;
    return busy;
  }
  const std::vector<double> logs = log_factorials(threads);
  const double on = std::log(busy_part);
  const double off = std::log1p(-busy_part);
  for (std::size_t n = 0; n <= threads; ++n) {
    const auto count = static_cast<double>(n);
    busy[n] = std::exp(logs[threads] - logs[n] - logs[threads - n] + count * on +
                       (static_cast<double>(threads) - count) * off);
  }
  normalise(busy);
  return busy;
}

Occupancy queued_threads(std::size_t threads, double load) {
  Occupancy busy(threads + 1, 0);
  const auto all = static_cast<double>(threads);
  if (load >= all) {
    busy[threads] = 1;
    return busy;
  }
  busy[0] = 1;
  for (std::size_t n = 1; n <= threads; ++n) {
    busy[n] = busy[n - 1] * load / static_cast<double>(n);
    if (busy[n] < 1e200) continue;
    for (std::size_t i = 0; i <= n; ++i) busy[i] *= 1e-200;
  }
  busy[threads] /= 1 - load / all;  // and those who find all busy wait
  normalise(busy);
  return busy;
}

Occupancy share_of(const Occupancy& all, std::size_t threads) {
  const std::size_t total = all.size() - 1;
  if (threads >= total) return all;
  const std::vector<double> logs = log_factorials(total);
  const auto choose = [&](std::size_t n, std::size_t k) { return logs[n] - logs[k] - logs[n - k]; };
  Occupancy busy(threads + 1, 0);
  for (std::size_t m = 0; m <= total; ++m) {
    if (all[m] <= 0) continue;
    const std::size_t others = total - threads;
    const std::size_t least = m > others ? m - others : 0;
    for (std::size_t n = least; n <= std::min(threads, m); ++n) {
      busy[n] += all[m] * std::exp(choose(threads, n) + choose(others, m - n) - choose(total, m));
    }
  }
  normalise(busy);
  return busy;
}

}  // namespace tidemark
