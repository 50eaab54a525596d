#include "simulate/rare_events.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "simulate/chance_of_groups.h"
#include "simulate/high_water_law.h"
#include "simulate/request_deck.h"
#include "simulate/server_law.h"

namespace tidemark {
namespace {

constexpr int kOctaves = 45;  // of the tail of a peak, each half as likely as the one before
constexpr int kInOctave = 48;
constexpr int kTimes = 256;
constexpr double kNever = std::numeric_limits<double>::infinity();

std::size_t pick(const std::vector<double>& cumulative, double part) {
  const auto found =
      std::upper_bound(cumulative.begin(), cumulative.end(), part * cumulative.back());
  return std::min<std::size_t>(found - cumulative.begin(), cumulative.size() - 1);
}

// Requests that a busy thread may be in the middle of.
struct Candidate {
  double peak = 0;
  double weight = 0;   // of their durations, over the peak
  double seconds = 0;  // 0: one of the endpoint's durations
  std::size_t endpoint = 0;
};

struct Busy {
  double slope = 0;  // bytes a second
  double start = 0;  // when it held nothing; below 0
  double end = kNever;
  bool first = false;  // was there at the crossing
};

class Crossings {
 public:
  Crossings(const ServerModel& model, double level, const RareOptions& options);

  // Draws a crossing and says whether another one follows in its clump.
  bool last_of_clump(Random& random);

 private:
  void add_candidates();
  void add_endpoint(std::size_t number);
  void draw_state(Random& random);
  void add_busy(double held, Random& random);
  void begin_next(std::size_t thread, double now, Random& random);
  double residual_pause(Random& random) const;
  bool goes_on(double now) const;

  const ServerModel& model_;
  double level_;
  LevelGrid grid_;
  Occupancy busy_;
  RequestDeck deck_;
  std::vector<double> busy_weights_;               // cumulative, by number busy
  std::vector<std::vector<double>> sums_;          // cumulative, what the others hold
  std::vector<Candidate> candidates_;              // by peak, the highest first
  std::vector<double> candidate_weights_;          // cumulative
  std::vector<std::vector<double>> times_;         // of each endpoint
  std::vector<std::vector<double>> time_weights_;  // cumulative, by their length
  std::vector<Busy> threads_;
  std::vector<double> starts_;  // when an idle thread begins its next request
  std::size_t queued_ = 0;
};

Crossings::Crossings(const ServerModel& model, double level, const RareOptions& options)
    : model_(model),
      level_(level),
      grid_(model.mix, level, options.points),
      busy_(server_occupancy(model)),
      deck_(model.mix) {
  const std::size_t last = grid_.points() - 1;
  double sum = 0;
  for (std::size_t n = 0; n < busy_.size(); ++n) {
    if (n > 0 && busy_[n] > 0) {
      sum += busy_[n] * static_cast<double>(n) * grid_.crossing(n - 1)[last];
    }
    busy_weights_.push_back(sum);
  }
  sums_.resize(busy_.size());
  add_candidates();
}

void Crossings::add_endpoint(std::size_t number) {
  const Endpoint& endpoint = model_.mix.endpoints[number];
  const double share = endpoint.weight * endpoint.seconds.mean();
  double tail = 1;
  for (int octave = 0; octave < kOctaves; ++octave, tail /= 2) {
    for (int i = 0; i < kInOctave; ++i) {
      const double beyond = tail * (1 - (i + 0.5) / (2 * kInOctave));
      const double peak = endpoint.peak.at(1 - beyond);
      if (peak <= 0) continue;
      candidates_.push_back({peak, share * tail / (2 * kInOctave) / peak, 0, number});
    }
  }
  std::vector<double> weights;
  double sum = 0;
  for (int i = 0; i < kTimes; ++i) {
    times_[number].push_back(endpoint.seconds.at((i + 0.5) / kTimes));
    weights.push_back(sum += times_[number].back());
  }
  time_weights_[number] = std::move(weights);
}

void Crossings::add_candidates() {
  times_.resize(model_.mix.endpoints.size());
  time_weights_.resize(model_.mix.endpoints.size());
  for (const RequestSize& request : model_.mix.requests) {
    if (request.bytes <= 0 || request.seconds <= 0) continue;
    candidates_.push_back({request.bytes, request.seconds / request.bytes, request.seconds, 0});
  }
  if (model_.mix.requests.empty()) {
    for (std::size_t i = 0; i < times_.size(); ++i) add_endpoint(i);
  }
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) { return a.peak > b.peak; });
  double sum = 0;
  for (const Candidate& candidate : candidates_) {
    candidate_weights_.push_back(sum += candidate.weight);
  }
}

