#include "verdict/evidence.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "verdict/killed_workers.h"
#include "verdict/records.h"
#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kLeastLife = 0.75;       // hours: below that a life says nothing about a trend
constexpr double kLeastKilled = 0.15;     // and where lives end by kills before that, these do
constexpr std::size_t kLeastPoints = 10;  // of a life
constexpr std::size_t kLeastWindows = 4;  // of its floor; large gaps leave fewer
constexpr std::size_t kMostLives = 8;     // pooled
constexpr double kBloatJump = 0.15;       // of the level before
constexpr double kRecordHours = 48;       // that larger and larger requests are waited for
constexpr double kStillRising = 0.06;     // of the level: what is still to come makes it warming

// What has stood still: for so long, within so much of its level, and with so little of a trend.
constexpr double kLeastFlat = 3;  // hours
constexpr double kFlatRange = 0.015;
constexpr double kFlatTrend = 0.003;
constexpr double kUsuallyBelow = 0.9;  // of what stands above its floor

// Log odds: with these one series in thirty that do not leak is called a leak at some time.
constexpr double kWanted = 2.2;
constexpr double kWantedKilled = 1.8;  // where lives were killed for their memory
constexpr double kWantedEarly = 4;
constexpr double kEarly = 3;      // hours
constexpr double kRising = 1;     // is enough to say that it has not settled
constexpr double kLeaning = 0.5;  // and this to ask the lives before a deploy

using FloorRefs = std::vector<const Floor*>;

double total_hours(const FloorRefs& floors) {
  double hours = 0;
  for (const Floor* floor : floors) hours += floor->age;
  return hours;
}

// Warm-ups are common and every one looks like a leak at first, so the first hours ask for more.
// Where lives were killed for their memory again and again nothing is well: it is a leak or too
// many workers, and these are about as usual as each other.
double evidence_wanted(const FloorRefs& floors, bool killed) {
  return (killed ? kWantedKilled : kWanted) +
         kWantedEarly * std::exp(-total_hours(floors) / kEarly);
}

// Does the last third of the longest life still rise at half the fitted pace?
bool keeps_pace(const FloorRefs& floors, const CurveModel& going) {
  double risen = 0;
  double expected = 0;
  const double traffic = going.traffic();
  for (const Floor* floor : floors) {
    const auto& points = floor->points;
    if (points.size() < 6) continue;
    const std::size_t third = points.size() / 3;
    std::vector<double> middle;
    std::vector<double> end;
    bool parted = false;
    for (std::size_t i = points.size() - 2 * third; i < points.size(); ++i) {
      const double level = points[i].level - traffic * (points[i].rate - 1);
      (i < points.size() - third ? middle : end).push_back(level);
      parted |= points[i].apart;
    }
    if (parted) continue;  // by a jump: the levels are not comparable
    const FloorPoint& a = points[points.size() - 2 * third];
    const FloorPoint& b = points.back();
    const bool hours = going.slope_clock == Clock::kHours;
    risen += median(end) - median(middle);
    expected += going.slope * (hours ? b.age - a.age : b.work - a.work) / 2;
  }
  return risen >= 0.5 * expected;
}

LeakTest test_leak(const FloorRefs& all, const CurveFit& fit, bool killed) {
  LeakTest test;
  test.evidence = fit.evidence;
  test.wanted = evidence_wanted(all, killed);
  if (fit.going.terms.empty()) return test;
  const FloorRefs floors(all.begin() + static_cast<std::ptrdiff_t>(fit.going.slope_from),
                         all.end());
  const double hours = total_hours(floors);
  double level = 0;
  for (const Floor* floor : floors) {
    for (const FloorPoint& point : floor->points) level = std::max(level, point.level);
  }
  const CurveModel& going = fit.going;
  test.material = going.slope > 0.0025 * level && going.slope * hours > 0.025 * level &&
                  (killed || going.slope > 3 * going.slope_error);
  if (test.material && keeps_pace(floors, going)) test.margin = test.evidence - test.wanted;
  test.passes = test.margin > 0;
  return test;
}

