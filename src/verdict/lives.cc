#include "verdict/lives.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kHeld = 0.75;          // hours a level must stand for its end to be a restart
constexpr double kDrop = 0.85;          // of the level before
constexpr std::size_t kBefore = 4;      // points whose median is the level before
constexpr std::size_t kAfter = 3;       // and after
constexpr std::size_t kSawteeth = 8;    // unannounced lives, short ones
constexpr std::size_t kBootPoints = 5;  // whose median is the level at boot

double level_between(const Trace& trace, std::size_t begin, std::size_t end) {
  return median(std::span(trace.level).subspan(begin, end - begin));
}

LifeStart start_of(EventKind kind) {
  if (kind == EventKind::kDeploy) return LifeStart::kDeploy;
  return kind == EventKind::kOutOfMemory ? LifeStart::kOutOfMemory : LifeStart::kRestart;
}

// The point that begins the life after an event: the first one not before it, or a few later, when
// memory falls only then (a process takes its time to stop).
std::size_t first_point_after(const Trace& trace, double hour) {
  const auto at = std::lower_bound(trace.hour.begin(), trace.hour.end(), hour - trace.step / 2);
  auto best = static_cast<std::size_t>(at - trace.hour.begin());
  const std::size_t last = std::min(trace.size(), best + 4);
  double deepest = 0.85;
  for (std::size_t i = std::max<std::size_t>(1, best > 0 ? best - 1 : 0); i < last; ++i) {
    const double ratio = trace.level[i] / trace.level[i - 1];
    if (ratio < deepest) {
      deepest = ratio;
      best = i;
    }
  }
  return best;
}

std::vector<Life> announced_lives(const Trace& trace, const std::vector<SeriesEvent>& events) {
  std::vector<Life> lives = {{0, trace.size(), LifeStart::kFirstSample}};
  for (const SeriesEvent& event : events) {
    if (!ends_life(event.kind)) continue;
    const std::size_t begin = first_point_after(trace, trace.hour_of(event.time));
    if (begin >= trace.size()) break;
    Life& last = lives.back();
    // Events of the same restart: what it was for counts, and a kill above all.
    if (begin <= last.begin + 2) {
      if (begin > 0 && last.start != LifeStart::kOutOfMemory) {
        if (event.kind != EventKind::kRestart || last.start == LifeStart::kFirstSample) {
          last.start = start_of(event.kind);
        }
      }
      continue;
    }
    last.end = begin;
    lives.push_back({begin, trace.size(), start_of(event.kind)});
  }
  return lives;
}

bool same_workers(const Trace& trace, std::size_t i) {
  if (trace.workers.empty()) return true;
  const std::size_t before = i >= 2 ? i - 2 : 0;
  const std::size_t after = std::min(trace.size() - 1, i + 2);
  return trace.workers[before] == trace.workers[after];
}

// Has the level before point `i` been there for a while? Otherwise its end is the end of a spike.
bool was_held(const Trace& trace, std::size_t begin, std::size_t i, double level) {
  if (trace.hour[i] - trace.hour[begin] < kHeld) return true;
  const auto from =
      std::lower_bound(trace.hour.begin() + static_cast<std::ptrdiff_t>(begin),
                       trace.hour.begin() + static_cast<std::ptrdiff_t>(i), trace.hour[i] - kHeld);
  const auto at = static_cast<std::size_t>(from - trace.hour.begin());
  if (i - at < 3) return true;
  return quantile({trace.level.begin() + static_cast<std::ptrdiff_t>(at),
                   trace.level.begin() + static_cast<std::ptrdiff_t>(i)},
                  0.2) > kDrop * level;
}

bool looks_like_restart(const Trace& trace, std::size_t begin, std::size_t i, double before,
                        double after) {
  if (!was_held(trace, begin, i, before) || !same_workers(trace, i)) return false;
  const auto first = trace.level.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto here = trace.level.begin() + static_cast<std::ptrdiff_t>(i);
  if (after < 0.93 * quantile({first, here}, 0.1)) return true;
  const double boot = level_between(trace, begin, std::min(i, begin + kBootPoints));
  return after < 1.1 * boot && after < 0.75 * before;
}

// Restarts that come again and again before a life could say anything are a collector's sawtooth.
bool is_sawtooth(const Trace& trace, std::span<const Life> parts) {
  if (parts.size() < kSawteeth) return false;
  std::vector<double> ages;
  for (const Life& part : parts) {
    ages.push_back(trace.hour[part.end - 1] - trace.hour[part.begin]);
  }
  return median(ages) < kHeld;
}

void split_unannounced(const Trace& trace, Life life, std::vector<Life>& out) {
  const Life whole = life;
  const std::size_t first = out.size();
  for (std::size_t i = life.begin + kBefore; i + kAfter <= life.end; ++i) {
    if (trace.level[i] > 0.9 * trace.level[i - 1]) continue;
    const double before = level_between(trace, i - kBefore, i);
    const double after = level_between(trace, i, i + kAfter);
    if (after >= kDrop * before || !looks_like_restart(trace, life.begin, i, before, after)) {
      continue;
    }
    out.push_back({life.begin, i, life.start});
    life.begin = i;
    life.start = LifeStart::kInferred;
    i += kBefore - 1;
  }
  out.push_back(life);
  if (is_sawtooth(trace, std::span(out).subspan(first))) {
    out.resize(first);
    out.push_back(whole);
  }
}

}  // namespace

std::vector<Life> find_lives(const Trace& trace, const std::vector<SeriesEvent>& events,
                             bool guess) {
  std::vector<Life> lives;
  if (trace.size() == 0) return lives;
  if (!guess) return announced_lives(trace, events);
  for (const Life& life : announced_lives(trace, events)) split_unannounced(trace, life, lives);
  return lives;
}

std::vector<Kill> find_kills(const Trace& trace, const std::vector<Life>& lives) {
  std::vector<Kill> kills;
  if (trace.quota <= 0) return kills;
  for (const Life& life : lives) {
    for (std::size_t i = life.begin + kBefore; i + kAfter <= life.end; ++i) {
      if (trace.level[i] > 0.95 * trace.level[i - 1]) continue;
      const double before = level_between(trace, i - kBefore, i);
      const double after = level_between(trace, i, i + kAfter);
      const bool recent = !kills.empty() && trace.hour[i] - trace.hour[kills.back().at] < 0.25;
      if (before > 0.9 * trace.quota && after < 0.94 * before && !recent &&
          was_held(trace, life.begin, i, before)) {
        kills.push_back({i, before - std::min(after, trace.level[i])});
      }
    }
  }
  return kills;
}

}  // namespace tidemark
