#include "verdict/verdict.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "verdict/curves.h"
#include "verdict/floor.h"
#include "verdict/jumps.h"
#include "verdict/statistics.h"

namespace tidemark {
namespace {

constexpr double kLeastHours = 0.5;      // of observation
constexpr double kLeastLife = 0.75;      // hours: below that a life says nothing about a trend
constexpr std::size_t kMostLives = 8;    // pooled
constexpr double kShared = 0.15;         // of a worker: what forked workers share, unless measured
constexpr double kBloatJump = 0.15;      // of the level before
constexpr double kStillRising = 0.06;    // of the level: what is still to come makes it warming

// A leak that matters and is not an echo of a warm-up.
struct LeakTest {
  bool passes = false;
  double evidence = 0;
  double wanted = 0;
};

// Warm-ups are common and every one looks like a leak at first, so the first hours ask for more.
double evidence_wanted(double hours) { return 2 + 12 * std::exp(-hours / 4); }

class Judge {
 public:
  Judge(const MemorySeries& series, const TraceOptions& options)
      : trace_(make_trace(series, options)), events_(series.events) {}

  Verdict run();

 private:
  void find_structure();
  void choose_lives();
  void fit();
  [[nodiscard]] LeakTest test_leak(const std::vector<const Floor*>& floors,
                                   const CurveFit& fit) const;
  [[nodiscard]] bool keeps_pace(const std::vector<const Floor*>& floors,
                                const CurveModel& going) const;
  [[nodiscard]] double total_hours(const std::vector<const Floor*>& floors) const;
  void decide();
  void decide_confidence();
  void describe();
  void describe_growth();
  void describe_plateau();
  [[nodiscard]] double level_of_killed() const;
  void describe_workers();
  void describe_drawing();
  [[nodiscard]] double settled_level() const;
  [[nodiscard]] double settled_of(const Life& life) const;
  [[nodiscard]] double still_to_come() const;
  [[nodiscard]] bool still_rising() const;
  [[nodiscard]] bool is_bloat(const Life& life, const Jump& jump) const;
  [[nodiscard]] bool bloated() const;
  [[nodiscard]] std::size_t crowded_out() const;
  [[nodiscard]] bool over_quota() const;