FloorRefs refs_to(const std::vector<Floor>& floors) {
  FloorRefs all;
  for (const Floor& floor : floors) all.push_back(&floor);
  return all;
}

// Lives were killed for their memory again and again.
bool killed_often(const Evidence& evidence) { return evidence.crowded_out() >= 2; }

// Lives to be fitted together.
struct LifePool {
  std::vector<std::size_t> lives;  // newest last
  std::vector<Floor> floors;
};

// The lives since the last deploy that are long enough; while the first one after a deploy is
// young, those before it. `across`: those before it in any case.
LifePool choose_lives(const Evidence& evidence, bool across) {
  LifePool pool;
  const std::vector<Life>& lives = evidence.lives;
  const std::vector<double>& hour = evidence.trace.hour;
  const auto age_of = [&](const Life& life) { return hour[life.end - 1] - hour[life.begin]; };
  const bool all_short = std::none_of(lives.begin(), lives.end(),
                                      [&](const Life& life) { return age_of(life) >= kLeastLife; });
  const double least = all_short && evidence.crowded_out() >= 3 ? kLeastKilled : kLeastLife;
  for (std::size_t i = lives.size(); i-- > 0;) {
    if (age_of(lives[i]) >= least && lives[i].size() >= kLeastPoints) pool.lives.push_back(i);
    if (lives[i].start == LifeStart::kDeploy && !pool.lives.empty() && !across) break;
    if (pool.lives.size() == kMostLives) break;
  }
  std::reverse(pool.lives.begin(), pool.lives.end());
  std::erase_if(pool.lives, [&](std::size_t i) {
    Floor floor = make_floor(evidence.trace, lives[i], evidence.jumps[i]);
    const bool bare = floor.points.size() < kLeastWindows;
    if (!bare) pool.floors.push_back(std::move(floor));
    return bare;
  });
  return pool;
}

// Has the newest life, younger than one before it, only come to where that one had been? The same
// code then only fills up again what it filled before.
bool refills(const std::vector<Floor>& floors) {
  const Floor& newest = floors.back();
  double top = 0;
  for (const FloorPoint& point : newest.points) top = std::max(top, point.level);
  for (std::size_t i = 0; i + 1 < floors.size(); ++i) {
    if (floors[i].age < newest.age) continue;
    if (top < 1.02 * floors[i].points.back().level) return true;
  }
  return false;
}

// The newest life alone: a change may have brought a leak, or taken one away.
void test_newest(Evidence& evidence, const CurveOptions& options) {
  const Floor& newest = evidence.floors.back();
  if (evidence.floors.size() < 2 || newest.points.size() < 8) return;
  const CurveFit alone = fit_curves({&newest}, options);
  const LeakTest test = test_leak({&newest}, alone, killed_often(evidence));
  double longest_before = 0;
  for (std::size_t i = 0; i + 1 < evidence.floors.size(); ++i) {
    longest_before = std::max(longest_before, evidence.floors[i].age);
  }
  if (refills(evidence.floors)) {
    if (!evidence.leak.passes) return;
  } else {
    evidence.leak.margin = std::max(evidence.leak.margin, test.margin);
  }
  if (!evidence.leak.passes && test.passes) {
    evidence.leak = test;
    evidence.fit = alone;
    evidence.floors.erase(evidence.floors.begin(), evidence.floors.end() - 1);
    evidence.pooled = {evidence.pooled.back()};
  } else if (evidence.leak.passes && newest.age >= longest_before && test.evidence < -2) {
    evidence.leak.passes = false;
    evidence.leak.margin = std::min(0.0, test.margin);
    evidence.leak.evidence = test.evidence;
  }
}

// Few deploys change what memory does, but one may, so lives before it are not pooled with those
// after it. Where these look like a leak, though not yet clearly, they may be heard nevertheless.
void test_across_deploys(Evidence& evidence, const CurveOptions& options) {
  if (evidence.leak.passes || evidence.leak.evidence < kLeaning) return;
  LifePool all = choose_lives(evidence, true);
  if (all.lives.size() <= evidence.pooled.size()) return;
  const FloorRefs floors = refs_to(all.floors);
  CurveFit fit = fit_curves(floors, options);
  const LeakTest test = test_leak(floors, fit, killed_often(evidence));
  evidence.leak.margin = std::max(evidence.leak.margin, test.margin);
  if (!test.passes) return;
  evidence.leak = test;
  evidence.fit = std::move(fit);
  evidence.floors = std::move(all.floors);
  evidence.pooled = std::move(all.lives);
}

