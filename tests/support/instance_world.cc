#include "support/instance_world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "support/dice.h"

namespace tidemark {
namespace {

constexpr double kMegabyte = 1e6;
constexpr double kBegin = 1.75e9;
constexpr double kTick = 60;  // seconds of the simulation between two looks at its state

// The constants of one instance. Sizes in MB, times in hours.
struct Plan {
  double hours = 48;
  double step = 60;  // seconds between samples
  int workers = 2;
  double shared = 0;
  double boot = 200;
  WarmShape warm_shape = WarmShape::kExponential;
  double warm = 100;
  double tau = 1;
  bool warm_by_hours = false;
  double fragmentation = 0;
  double heap_step = 0;  // the heap grows in steps of this
  double cache = 0;
  bool skewed_cache = false;
  double cache_hours = 0;     // of mean traffic, until it is full
  double ratchet_median = 0;  // memory of one request
  double ratchet_spread = 0;
  double leak_per_hour = 0;  // each worker
  double leak_per_work = 0;
  double onset = 0;
  double garbage = 0;  // share of the live heap at which the collector runs
  double noise = 0.003;
  double share_of_traffic = 0;
  double amplitude = 0.3;
  double rpm = 300;
  double quota = 1e9;
  bool kill_at_quota = false;  // else at twice the quota
  bool worker_killer = false;
  bool autoscale = false;
  bool scale_workers = false;
  std::vector<double> restarts;
  std::vector<bool> deploys;
  bool announced = false;     // all restarts; else three in four
  std::vector<double> jumps;  // when single requests take much
  double jump_size = 0;       // of the instance
  double jump_hours = 1e9;    // how long they keep it
};

struct Worker {
  double age = 0;
  double work = 0;  // hours of mean traffic
  double leaked = 0;
  double high_water = 0;
  double kept = 0;
  double garbage = 0;
  double drift = 0;
  double trigger = 1;
};

// What a worker holds for good, without its leak.
double worker_level(const Plan& plan, const Worker& worker) {
  const double clock = plan.warm_by_hours ? worker.age : worker.work;
  double grown = plan.warm * warm_part(plan.warm_shape, clock / plan.tau);
  grown += plan.fragmentation * std::log1p(worker.work);
  if (plan.cache > 0) {
    grown += plan.cache * cache_part(plan.skewed_cache, worker.work / plan.cache_hours);
  }
  if (plan.heap_step > 0) grown = std::ceil(grown / plan.heap_step) * plan.heap_step;
  return plan.boot * std::min(1.0, 0.6 + 12 * worker.age) + grown + worker.high_water;
}

// The inverse of the normal distribution (rational approximation, good to 5e-4).
double normal_quantile(double p) {
  if (p < 0.5) return -normal_quantile(1 - p);
  const double t = std::sqrt(-2 * std::log(std::max(1 - p, 1e-12)));
  return t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t);
}

class Instance {
 public:
  Instance(Plan plan, std::uint64_t seed) : plan_(std::move(plan)), dice_(seed * 31 + 5) {}
  InstanceSeries run();

 private:
  void tick(double hour, double rate);
  void serve(Worker& worker, double hour, double rate, double hours);
  void restart(double hour, EventKind kind, bool announced);
  void kill_worker();
  void sample(double hour, double rate, double total);
  void tell_truth(double hour);
  double settled();
  [[nodiscard]] double total(double rate) const;
  [[nodiscard]] double level_now() const;

