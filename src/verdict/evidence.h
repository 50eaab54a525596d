// What a series shows, before anything is concluded from it: lives, jumps, floors, curves. All in
// levels and hours of the trace.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "series/series.h"
#include "verdict/curves.h"
#include "verdict/floor.h"
#include "verdict/jumps.h"
#include "verdict/lives.h"
#include "verdict/trace.h"

namespace tidemark {

// Growth without end, that is much and lasts.
struct LeakTest {
  bool passes = false;
  bool material = false;  // much enough to matter
  double evidence = 0;    // log odds
  double wanted = 0;      // so early
  double margin = -1e9;   // evidence above what is wanted; far below where a test was not passed
};

struct Evidence {
  Trace trace;
  std::vector<Life> lives;
  std::vector<std::vector<Jump>> jumps;  // of each life
  std::vector<Kill> kills;

  // The lives that were fitted together: newest last. None: nothing else is known either.
  std::vector<std::size_t> pooled;  // which of `lives`
  std::vector<Floor> floors;        // of each of those
  CurveFit fit;
  LeakTest leak;
  double records = 0;  // levels that larger and larger requests will still add
  bool young = false;  // the current life is too short to be one of them
  // Where the floor has stood still for hours, and for half of its life, nothing is to come: the
  // level there, with what stood above the floor meanwhile. Nothing where it has not.
  std::optional<double> flat;

  // The level that memory settles at, with what usually stands above the floor.
  [[nodiscard]] double settled_level() const {
    return flat ? *flat : fit.settled + records + floors.back().height;
  }
  // The level at the end of a life.
  [[nodiscard]] double end_of(const Life& life) const;
  // How much the floor will still rise until it settles.
  [[nodiscard]] double still_to_come() const;
  [[nodiscard]] bool still_rising() const;
  // Too much at once to be one of the records that a young process sets.
  [[nodiscard]] bool is_bloat(const Life& life, const Jump& jump) const;
  [[nodiscard]] bool bloated() const;
  // Lives killed for their memory although it came slowly.
  [[nodiscard]] std::size_t crowded_out() const;
  [[nodiscard]] bool over_quota() const;
  // What all workers would hold without a worker killer, at least; 0 when nothing shows it.
  [[nodiscard]] double level_without_kills() const;
};

Evidence gather_evidence(const MemorySeries& series, const TraceOptions& options);

}  // namespace tidemark
