// How right the odds of passing a quota are: the law alone, with clumps and its interval, and brute
// force by the event simulator, over servers of one and of several heaps, with leaks, caches and
// recycling.
//
//   build/release/crossing_eval [RUNS [PART OF A NAME]]     (default: 4000; times four where a run
//   is short)
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/threads.h"
#include "simulate/event_simulator.h"
#include "simulate/many_runs.h"
#include "simulate/rare_events.h"
#include "simulate/server_law.h"

namespace tidemark {
namespace {

constexpr double kMB = 1e6;

struct Case {
  std::string name;
  ServerModel model;
};

Case article(const char* name, std::size_t processes, std::size_t threads, std::uint64_t each) {
  Case one{name, article_model(threads, each)};
  one.model.processes = processes;
  return one;
}

// The shop of the tests: four endpoints, one queue.
Case shop(const char* name, std::size_t processes, std::size_t threads, double rate) {
  Case one{name, {}};
  const auto endpoint = [](const char* of, double weight, double p50, double mb) {
    return Endpoint{of, weight, Distribution::lognormal(p50, 4 * p50),
                    Distribution::lognormal(mb * kMB, 2.5 * mb * kMB)};
  };
  one.model.mix.endpoints = {endpoint("light", 70, 0.08, 6), endpoint("medium", 24, 0.2, 20),
                             endpoint("heavy", 5.5, 0.6, 60), endpoint("rare", 0.5, 3, 180)};
  one.model.processes = processes;
  one.model.threads = threads;
  one.model.arrivals = Arrivals::kPoisson;
  one.model.rate = rate;
  one.model.seconds = 3600;
  return one;
}

std::vector<Case> cases() {
  std::vector<Case> all = {article("one heap, 10 threads x 100", 1, 10, 100),
                           article("one heap, 2 threads x 10", 1, 2, 10),
                           article("3 processes x 2 threads x 100", 3, 2, 100),
                           article("2 x 5 x 100", 2, 5, 100), article("10 x 1 x 50", 10, 1, 50)};
  const auto changed = [&](Case one, const auto& change) {
    change(one.model);
    all.push_back(std::move(one));
  };
  const auto arenas = [](std::size_t count) {
    return [count](ServerModel& model) {
      model.ratchet = Ratchet::kArenas;
      model.arenas = count;
    };
  };
  const auto leaks = [](double bytes) {
    return [bytes](ServerModel& model) { model.leak = bytes; };
  };
  changed(article("6 threads in 3 arenas x 100", 1, 6, 100), arenas(3));
  changed(article("leak, 4 threads x 100", 1, 4, 100), leaks(0.5 * kMB));
  changed(article("leak, 3 x 2 x 100", 3, 2, 100), leaks(0.5 * kMB));
  changed(article("cache, 4 threads x 100", 1, 4, 100),
          [](ServerModel& model) { model.cache = {0.5 * kMB, 300, 500}; });
  changed(article("recycled each 100 requests, 4 x 100", 1, 4, 100),
          [](ServerModel& model) { model.recycle_requests = 100; });
  changed(article("recycled and leaks, 4 x 100", 1, 4, 100), [](ServerModel& model) {
    model.recycle_requests = 100;
    model.leak = 2 * kMB;
  });
  changed(article("recycled, 3 x 2 x 100", 3, 2, 100),
          [](ServerModel& model) { model.recycle_requests = 50; });
  changed(article("recycled and leaks, 3 x 2 x 100", 3, 2, 100), [](ServerModel& model) {
    model.recycle_requests = 50;
    model.leak = 2 * kMB;
  });
  for (Case& one : std::vector<Case>{
           shop("queue, 1 x 5, load 0.2", 1, 5, 5), shop("queue, 1 x 5, load 0.7", 1, 5, 20),
           shop("queue, 3 x 1, load 0.17", 3, 1, 3), shop("queue, 3 x 1, load 0.5", 3, 1, 9),
           shop("queue, 2 x 5, load 0.17", 2, 5, 10), shop("queue, 2 x 5, load 0.7", 2, 5, 40),
           shop("queue, 10 x 1, load 0.17", 10, 1, 10), shop("queue, 8 x 2, load 0.5", 8, 2, 46),
           shop("queue, 64 threads, load 0.5", 1, 64, 190)}) {
    all.push_back(one);
  }
  changed(shop("queue, 5 arenas", 1, 5, 5), arenas(5));
  changed(shop("queue, leak, 1 x 5", 1, 5, 5), leaks(0.01 * kMB));
  changed(shop("queue, leak, 3 x 2", 3, 2, 6), leaks(0.01 * kMB));
  changed(shop("queue, recycled each 10 min, 2 x 3", 2, 3, 6),
          [](ServerModel& model) { model.recycle_seconds = 600; });
  changed(shop("queue, recycled and leaks, 2 x 3", 2, 3, 6), [](ServerModel& model) {
    model.recycle_seconds = 600;
    model.leak = 0.05 * kMB;
  });
  return all;
}

void measure(Case one, double part, std::size_t runs) {
  ServerModel& model = one.model;
  const double seconds = model.horizon();
  const ServerLaw law(model);
  model.quota = law.quantile(1 - part, seconds);
  Monitor monitor;
  const RareChance rare = rare_chance(model, model.quota, seconds, {}, monitor);
  const EventSimulator simulator(model);
  if (model.arrivals == Arrivals::kBackToBack) runs *= 4;
  const ManyRuns many = run_many(
      simulator, {.seed = 11, .runs = runs, .threads = default_threads(), .seconds = seconds},
      monitor);
  const double counted = static_cast<double>(many.over_quota) / static_cast<double>(runs);
  // Wilson's: right for a handful too.
  const auto n = static_cast<double>(runs);
  const double middle = (counted + 2 / n) / (1 + 4 / n);
  const double error = 2 / (1 + 4 / n) * std::sqrt(counted * (1 - counted) / n + 1 / (n * n));
  const bool inside = middle + error >= rare.low && middle - error <= rare.high;
  fmt::print("| {} | {:.0f} MB | {:.4f} | {:.4f} ({:.4f} to {:.4f}) | {:.4f} ± {:.4f} | {} |\n",
             one.name, model.quota / kMB, part, rare.chance, rare.low, rare.high, counted, error,
             inside ? "yes" : "NO");
  std::fflush(stdout);
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
  std::size_t runs = 4000;
  if (argc > 1) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), runs);
  const std::string only = argc > 2 ? argv[2] : "";
  fmt::print(
      "| case | level | law alone | with clumps | brute force | inside "
      "|\n|---|--:|--:|---|---|---|\n");
  for (const double part : {0.1, 0.01}) {
    for (const tidemark::Case& one : tidemark::cases()) {
      if (one.name.find(only) != std::string::npos) tidemark::measure(one, part, runs);
    }
  }
}
