// Memory series of processes whose truth is known, made by simulation: for tests of the verdict.
// Not the generator of any corpus; what it knows of the world is in memory_world.cc.
#pragma once

#include <cstdint>

#include "series/series.h"

namespace tidemark {

enum class WorldKind : std::uint8_t {
  kFlat,         // a quick warm-up, then nothing
  kDaily,        // memory that follows a daily cycle of traffic
  kCollector,    // a garbage collector's sawtooth over a flat floor
  kRestarted,    // several lives, all of them flat in the end
  kWarming,      // still well below its plateau
  kLeak,         // grows by the hour
  kRequestLeak,  // grows with the requests
  kDailyLeak,    // grows, and is restarted each day
  kOvercommitted,
  kBloat,  // two requests that took a lot, and kept it
};
inline constexpr int kWorldKinds = 10;

struct WorldSeries {
  MemorySeries series;
  double plateau = 0;  // bytes, without a leak
  double leak_per_hour = 0;
};

// `step`: seconds between samples. The same arguments give the same series.
WorldSeries make_world(WorldKind kind, std::uint64_t seed, double step = 20, double hours = 36);

}  // namespace tidemark
