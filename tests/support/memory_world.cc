#include "support/memory_world.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "support/dice.h"

namespace tidemark {
namespace {

constexpr double kMegabyte = 1e6;
constexpr double kBegin = 1.75e9;

// One kind of process: the constants of its life.
struct Process {
  double boot = 0;
  double warm = 0;
  double tau = 0;  // hours of mean traffic
  double logarithm = 0;
  double noise = 0;
  double traffic_share = 0;
  double saw = 0;  // height of the collector's sawtooth
  double saw_hours = 0.02;
  double leak_per_hour = 0;
  double leak_per_work = 0;
  double amplitude = 0;  // of the daily cycle
  double life_hours = 1e9;
};

Process make_process(WorldKind kind, Dice& dice) {
  Process process;
  process.boot = dice.uniform(80, 400);
  process.warm = process.boot * dice.uniform(0.2, 0.8);
  process.tau = dice.spread(0.3, 2.5);
  process.logarithm = process.boot * dice.uniform(0, 0.01);
  process.noise = dice.uniform(0.001, 0.006);
  process.amplitude = dice.uniform(0, 0.4);
  const double level = process.boot + process.warm;
  switch (kind) {
    case WorldKind::kDaily:
      process.amplitude = dice.uniform(0.4, 0.7);
      process.traffic_share = level * dice.uniform(0.04, 0.12);
      break;
    case WorldKind::kCollector:
      process.saw = level * dice.uniform(0.1, 0.5);
      process.saw_hours = dice.spread(0.02, 0.15);
      break;
    case WorldKind::kRestarted:
      process.life_hours = dice.uniform(7, 12);
      break;
    case WorldKind::kWarming:
      process.tau = dice.uniform(3, 6);
      process.warm = process.boot;
      break;
    case WorldKind::kLeak:
      process.leak_per_hour = level * dice.spread(0.2, 1.5) / 24;
      break;
    case WorldKind::kRequestLeak:
      process.leak_per_work = level * dice.spread(0.25, 1.5) / 24;
      break;
    case WorldKind::kDailyLeak:
      process.leak_per_hour = level * dice.spread(0.3, 1.5) / 24;
      process.life_hours = dice.uniform(11, 13);
      break;
    default:
      break;
  }
  return process;
}

}  // namespace

WorldSeries make_world(WorldKind kind, std::uint64_t seed, double step, double hours) {
  Dice dice(seed * kWorldKinds + static_cast<std::uint64_t>(kind));
  const Process process = make_process(kind, dice);
  if (kind == WorldKind::kWarming) hours = process.tau * dice.uniform(0.8, 1.2);
  WorldSeries world;
  const double plateau = process.boot + process.warm + process.logarithm * std::log1p(40);
  world.plateau = plateau * kMegabyte;
  world.leak_per_hour = (process.leak_per_hour + process.leak_per_work) * kMegabyte;
  MemorySeries& series = world.series;
  series.name = "world";
  const double room = kind == WorldKind::kOvercommitted ? dice.uniform(0.7, 0.92) : 2.5;
  series.quota = room * world.plateau;
  double born = 0;
  double work = 0;
  double drift = 0;
  double kept = 0;
  const double jumps[2] = {dice.uniform(0.3, 0.5) * hours, dice.uniform(0.6, 0.8) * hours};
  // Noise is drawn each 20 s whatever the step, so that coarser sampling sees the same process.
  for (double t = 0; t < hours * 3600; t += 20) {
    const double hour = t / 3600;
    const double rate = 1 + process.amplitude * std::sin(2 * std::numbers::pi * (hour / 24 - 0.25));
    work += rate / 180;
    drift = 0.98 * drift + 0.2 * dice.normal();
    const bool lost = dice.uniform(0, 1) < 0.01;
    if (hour - born > process.life_hours) {
      born = hour;
      work = 0;
      kept = 0;
      series.events.push_back({.time = kBegin + t, .kind = EventKind::kRestart, .detail = {}});
    }
    if (kind == WorldKind::kBloat) {
      for (const double at : jumps) {
        if (hour >= at && hour - at < 1.0 / 180) kept += plateau * dice.uniform(0.25, 0.5);
      }
    }
    const double age = hour - born;
    double level = process.boot * std::min(1.0, 0.6 + age * 30) + kept;
    level += process.warm * (1 - std::exp(-work / process.tau));
    level += process.logarithm * std::log1p(work);
    level += process.traffic_share * (rate - 1);
    level += process.leak_per_hour * age + process.leak_per_work * work;
    level += process.saw * std::fmod(age / process.saw_hours, 1.0);
    level *= 1 + process.noise * drift;
    const auto tick = static_cast<long>(std::lround(t));
    if (lost || tick % std::lround(step) != 0) continue;
    series.samples.push_back({.time = kBegin + t,
                              .bytes = level * kMegabyte,
                              .requests = 100 * rate * step / 60,
                              .workers = 2});
  }
  return world;
}

}  // namespace tidemark