  Trace trace_;
  const std::vector<SeriesEvent>& events_;
  std::vector<Life> lives_;
  std::vector<std::vector<Jump>> jumps_;  // of each life
  std::vector<Floor> floors_;             // of each pooled life
  std::vector<std::size_t> pooled_;       // which life each is of
  std::vector<const Floor*> pool_;
  std::vector<Kill> kills_;
  CurveFit fit_;
  LeakTest leak_;
  bool young_ = false;  // the current life is not part of the pool
  Verdict verdict_;
};

void Judge::find_structure() {
  lives_ = find_lives(trace_, events_);
  for (const Life& life : lives_) jumps_.push_back(find_jumps(trace_, life));
  kills_ = find_kills(trace_, lives_);
}

// The lives since the last deploy that are long enough, newest last; before the deploy's first
// long life those before it.
void Judge::choose_lives() {
  std::vector<std::size_t> chosen;
  for (std::size_t i = lives_.size(); i-- > 0;) {
    const double age = trace_.hour[lives_[i].end - 1] - trace_.hour[lives_[i].begin];
    if (age >= kLeastLife && lives_[i].size() >= 10) chosen.push_back(i);
    if (lives_[i].start == LifeStart::kDeploy && !chosen.empty()) break;
    if (chosen.size() == kMostLives) break;
  }
  std::reverse(chosen.begin(), chosen.end());
  pooled_ = std::move(chosen);
  for (const std::size_t i : pooled_) floors_.push_back(make_floor(trace_, lives_[i], jumps_[i]));
  young_ = !pooled_.empty() && pooled_.back() + 1 != lives_.size();
}

double Judge::total_hours(const std::vector<const Floor*>& floors) const {
  double hours = 0;
  for (const Floor* floor : floors) hours += floor->age;
  return hours;
}

// Does the last third of the longest life still rise at half the fitted pace?
bool Judge::keeps_pace(const std::vector<const Floor*>& floors, const CurveModel& going) const {
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

LeakTest Judge::test_leak(const std::vector<const Floor*>& floors, const CurveFit& fit) const {
  LeakTest test;
  const double hours = total_hours(floors);
  test.evidence = fit.evidence;
  test.wanted = evidence_wanted(hours);
  if (fit.going.terms.empty()) return test;
  double longest = 0;
  double level = 0;
  for (const Floor* floor : floors) {
    longest = std::max(longest, floor->age);
    for (const FloorPoint& point : floor->points) level = std::max(level, point.level);
  }
  const CurveModel& going = fit.going;
  const bool material = going.slope > 0.0025 * level && going.slope * hours > 0.025 * level &&
                        going.slope > 3 * going.slope_error;
  test.passes = test.evidence > test.wanted && material && keeps_pace(floors, going);
  return test;
}

void Judge::fit() {
  for (const Floor& floor : floors_) pool_.push_back(&floor);
  const CurveOptions options{.requests = !trace_.work.empty(),
                             .wanted = evidence_wanted(total_hours(pool_))};
  fit_ = fit_curves(pool_, options);
  leak_ = test_leak(pool_, fit_);
  if (pool_.size() < 2) return;
  // The newest life alone: a change may have brought a leak, or taken it away.
  const std::vector<const Floor*> newest = {pool_.back()};
  if (newest[0]->points.size() < 8) return;
  const CurveFit alone = fit_curves(newest, options);
  const LeakTest test = test_leak(newest, alone);
  double longest_before = 0;
  for (std::size_t i = 0; i + 1 < pool_.size(); ++i) {
    longest_before = std::max(longest_before, pool_[i]->age);
  }
  if (!leak_.passes && test.passes) {
    leak_ = test;
    fit_ = alone;
    pool_ = newest;
    pooled_ = {pooled_.back()};
  } else if (leak_.passes && newest[0]->age >= longest_before && test.evidence < -2) {
    leak_.passes = false;
    leak_.evidence = test.evidence;
  }
}

double Judge::settled_of(const Life& life) const {
  const std::size_t tenth = std::max<std::size_t>(3, life.size() / 10);
  const std::size_t begin = life.size() > tenth ? life.end - tenth : life.begin;
  return median(std::span(trace_.level).subspan(begin, life.end - begin));
}

double Judge::settled_level() const {
  const Floor& last = *pool_.back();
  return fit_.settled + last.height;
}

// How much the floor will still rise before it settles. A life too young to be fitted is where its
// points are.
double Judge::still_to_come() const {
  if (young_) return settled_level() - settled_of(lives_.back());
  const FloorPoint& last = pool_.back()->points.back();
  const double now = fit_.settling.origins.back() + fit_.settling.growth(last.age, last.work);
  return fit_.settled - now;
}

// Rising to a plateau that is known, or so clearly that only the plateau is not known yet.
bool Judge::still_rising() const {
  const double least = kStillRising * settled_level();
  if (still_to_come() > least) return true;
  const double hours = std::min(pool_.back()->age, 12.0);
  return fit_.evidence > 0 && fit_.going.slope * hours > least;
}

// A process that has just begun sets a new record with every larger request, and the first ones
// set the most; later the same rise is one request's doing.
bool Judge::is_bloat(const Life& life, const Jump& jump) const {
  const double age = trace_.hour[jump.at] - trace_.hour[life.begin];
  return jump.height > kBloatJump * (1 + std::exp(-age / 1.5)) * jump.before;
}

bool Judge::bloated() const {
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    for (const Jump& jump : jumps_[i]) {
      if (is_bloat(lives_[i], jump)) return true;
    }
  }
  return false;
}

// Lives that were killed for their memory although it came slowly: one that a single request blew
// up says nothing about the number of workers.
std::size_t Judge::crowded_out() const {
  std::size_t count = 0;
  for (std::size_t i = 1; i < lives_.size(); ++i) {
    if (lives_[i].start != LifeStart::kOutOfMemory) continue;
    const auto& jumps = jumps_[i - 1];
    const bool blown_up = !jumps.empty() && jumps.back().end + 3 >= lives_[i - 1].end &&
                          is_bloat(lives_[i - 1], jumps.back());
    count += blown_up ? 0 : 1;
  }
  return count;
}

bool Judge::over_quota() const {
  if (crowded_out() >= 2) return true;
  if (trace_.quota <= 0) return false;
  return settled_level() > trace_.quota || kills_.size() >= 3;
}

void Judge::decide() {
  if (leak_.passes) {
    verdict_.kind = VerdictKind::kLeak;
  } else if (over_quota()) {
    verdict_.kind = VerdictKind::kOvercommitted;
  } else if (bloated()) {
    verdict_.kind = VerdictKind::kBloat;
  } else if (still_rising()) {
    verdict_.kind = VerdictKind::kWarming;
  } else {
    verdict_.kind = VerdictKind::kSteady;
  }
}

void Judge::decide_confidence() {
  verdict_.leak_probability = leak_.passes
                                  ? logistic(leak_.evidence - leak_.wanted + 2)
                                  : std::min(0.5, logistic(leak_.evidence - leak_.wanted));
  verdict_.confidence = leak_.passes ? verdict_.leak_probability : 1 - verdict_.leak_probability;
}

void Judge::describe_growth() {
  const double scale = trace_.scale;
  const CurveModel& going = fit_.going;
  const double slope = going.slope * scale;
  const double error = 2 * going.slope_error * scale;
  verdict_.growth = {slope, std::max(0.0, slope - error), slope + error};
  verdict_.least_leak = fit_.least_slope * scale;
  if (trace_.requests_per_hour > 0) {
    const double per = 1000 / trace_.requests_per_hour;
    verdict_.growth_per_1000_requests = Estimate{slope * per, verdict_.growth.low * per,
                                                 verdict_.growth.high * per};
  }
  if (leak_.passes && verdict_.quota > verdict_.now && slope > 0) {
    verdict_.hours_to_quota = (verdict_.quota - verdict_.now) / slope;
  }
}

void Judge::describe_plateau() {
  const double settled = settled_level() * trace_.scale;
  const double height = pool_.back()->height;
  const double error = 0.02 * settled;  // no curve is exactly right
  verdict_.plateau = {settled, (fit_.settled_low + height) * trace_.scale - error,
                      (fit_.settled_high + height) * trace_.scale + error};
}

// What one worker holds by the time it is killed: more than a new one by what its end sets free.
// The largest of them had the time to show it. 0 when there were no kills to learn from.
double Judge::level_of_killed() const {
  if (kills_.size() < 3) return 0;
  double boot = std::numeric_limits<double>::infinity();
  for (const Life& life : lives_) {
    // Only of a life whose beginning was seen.
    if (life.start != LifeStart::kFirstSample || &life == &lives_.front()) {
      boot = std::min(boot, trace_.level[life.begin]);
    }
  }
  std::vector<double> drops;
  for (const Kill& kill : kills_) drops.push_back(kill.drop);
  return quantile(std::move(drops), 0.8) + boot / trace_.workers.back();
}

// How many workers fit, when the number of those that run is known.
void Judge::describe_workers() {
  if (trace_.workers.empty() || trace_.workers.back() == 0) return;
  const auto workers = static_cast<double>(trace_.workers.back());
  verdict_.workers = trace_.workers.back();
  // Where a killer keeps the total down, the total says nothing of what a worker wants.
  const double least = level_of_killed() * trace_.scale * workers;
  if (least > verdict_.plateau.value) {
    verdict_.plateau = {least, std::max(verdict_.plateau.low, 0.9 * least),
                        std::max(verdict_.plateau.high, 1.2 * least)};
  }
  verdict_.shared = kShared * verdict_.plateau.value / workers;
  verdict_.per_worker = (verdict_.plateau.value - verdict_.shared) / workers;
  verdict_.at_least = kills_.size() >= 3 || crowded_out() >= 2;
  if (verdict_.quota <= 0 || verdict_.per_worker <= 0) return;
  const double room = 0.95 * verdict_.quota - verdict_.shared;
  double fit = std::max(0.0, std::floor(room / verdict_.per_worker));
  // Where the present number was over the quota, it does not fit, whatever a cut-off plateau says.
  if (verdict_.kind == VerdictKind::kOvercommitted) fit = std::min(fit, workers - 1);
  verdict_.workers_fit = static_cast<std::size_t>(fit);
}

void Judge::describe() {
  const Life& last = lives_.back();
  verdict_.now = settled_of(last) * trace_.scale;
  verdict_.kills = kills_.size();
  for (std::size_t i = 0; i < lives_.size(); ++i) {
    const Life& life = lives_[i];
    verdict_.out_of_memory += life.start == LifeStart::kOutOfMemory ? 1 : 0;
    verdict_.lives.push_back(
        {.begin = trace_.time_of(trace_.hour[life.begin]),
         .end = trace_.time_of(trace_.hour[life.end - 1]),
         .start = life.start,
         .pooled = std::find(pooled_.begin(), pooled_.end(), i) != pooled_.end(),
         .settled = settled_of(life) * trace_.scale});
    for (const Jump& jump : jumps_[i]) {
      verdict_.jumps.push_back({.time = trace_.time_of(trace_.hour[jump.at]),
                                .end = trace_.time_of(trace_.hour[std::min(jump.end, life.end - 1)]),
                                .bytes = jump.height * trace_.scale,
                                .stayed = jump.held});
    }
  }
  verdict_.lives_pooled = pool_.size();
}

Verdict Judge::run() {
  verdict_.samples = trace_.samples;
  verdict_.quota = trace_.quota * trace_.scale;
  if (trace_.size() == 0) return verdict_;
  verdict_.hours = trace_.hour.back() - trace_.hour.front();
  find_structure();
  choose_lives();
  describe();
  if (verdict_.hours < kLeastHours || pooled_.empty()) return verdict_;
  fit();
  verdict_.lives_pooled = pool_.size();
  verdict_.leak_evidence = leak_.evidence;
  verdict_.leak_wanted = leak_.wanted;
  verdict_.ending_model = fit_.ending.description();
  verdict_.going_model = fit_.going.description();
  decide();
  decide_confidence();
  describe_growth();
  describe_plateau();
  describe_workers();
  return verdict_;
}

}  // namespace

std::string_view verdict_name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kSteady:
      return "steady";
    case VerdictKind::kWarming:
      return "warming up";
    case VerdictKind::kLeak:
      return "leak";
    case VerdictKind::kOvercommitted:
      return "over-committed";
    case VerdictKind::kBloat:
      return "bloat";
    case VerdictKind::kInsufficient:
      return "not enough data";
  }
  return {};
}

std::string_view verdict_id(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kWarming:
      return "warming";
    case VerdictKind::kOvercommitted:
      return "overcommitted";
    case VerdictKind::kInsufficient:
      return "insufficient";
    default:
      return verdict_name(kind);
  }
}

Verdict judge(const MemorySeries& series, const TraceOptions& options) {
  return Judge(series, options).run();
}

}  // namespace tidemark
