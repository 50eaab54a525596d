// Whole instances (several workers, a day's traffic, a quota, restarts, killers) whose truth is
// known at every time, made by simulation: to tune and to measure the verdict on as many series as
// are wanted. Not the generator of any corpus, and it knows shapes that no curve of the verdict's
// has: stretched exponentials, power laws, a heap that grows in steps, ratchets of single requests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "series/series.h"

namespace tidemark {

// How a warm-up goes from 0 to 1, at `x` time constants.
enum class WarmShape { kExponential, kTwoScales, kStretched, kPower, kLogistic };
double warm_part(WarmShape shape, double x);
// How a cache fills from 0 to 1, at `x` of the time it takes: of keys that are asked for equally
// often evenly, of others (skewed) ever more slowly.
double cache_part(bool skewed, double x);

// What was true from a time on. Names as in labels: "steady", ..., "insufficient".
struct TruthChange {
  double time = 0;
  std::string label;
  std::string accept;  // what is not wrong either, '|' between
};

struct InstanceSeries {
  std::string archetype;
  MemorySeries series;
  std::vector<TruthChange> truth;
  double plateau = 0;        // bytes, without the leak
  double leak_per_hour = 0;  // bytes at mean traffic
  double onset = 0;          // seconds after the start
  std::size_t workers_that_fit = 0;
};

struct ArchetypeShare {
  std::string_view name;
  int count;  // in a set of one
};
// All kinds, and how many of each make a set of about 150.
const std::vector<ArchetypeShare>& archetypes();

// The same arguments give the same series. `archetype`: one of the names above.
InstanceSeries make_instance(std::string_view archetype, std::uint64_t seed);

}  // namespace tidemark
