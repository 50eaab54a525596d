#include "simulate/server_law.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

bool has_law(const ServerModel& model) {
  return model.arrivals != Arrivals::kReplay && model.bursts.empty() && model.horizon() > 0;
}

Occupancy server_occupancy(const ServerModel& model) {
  if (model.arrivals == Arrivals::kPoisson) {
    return queued_threads(model.slots(), model.rate * model.mix.mean_seconds());
  }
  return independent_threads(model.slots(), model.busy_part());
}

ServerLaw::ServerLaw(const ServerModel& model, const LawOptions& options)
    : model_(model), fixed_(model.shared + static_cast<double>(model.processes) * model.base) {
  const Occupancy all = server_occupancy(model);
  if (model.ratchet == Ratchet::kNone || model.gives_back >= 1) {
    // Nobody keeps anything: all threads are one group.
    add_group(model, all, model.slots(), 1, options.points);
    return;
  }
  const std::size_t parts = model.groups_per_process();
  const std::size_t larger = model.threads % parts;
  if (larger > 0) {
    add_group(model, all, model.group_threads(0), model.processes * larger, options.points);
  }
  add_group(model, all, model.group_threads(parts - 1), model.processes * (parts - larger),
            options.points);
}

void ServerLaw::add_group(const ServerModel& model, const Occupancy& all, std::size_t threads,
                          std::size_t count, std::size_t points) {
  const Occupancy busy = model.arrivals == Arrivals::kPoisson
                             ? share_of(all, threads)
                             : independent_threads(threads, model.busy_part());
  const double quota_room = model.quota > fixed_ && count == 1 ? model.quota - fixed_ : 0;
  const double top = choose_top(model.mix, busy, std::max(model.horizon(), 1.0), quota_room);
  LevelGrid grid(model.mix, top, points);
  groups_.push_back({threads, count, HighWaterLaw(grid, busy, model.mix.mean_seconds())});
}

double ServerLaw::life(double seconds) const {
  double life = seconds;
  if (model_.recycle_seconds > 0) life = std::min(life, model_.recycle_seconds);
  if (model_.recycle_requests > 0) {
    const double each = model_.completions_per_second() / static_cast<double>(model_.processes);
    life = std::min(life, static_cast<double>(model_.recycle_requests) / std::max(each, 1e-12));
  }
  return life;
}

double ServerLaw::staying(const Group& group, double seconds) const {
  const double of_process = static_cast<double>(group.threads) /
                            static_cast<double>(model_.slots()) *
                            static_cast<double>(model_.processes);
  const double served =
      model_.completions_per_second() / static_cast<double>(model_.processes) * seconds;
  double bytes = model_.leak * served;
  const CacheModel& cache = model_.cache;
  if (cache.bytes > 0) {
    const double seen = -std::expm1(-served / cache.keys) * cache.keys;
    bytes += cache.bytes * std::min(cache.entries, seen);
  }
  return bytes * of_process;
}

SumOfGroups ServerLaw::sum_at(double seconds) const {
  std::vector<SummedMark> marks;
  for (const Group& group : groups_) {
    StayingBytes stays;
    if (model_.leak > 0 || model_.cache.bytes > 0) {
      stays = [this, &group](double at) { return staying(group, at); };
    }
    marks.push_back({group.law.all_above(seconds, stays), group.law.step(), group.count});
  }
  return SumOfGroups(std::move(marks));
}

double ServerLaw::stays_at(double seconds) const {
  const double one_life = life(seconds);
  double bytes = 0;
  for (const Group& group : groups_) {
    bytes += static_cast<double>(group.count) * staying(group, one_life);
  }
  return bytes;
}

double ServerLaw::above(double bytes, double seconds) const {
  const double one_life = life(seconds);
  const double level = bytes - fixed_ - stays_at(seconds);
  if (level < 0) return 1;
  const double p = sum_at(one_life).above(level);
  const double lives = std::max(1.0, seconds / std::max(one_life, 1e-9));
  return p >= 1 ? 1 : -std::expm1(lives * std::log1p(-p));
}

double ServerLaw::quantile(double p, double seconds) const {
  return quantiles({p}, seconds).front();
}

std::vector<double> ServerLaw::quantiles(const std::vector<double>& ps, double seconds) const {
  const double one_life = life(seconds);
  const double stays = stays_at(seconds);
  const SumOfGroups sum = sum_at(one_life);
  const double lives = std::max(1.0, seconds / std::max(one_life, 1e-9));
  std::vector<double> levels;
  levels.reserve(ps.size());
  for (const double p : ps) levels.push_back(fixed_ + stays + sum.quantile(std::pow(p, 1 / lives)));
  return levels;
}

double ServerLaw::crossing_rate(double bytes) const {
  return groups_.empty() ? 0 : groups_.front().law.rate(bytes - fixed_);
}

}  // namespace tidemark