// What larger and larger requests will still add to the newest life: no more than they did to an
// older one.
double records_of_newest(const std::vector<Floor>& floors) {
  const Floor& newest = floors.back();
  double most = records_to_come(newest, kRecordHours);
  for (std::size_t i = 0; i + 1 < floors.size(); ++i) {
    if (floors[i].age < newest.age) continue;
    const double more = floors[i].points.back().level - newest.points.back().level;
    most = std::min(most, std::max(0.0, more));
  }
  return most;
}

// Those that stand out one by one, and in a life without enough of them those that do together.
void find_all_kills(Evidence& evidence) {
  const std::vector<Kill> clear = find_kills(evidence.trace, evidence.lives);
  for (const Life& life : evidence.lives) {
    std::vector<Kill> here;
    std::copy_if(clear.begin(), clear.end(), std::back_inserter(here),
                 [&](const Kill& kill) { return life.begin < kill.at && kill.at < life.end; });
    if (here.size() < 3) {
      std::vector<Kill> many = kills_at_one_height(evidence.trace, life);
      if (many.size() > here.size()) here = std::move(many);
    }
    evidence.kills.insert(evidence.kills.end(), here.begin(), here.end());
  }
}

void fit_pool(Evidence& evidence) {
  const FloorRefs pool = refs_to(evidence.floors);
  const bool killed = killed_often(evidence);
  const CurveOptions options{.requests = !evidence.trace.work.empty(),
                             .wanted = evidence_wanted(pool, killed)};
  evidence.fit = fit_curves(pool, options);
  evidence.leak = test_leak(pool, evidence.fit, killed);
  test_newest(evidence, options);
  test_across_deploys(evidence, options);
}

// See Evidence::flat.
std::optional<double> flat_level(const Evidence& evidence) {
  const Floor& newest = evidence.floors.back();
  const double hours = std::max(kLeastFlat, newest.age / 2);
  if (evidence.young || newest.age < hours) return std::nullopt;
  std::vector<double> levels;
  for (const FloorPoint& point : newest.points) {
    if (point.age >= newest.age - hours) levels.push_back(point.level);
  }
  const std::size_t third = levels.size() / 3;
  if (third < 2) return std::nullopt;
  const double level = median(levels);
  const auto [least, most] = std::minmax_element(levels.begin(), levels.end());
  const std::vector<double> first(levels.begin(),
                                  levels.begin() + static_cast<std::ptrdiff_t>(third));
  const std::vector<double> last(levels.end() - static_cast<std::ptrdiff_t>(third), levels.end());
  const bool flat = *most - *least <= kFlatRange * level &&
                    std::fabs(median(last) - median(first)) <= kFlatTrend * level;
  if (!flat) return std::nullopt;
  const Life& life = evidence.lives[evidence.pooled.back()];
  const Trace& trace = evidence.trace;
  const double from = trace.hour[life.end - 1] - hours;
  std::vector<double> seen;
  for (std::size_t i = life.begin; i < life.end; ++i) {
    if (trace.hour[i] >= from) seen.push_back(trace.level[i]);
  }
  return std::max(level, quantile(std::move(seen), kUsuallyBelow));
}

}  // namespace

double Evidence::end_of(const Life& life) const {
  const std::size_t tenth = std::max<std::size_t>(3, life.size() / 10);
  const std::size_t begin = life.size() > tenth ? life.end - tenth : life.begin;
  return median(std::span(trace.level).subspan(begin, life.end - begin));
}

// How much the floor will still rise before it settles. A life too young to be fitted is where its
// points are.
double Evidence::still_to_come() const {
  if (young) return settled_level() - end_of(lives.back());
  if (flat) return 0;
  const FloorPoint& last = floors.back().points.back();
  const double now = fit.settling.origins.back() + fit.settling.growth(last.age, last.work);
  return fit.settled + records - now;
}