  Plan plan_;
  Dice dice_;
  InstanceSeries out_;
  std::vector<Worker> crew_;
  double served_ = 0;  // requests since the last sample
  double share_ = 1;
  double silent_until_ = -1;  // no samples until then
  double settled_ = 0;
  std::size_t next_restart_ = 0;
  std::size_t next_jump_ = 0;
  double forget_at_ = 1e18;
  bool jumped_ = false;
  double slow_noise_ = 0;
};

double Instance::total(double rate) const {
  double sum = plan_.shared;
  for (const Worker& worker : crew_) {
    const double live = worker_level(plan_, worker) + worker.leaked + worker.kept;
    sum += (live + worker.garbage) * (1 + plan_.noise * worker.drift);
    sum += plan_.share_of_traffic * live * (rate - 1);
  }
  return sum;
}

// What the whole crew would hold if all its workers were as those that run.
double Instance::level_now() const {
  double sum = 0;
  for (const Worker& worker : crew_) {
    sum += worker_level(plan_, worker) * (1 + 0.5 * plan_.garbage);
  }
  return plan_.shared + sum * plan_.workers / static_cast<double>(crew_.size());
}

// The level of a full crew that has run for two more days, without leak and jumps.
double Instance::settled() {
  const Dice saved = dice_;
  double sum = plan_.shared;
  const double run = std::max({48.0, 5 * plan_.tau, 1.2 * plan_.cache_hours});
  for (int i = 0; i < plan_.workers; ++i) {
    Worker worker;
    for (double t = 0; t < run; t += 1) serve(worker, t, 1, 1);
    sum += worker_level(plan_, worker) * (1 + 0.5 * plan_.garbage);
  }
  dice_ = saved;
  return sum;
}

void Instance::serve(Worker& worker, double hour, double rate, double hours) {
  worker.age += hours;
  worker.work += hours * rate;
  if (hour >= plan_.onset) {
    worker.leaked += hours * (plan_.leak_per_hour + plan_.leak_per_work * rate);
  }
  if (plan_.ratchet_median > 0) {
    const double requests = std::max(1.0, plan_.rpm * 60 * hours * rate / plan_.workers);
    const double top = std::pow(dice_.uniform(0, 1), 1 / requests);
    const double largest =
        plan_.ratchet_median * std::exp(plan_.ratchet_spread * normal_quantile(top));
    worker.high_water = std::max(worker.high_water, largest);
  }
  if (plan_.garbage > 0) {
    const double live = worker_level(plan_, worker) + worker.leaked;
    worker.garbage += live * hours * rate * 6;
    if (worker.garbage > plan_.garbage * live * worker.trigger) {
      worker.garbage = dice_.uniform(0, 0.15) * plan_.garbage * live;
      worker.trigger = dice_.uniform(0.7, 1.3);
    }
  }
  worker.drift = 0.96 * worker.drift + 0.28 * dice_.normal();
}

void Instance::restart(double hour, EventKind kind, bool announced) {
  for (Worker& worker : crew_) worker = {};
  if (announced) {
    out_.series.events.push_back({.time = kBegin + hour * 3600, .kind = kind, .detail = {}});
  }
  silent_until_ = hour + dice_.number(1, 3) * plan_.step / 3600;
  forget_at_ = 1e18;
}

void Instance::kill_worker() {
  const auto most = [&](const Worker& a, const Worker& b) {
    return worker_level(plan_, a) + a.leaked < worker_level(plan_, b) + b.leaked;
  };
  *std::max_element(crew_.begin(), crew_.end(), most) = {};
}

void Instance::tick(double hour, double rate) {
  if (plan_.scale_workers) {
    const double wish = plan_.workers * std::clamp(0.2 + 0.75 * rate, 0.3, 1.0);
    const auto want = static_cast<std::size_t>(std::max(1.0, std::round(wish)));
    if (dice_.chance(0.02) && want != crew_.size()) {
      if (want > crew_.size()) {
        crew_.emplace_back();
      } else {
        crew_.pop_back();
      }
    }
  }
  const double each = rate * plan_.workers / static_cast<double>(crew_.size());
  for (Worker& worker : crew_) serve(worker, hour, each * dice_.uniform(0.9, 1.1), kTick / 3600);
  served_ += plan_.rpm * rate * kTick / 60;
  if (next_jump_ < plan_.jumps.size() && hour >= plan_.jumps[next_jump_]) {
    ++next_jump_;
    const auto who = static_cast<std::size_t>(dice_.number(0, static_cast<int>(crew_.size()) - 1));
    crew_[who].kept += plan_.jump_size * settled_ * dice_.uniform(0.8, 1.3);
    jumped_ = true;
    forget_at_ = hour + plan_.jump_hours * dice_.uniform(0.6, 1.5);
  }
  if (hour >= forget_at_) {
    for (Worker& worker : crew_) worker.kept = 0;
    forget_at_ = 1e18;
  }
  if (next_restart_ < plan_.restarts.size() && hour >= plan_.restarts[next_restart_]) {
    restart(hour, plan_.deploys[next_restart_] ? EventKind::kDeploy : EventKind::kRestart,
            plan_.announced || dice_.chance(0.75));
    ++next_restart_;
  }
}

void Instance::sample(double hour, double rate, double total) {
  if (hour < silent_until_) return;
  if (dice_.chance(0.02)) return;
  if (dice_.chance(0.0005)) silent_until_ = hour + dice_.uniform(0.1, 0.9);
  if (dice_.chance(0.0006)) total *= dice_.chance(0.5) ? 0.5 : 0;
  out_.series.samples.push_back({.time = kBegin + hour * 3600,
                                 .bytes = total * kMegabyte,
                                 .requests = plan_.rpm * rate * plan_.step / 60,
                                 .workers = static_cast<std::uint32_t>(crew_.size())});
}

void Instance::tell_truth(double hour) {
  TruthChange now{.time = kBegin + hour * 3600, .label = {}, .accept = {}};
  const bool leaks = plan_.leak_per_hour + plan_.leak_per_work > 0 && hour >= plan_.onset;
  const double to_come = 1 - level_now() / settled_;
  if (leaks) {
    const double pace = (plan_.leak_per_hour + plan_.leak_per_work) * (hour - plan_.onset) *
                        static_cast<double>(plan_.workers);
    now.label = "leak";
    now.accept = pace < 0.04 * settled_                    ? "insufficient|leak|steady|warming"
                 : pace < 0.08 * settled_ && to_come > 0.1 ? "leak|warming"
                                                           : "leak";
  } else if (settled_ > plan_.quota) {
    now.label = "overcommit";
    now.accept = hour < 0.5                      ? "insufficient|overcommit|warming"
                 : settled_ < 1.03 * plan_.quota ? "overcommit|steady|warming"
                                                 : "overcommit";
  } else if (jumped_) {
    now.label = now.accept = "bloat";
  } else {
    now.label = to_come > 0.06 ? "warming" : "steady";
    now.accept = to_come > 0.03 && to_come < 0.1 ? "steady|warming" : now.label;
  }
  if (hour < 0.5 && now.label != "insufficient" && !now.accept.contains("insufficient")) {
    now.accept += "|insufficient";
  }
  if (!out_.truth.empty() && out_.truth.back().accept == now.accept &&
      out_.truth.back().label == now.label) {
    return;
  }
  out_.truth.push_back(now);
}

InstanceSeries Instance::run() {
  settled_ = settled();
  if (plan_.quota < 10) plan_.quota *= settled_;
  crew_.resize(static_cast<std::size_t>(plan_.workers));
  out_.series.name = "instance";
  out_.series.quota = plan_.quota * kMegabyte;
  out_.plateau = settled_ * kMegabyte;
  out_.leak_per_hour = (plan_.leak_per_hour + plan_.leak_per_work) * plan_.workers * kMegabyte;
  out_.onset = plan_.onset * 3600;
  const double each = (settled_ - plan_.shared) / plan_.workers;
  out_.workers_that_fit =
      static_cast<std::size_t>(std::max(0.0, (0.95 * plan_.quota - plan_.shared) / each));
  const double phase = dice_.uniform(0, 24);
  const auto every = static_cast<long>(std::lround(plan_.step));
  const auto ticks = static_cast<long>(plan_.hours * 3600 / 10);
  double rate = 1;
  for (long i = 0; i < ticks; ++i) {
    const long seconds = i * 10;
    const double hour = static_cast<double>(seconds) / 3600;
    if (seconds % 60 == 0) {
      slow_noise_ = 0.97 * slow_noise_ + 0.03 * dice_.normal();
      const double daily =
          1 + plan_.amplitude * std::sin(2 * std::numbers::pi * (hour + phase) / 24);
      if (plan_.autoscale && dice_.chance(0.006)) share_ = dice_.uniform(0.45, 1.6);
      rate = std::max(0.05, daily * share_ * (1 + slow_noise_));
      tick(hour, rate);
      tell_truth(hour);
    }
    if (seconds % every != 0) continue;
    // What the sampler sees jitters more than the state of once a minute.
    const double now = total(rate) * (1 + 0.3 * plan_.noise * dice_.normal());
    sample(hour, rate, now);
    const double limit = plan_.kill_at_quota ? plan_.quota : 2 * plan_.quota;
    if (plan_.worker_killer && now > 0.97 * plan_.quota) kill_worker();
    if (now > limit && !plan_.worker_killer) restart(hour, EventKind::kOutOfMemory, true);
  }
  return out_;
}

// A plain process of no special kind.
Plan ordinary(Dice& dice, bool node) {
  Plan plan;
  plan.step = std::array{20.0, 30.0, 60.0}[static_cast<std::size_t>(dice.number(0, 2))];
  plan.hours = dice.uniform(18, 72);
  plan.workers = node ? dice.number(1, 2) : dice.number(1, 5);
  plan.boot = node ? dice.spread(60, 200) : dice.spread(120, 350);
  plan.shared = node ? 0 : plan.boot * dice.uniform(0.1, 0.5);
  plan.warm = plan.boot * dice.uniform(0.2, 0.8);
  plan.warm_shape = static_cast<WarmShape>(dice.number(0, 3));
  plan.tau = dice.spread(0.15, 2);
  plan.warm_by_hours = dice.chance(0.3);
  plan.fragmentation = plan.boot * dice.uniform(0, 0.02);
  if (!node && dice.chance(0.5)) plan.heap_step = dice.uniform(2, 14);
  if (!node || dice.chance(0.3)) {
    plan.ratchet_median = dice.spread(0.3, 3);
    plan.ratchet_spread = dice.uniform(0.5, 0.9);
  }
  plan.noise = dice.spread(0.001, 0.01);
  if (node) plan.garbage = dice.uniform(0.03, 0.15);
  plan.amplitude = dice.uniform(0, 0.6);
  plan.rpm = dice.spread(30, 1500);
  plan.quota = dice.uniform(1.35, 2.6);  // of the settled level
  plan.kill_at_quota = dice.chance(0.4);
  plan.skewed_cache = dice.chance(0.7);
  return plan;
}

void add_restarts(Plan& plan, Dice& dice, int least, int most, double deploy) {
  const int count = dice.number(least, most);
  for (int i = 0; i < count; ++i) {
    plan.restarts.push_back(plan.hours * (i + dice.uniform(0.3, 0.9)) / (count + 0.3));
    plan.deploys.push_back(dice.chance(deploy));
  }
}

// Size of the whole instance when it has settled, roughly; each worker's share of it.
double rough_worker(const Plan& plan) {
  return plan.boot + plan.warm + 4 * plan.fragmentation + plan.cache + plan.shared / plan.workers;
}

void set_leak(Plan& plan, Dice& dice, double low, double high, bool by_requests) {
  const double rate = rough_worker(plan) * dice.spread(low, high) / 24;
  (by_requests ? plan.leak_per_work : plan.leak_per_hour) = rate;
}

bool is_node(std::string_view archetype, Dice& dice) {
  if (archetype.contains("node")) return true;
  const bool ruby = archetype.starts_with("over") || archetype == "bloat_ruby_step" ||
                    archetype == "bloat_nightly" || archetype == "leak_swap" ||
                    archetype == "steady_worker_scaling" || archetype.starts_with("warm_slow");
  return !ruby && dice.chance(0.3);
}

void make_steady(Plan& plan, std::string_view kind, Dice& dice) {
  if (kind == "steady_daily") {
    plan.amplitude = dice.uniform(0.4, 0.75);
    plan.share_of_traffic = dice.uniform(0.03, 0.14);
  } else if (kind == "steady_node_gc") {
    plan.garbage = dice.uniform(0.2, 0.9);
    plan.warm *= 0.5;
    plan.quota *= 1.3;
  } else if (kind == "steady_after_deploy") {
    add_restarts(plan, dice, 1, 2, 0.9);
    return;
  } else if (kind == "steady_autoscale") {
    plan.autoscale = true;
    plan.share_of_traffic = dice.uniform(0.02, 0.12);
  } else if (kind == "steady_worker_scaling") {
    plan.workers = dice.number(3, 6);
    plan.scale_workers = true;
    plan.amplitude = dice.uniform(0.4, 0.7);
  } else if (kind == "steady_cache_full") {
    plan.cache = plan.boot * dice.uniform(0.2, 0.7);
    plan.cache_hours = dice.uniform(2, 9);
  }
  add_restarts(plan, dice, 0, 2, 0.2);
}

void make_warming(Plan& plan, std::string_view kind, Dice& dice) {
  if (kind == "warm_asymptotic") {
    plan.tau = dice.spread(3, 14);
    plan.warm = plan.boot * dice.uniform(0.5, 1.5);
    plan.warm_shape = dice.chance(0.7) ? WarmShape::kExponential : WarmShape::kStretched;
    plan.hours = plan.tau * dice.uniform(0.4, 2.2);
  } else if (kind == "warm_ratchet") {
    plan.ratchet_median = plan.boot * dice.uniform(0.01, 0.04);
    plan.ratchet_spread = dice.uniform(0.7, 1.0);
    plan.hours = dice.uniform(2.5, 14);
  } else if (kind == "warm_cache") {
    plan.cache = plan.boot * dice.uniform(0.4, 1.2);
    plan.cache_hours = dice.uniform(6, 22);
    const double first = plan.cache_hours * dice.uniform(1.2, 1.8);
    plan.hours = first + plan.cache_hours * dice.uniform(0.2, 0.7);
    plan.restarts = {first};
    plan.deploys = {false};
  } else {
    plan.warm_shape = WarmShape::kLogistic;
    plan.warm = plan.boot * dice.uniform(0.6, 1.5);
    plan.tau = dice.uniform(2.5, 6);
    plan.hours = plan.tau * dice.uniform(0.8, 2);
  }
}

void make_leak(Plan& plan, std::string_view kind, Dice& dice) {
  plan.quota *= 1.4;
  if (kind == "leak_linear" || kind == "leak_traffic") {
    set_leak(plan, dice, 0.12, 3, kind == "leak_traffic");
    add_restarts(plan, dice, 0, 2, 0.3);
  } else if (kind == "leak_daily_restart") {
    set_leak(plan, dice, 0.2, 3, dice.chance(0.6));
    plan.hours = dice.uniform(50, 96);
    for (double at = dice.uniform(8, 24); at < plan.hours; at += 24) {
      plan.restarts.push_back(at);
      plan.deploys.push_back(false);
    }
  } else if (kind == "leak_oom_sawtooth") {
    set_leak(plan, dice, 0.8, 6, dice.chance(0.5));
    plan.quota = dice.uniform(1.35, 1.7);
    plan.kill_at_quota = true;
  } else if (kind == "leak_after_deploy") {
    set_leak(plan, dice, 0.15, 3, dice.chance(0.5));
    plan.onset = plan.hours * dice.uniform(0.3, 0.6);
    plan.restarts = {plan.onset};
    plan.deploys = {true};
    if (dice.chance(0.4)) {
      plan.restarts.push_back(plan.onset + (plan.hours - plan.onset) * dice.uniform(0.3, 0.7));
      plan.deploys.push_back(false);
    }
  } else if (kind == "leak_slow_node") {
    set_leak(plan, dice, 0.1, 0.45, dice.chance(0.5));
    plan.garbage = dice.uniform(0.2, 0.7);
    plan.hours = dice.uniform(36, 72);
    add_restarts(plan, dice, 0, 2, 0);
  } else {  // leak_swap
    set_leak(plan, dice, 0.25, 1, dice.chance(0.5));
    plan.quota = dice.uniform(1.05, 1.35);
    plan.kill_at_quota = false;
    plan.hours = dice.uniform(18, 30);
  }
}

void make_over(Plan& plan, std::string_view kind, Dice& dice) {
  plan.workers = dice.number(2, 6);
  plan.kill_at_quota = false;
  plan.quota = dice.uniform(0.68, 0.95);
  if (kind == "over_plateau_swap") {
    plan.hours = dice.uniform(12, 50);
    add_restarts(plan, dice, 0, 1, 0.2);
  } else if (kind == "over_predicted") {
    plan.tau = dice.uniform(1.2, 3.5);
    plan.warm = plan.boot * dice.uniform(0.6, 1.1);
    plan.hours = plan.tau * dice.uniform(0.9, 2);
  } else if (kind == "over_oom") {
    plan.kill_at_quota = true;
    plan.quota = dice.uniform(0.78, 0.93);
    plan.warm = plan.boot * dice.uniform(0.6, 1.0);
    plan.tau = dice.uniform(0.7, 2);
  } else {
    plan.worker_killer = true;
    plan.warm = plan.boot * dice.uniform(0.6, 1.0);
    plan.tau = dice.uniform(0.7, 2);
  }
}

void make_bloat(Plan& plan, std::string_view kind, Dice& dice) {
  plan.quota *= 1.5;
  plan.workers = std::min(plan.workers, 4);
  plan.jump_size = dice.uniform(0.25, 0.6);
  if (kind == "bloat_ruby_step") {
    const int count = dice.number(1, 3);
    for (int i = 0; i < count; ++i) {
      plan.jumps.push_back(plan.hours * (i + dice.uniform(0.25, 0.9)) / (count + 0.1));
    }
  } else if (kind == "bloat_node_spike") {
    plan.jump_hours = dice.uniform(0.1, 0.5);
    for (double at = dice.uniform(2, 8); at < plan.hours; at += dice.uniform(3, 14)) {
      plan.jumps.push_back(at);
    }
  } else {
    plan.hours = dice.uniform(50, 80);
    plan.jump_hours = dice.uniform(0.3, 2);
    for (double at = dice.uniform(3, 20); at < plan.hours; at += 24) plan.jumps.push_back(at);
  }
}

Plan make_plan(std::string_view kind, Dice& dice) {
  Plan plan = ordinary(dice, is_node(kind, dice));
  if (kind.starts_with("steady")) make_steady(plan, kind, dice);
  if (kind.starts_with("warm")) make_warming(plan, kind, dice);
  if (kind.starts_with("leak")) make_leak(plan, kind, dice);
  if (kind.starts_with("over")) make_over(plan, kind, dice);
  if (kind.starts_with("bloat")) make_bloat(plan, kind, dice);
  if (kind == "short") plan.hours = dice.uniform(0.05, 0.4);
  if (kind == "chopped") {
    plan.announced = true;
    plan.hours = dice.uniform(4, 9);
    for (double at = 0.2; at < plan.hours; at += dice.uniform(0.12, 0.4)) {
      plan.restarts.push_back(at);
      plan.deploys.push_back(false);
    }
  }
  return plan;
}

}  // namespace