// A thread that holds so much: its request has a peak above, and is as far as that.
void Crossings::add_busy(double held, Random& random) {
  const auto lower =
      std::partition_point(candidates_.begin(), candidates_.end(),
                           [&](const Candidate& candidate) { return candidate.peak > held; });
  const std::size_t above = std::max<std::size_t>(lower - candidates_.begin(), 1);
  const double part = random.uniform() * candidate_weights_[above - 1];
  const auto found = std::upper_bound(candidate_weights_.begin(),
                                      candidate_weights_.begin() + static_cast<long>(above), part);
  const Candidate& chosen =
      candidates_[std::min<std::size_t>(found - candidate_weights_.begin(), above - 1)];
  double seconds = chosen.seconds;
  if (seconds <= 0) {
    const std::size_t e = chosen.endpoint;
    seconds = std::max(times_[e][pick(time_weights_[e], random.uniform())], 1e-6);
  }
  const double done = std::min(held / chosen.peak, 1.0);
  threads_.push_back({chosen.peak / seconds, -done * seconds, (1 - done) * seconds, true});
}

double Crossings::residual_pause(Random& random) const {
  // What is left of a pause at a random instant: longer pauses are met more often.
  double longest = 0;
  for (const Distribution& pause : model_.pauses) longest += pause.at(1 - 1e-9);
  for (;;) {
    double pause = 0;
    for (const Distribution& one : model_.pauses) pause += one.at(random.uniform());
    if (random.uniform() * longest <= pause) return pause * random.uniform();
  }
}

void Crossings::draw_state(Random& random) {
  threads_.clear();
  starts_.clear();
  queued_ = 0;
  const std::size_t n = pick(busy_weights_, random.uniform());
  const std::size_t last = grid_.points() - 1;
  std::vector<double>& sums = sums_[n];
  if (sums.empty()) {
    const std::vector<double>& held = grid_.held(n - 1);
    double sum = 0;
    for (std::size_t i = 0; i <= last; ++i) {
      sums.push_back(sum += held[i] * grid_.peak_above()[last - i]);
    }
  }
  std::size_t left = pick(sums, random.uniform());
  std::vector<double> parts;
  for (std::size_t others = n - 1; others >= 2; --others) {
    const std::vector<double>& one = grid_.held(1);
    const std::vector<double>& rest = grid_.held(others - 1);
    parts.clear();
    double sum = 0;
    for (std::size_t i = 0; i <= left; ++i) parts.push_back(sum += one[i] * rest[left - i]);
    const std::size_t held = pick(parts, random.uniform());
    add_busy(std::max(0.0, (static_cast<double>(held) + random.uniform() - 0.5) * grid_.step()),
             random);
    left -= held;
  }
  if (n >= 2) add_busy(static_cast<double>(left) * grid_.step(), random);
  const std::size_t slots = model_.slots();
  if (model_.arrivals == Arrivals::kPoisson) {
    const double load = model_.busy_part();
    while (n == slots && load < 1 && random.uniform() < load) ++queued_;
    return;
  }
  for (std::size_t idle = n; idle < slots; ++idle) starts_.push_back(residual_pause(random));
  double pause = 0;
  for (const Distribution& one : model_.pauses) pause += one.at(random.uniform());
  starts_.push_back(pause);
}

bool Crossings::goes_on(double now) const {
  return std::any_of(threads_.begin(), threads_.end(),
                     [&](const Busy& busy) { return busy.first && busy.end > now; });
}

void Crossings::begin_next(std::size_t thread, double now, Random& random) {
  const Request request = deck_.draw(random);
  const double seconds = request.micros * 1e-6;
  const double bytes = static_cast<double>(request.slope) * request.micros / (1 << kSlopeBits);
  threads_[thread] = {bytes / seconds, now, now + seconds, false};
}