// Rising to a plateau that is known, or so clearly that only the plateau is not known yet.
bool Evidence::still_rising() const {
  const double least = kStillRising * settled_level();
  if (still_to_come() > least) return true;
  const double hours = std::min(floors.back().age, 12.0);
  return fit.evidence > kRising && fit.going.slope * hours > least;
}

// A process that has just begun sets a new record with every larger request, and the first ones
// set the most; later the same rise is one request's doing.
bool Evidence::is_bloat(const Life& life, const Jump& jump) const {
  const double age = trace.hour[jump.at] - trace.hour[life.begin];
  return jump.height > kBloatJump * (1 + std::exp(-age / 1.5)) * jump.before;
}

bool Evidence::bloated() const {
  for (std::size_t i = 0; i < lives.size(); ++i) {
    for (const Jump& jump : jumps[i]) {
      if (is_bloat(lives[i], jump)) return true;
    }
  }
  return false;
}

// Lives that were killed for their memory although it came slowly: one that a single request blew
// up says nothing about the number of workers.
std::size_t Evidence::crowded_out() const {
  std::size_t count = 0;
  for (std::size_t i = 1; i < lives.size(); ++i) {
    if (lives[i].start != LifeStart::kOutOfMemory) continue;
    const auto& before = jumps[i - 1];
    const bool blown_up = !before.empty() && before.back().end + 3 >= lives[i - 1].end &&
                          is_bloat(lives[i - 1], before.back());
    count += blown_up ? 0 : 1;
  }
  return count;
}

bool Evidence::over_quota() const {
  if (crowded_out() >= 2) return true;
  if (trace.quota <= 0) return false;
  // Jumps that stayed are what single requests took: it is not the number of workers.
  double kept = 0;
  for (const Jump& jump : jumps.back()) {
    if (jump.held && is_bloat(lives.back(), jump)) kept += jump.height;
  }
  return settled_level() - kept > trace.quota || kills.size() >= 3;
}

// What the ages of all workers say they come to; else what one worker holds by the time it is
// killed: more than a new one by what its end sets free, and the largest of them had the time to
// show it.
double Evidence::level_without_kills() const {
  if (kills.size() < 3 || trace.workers.empty()) return 0;
  const auto kills_in = [&](const Life& life) {
    return std::count_if(kills.begin(), kills.end(), [&](const Kill& kill) {
      return life.begin < kill.at && kill.at < life.end;
    });
  };
  const auto most = std::max_element(lives.begin(), lives.end(), [&](const Life& a, const Life& b) {
    return kills_in(a) < kills_in(b);
  });
  if (const auto level = settled_without_kills(trace, *most)) return *level;
  double boot = std::numeric_limits<double>::infinity();
  for (const Life& life : lives) {
    boot = std::min(boot, trace.level[life.begin]);
  }
  std::vector<double> drops;
  for (const Kill& kill : kills) drops.push_back(kill.drop);
  return quantile(std::move(drops), 0.8) * trace.workers.back() + boot;
}

Evidence gather_evidence(const MemorySeries& series, const TraceOptions& options) {
  Evidence evidence;
  evidence.trace = make_trace(series, options);
  evidence.lives = find_lives(evidence.trace, series.events, !options.restarts_known);
  for (const Life& life : evidence.lives) {
    evidence.jumps.push_back(find_jumps(evidence.trace, life));
    // Live heap is only seen at collections: a rise between two of them is no single request's.
    if (series.kind == MemoryKind::kHeapAfterGc) {
      std::erase_if(evidence.jumps.back(), [](const Jump& jump) { return jump.held; });
    }
  }
  find_all_kills(evidence);
  LifePool pool = choose_lives(evidence, false);
  evidence.pooled = std::move(pool.lives);
  evidence.floors = std::move(pool.floors);
  if (!evidence.pooled.empty()) {
    evidence.young = evidence.pooled.back() + 1 != evidence.lives.size();
    fit_pool(evidence);
    evidence.records = records_of_newest(evidence.floors);
    evidence.flat = flat_level(evidence);
  }
  return evidence;
}

}  // namespace tidemark