double warm_part(WarmShape shape, double x) {
  switch (shape) {
    case WarmShape::kExponential:
      return 1 - std::exp(-x);
    case WarmShape::kTwoScales:
      return 0.6 * (1 - std::exp(-4 * x)) + 0.4 * (1 - std::exp(-x));
    case WarmShape::kStretched:
      return 1 - std::exp(-std::pow(x, 0.65));
    case WarmShape::kPower:
      return 1 - 1 / ((1 + x) * (1 + x));
    case WarmShape::kLogistic: {
      const double zero = 1 / (1 + std::exp(4.0));
      return (1 / (1 + std::exp(-(x - 1) * 4)) - zero) / (1 - zero);
    }
  }
  return 0;
}

double cache_part(bool skewed, double x) {
  return std::min(1.0, skewed ? 1.6 * (1 - std::exp(-x)) : x);
}

const std::vector<ArchetypeShare>& archetypes() {
  static const std::vector<ArchetypeShare> all = {
      {"steady_flat", 7},
      {"steady_daily", 7},
      {"steady_node_gc", 7},
      {"steady_after_deploy", 4},
      {"steady_autoscale", 4},
      {"steady_worker_scaling", 4},
      {"steady_cache_full", 4},
      {"warm_asymptotic", 9},
      {"warm_ratchet", 6},
      {"warm_cache", 4},
      {"warm_slow_logistic", 5},
      {"leak_linear", 9},
      {"leak_traffic", 7},
      {"leak_daily_restart", 6},
      {"leak_oom_sawtooth", 5},
      {"leak_after_deploy", 5},
      {"leak_slow_node", 5},
      {"leak_swap", 3},
      {"over_plateau_swap", 8},
      {"over_predicted", 5},
      {"over_oom", 4},
      {"over_worker_killer", 3},
      {"bloat_ruby_step", 9},
      {"bloat_node_spike", 6},
      {"bloat_nightly", 3},
      {"short", 5},
      {"chopped", 5},
  };
  return all;
}

InstanceSeries make_instance(std::string_view archetype, std::uint64_t seed) {
  std::uint64_t name = 14695981039346656037ULL;
  for (const char c : archetype) name = (name ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  Dice dice(seed ^ (name & 0xffffffff));
  const Plan plan = make_plan(archetype, dice);
  InstanceSeries made = Instance(plan, seed + name % 100003).run();
  made.archetype = archetype;
  if (archetype == "short" || archetype == "chopped") {
    for (TruthChange& change : made.truth) change.label = change.accept = "insufficient";
  }
  return made;
}

}  // namespace tidemark