bool Crossings::last_of_clump(Random& random) {
  draw_state(random);
  const bool queue = model_.arrivals == Arrivals::kPoisson;
  double now = 0;
  double arrival = queue ? -std::log(random.uniform()) / model_.rate : kNever;
  if (queue && queued_ > 0) {
    --queued_;
    threads_.emplace_back();
    begin_next(threads_.size() - 1, 0, random);
  }
  while (goes_on(now)) {
    const auto ending =
        std::min_element(threads_.begin(), threads_.end(),
                         [](const Busy& a, const Busy& b) { return a.end < b.end; });
    const auto starting = std::min_element(starts_.begin(), starts_.end());
    const double start = starting == starts_.end() ? kNever : *starting;
    if (start <= ending->end && !queue) {
      starts_.erase(starting);
      threads_.emplace_back();
      begin_next(threads_.size() - 1, start, random);
      now = start;
      continue;
    }
    if (arrival <= ending->end) {
      if (threads_.size() < model_.slots()) {
        threads_.emplace_back();
        begin_next(threads_.size() - 1, arrival, random);
      } else {
        ++queued_;
      }
      now = arrival;
      arrival -= std::log(random.uniform()) / model_.rate;
      continue;
    }
    now = ending->end;
    double total = 0;
    for (const Busy& busy : threads_) total += busy.slope * (now - busy.start);
    if (total > level_) return false;
    *ending = threads_.back();
    threads_.pop_back();
    if (queue && queued_ > 0) {
      --queued_;
      threads_.emplace_back();
      begin_next(threads_.size() - 1, now, random);
    } else if (!queue) {
      double pause = 0;
      for (const Distribution& one : model_.pauses) pause += one.at(random.uniform());
      starts_.push_back(now + pause);
    }
  }
  return true;
}

}  // namespace

LastPart last_part(const ServerModel& model, double level, const RareOptions& options,
                   Monitor& monitor) {
  // Each of a crossing's steps costs as much as there are threads, and it has as many.
  const double scale = std::min(1.0, 64.0 / static_cast<double>(model.slots()));
  const auto crossings = static_cast<std::size_t>(
      std::max(200.0, static_cast<double>(options.crossings) * scale * scale));
  Crossings drawn(model, level, options);
  std::size_t last = 0;
  std::size_t count = 0;
  Random random(options.seed, 0x7E11);
  for (; count < crossings && !monitor.cancelled(); ++count) {
    last += drawn.last_of_clump(random) ? 1 : 0;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(count, 1));
  const double part = (static_cast<double>(last) + 0.5) / (n + 1);
  return {part, std::sqrt(part * (1 - part) / n)};
}

RareChance rare_chance(const ServerModel& model, double level, double seconds,
                       const RareOptions& options, Monitor& monitor) {
  RareChance out;
  const ServerLaw law(model, {.points = options.points});
  const double room = level - law.fixed();
  if (room <= 0) return {.chance = 1, .low = 1, .high = 1, .bound = 1};
  const bool stays = model.leak > 0 || model.cache.bytes > 0;
  const bool recycles = model.recycle_requests > 0 || model.recycle_seconds > 0;
  if (!law.one_group() || stays || recycles) {
    return chance_of_groups(model, law, level, seconds, options, monitor);
  }
  const double rate = law.crossing_rate(level);
  out.bound = law.above(level, 0) + rate * seconds;
  if (out.bound <= 0) return out;
  const LastPart last = last_part(model, room, options, monitor);
  out.last_part = last.part;
  out.clump_error = last.error;
  const auto chance = [&](double part) {
    return std::min(1.0, -std::expm1(-rate * seconds * part) + law.above(level, 0));
  };
  const double error = rate_error(model);
  out.chance = chance(out.last_part);
  out.low = chance(std::max(0.0, out.last_part - 2 * out.clump_error) * (1 - error));
  out.high = std::min(chance(std::min(1.0, out.last_part + 2 * out.clump_error) * (1 + error)),
                      std::max(out.bound * (1 + error), out.chance));
  return out;
}

}  // namespace tidemark
