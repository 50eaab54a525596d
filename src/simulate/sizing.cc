#include "simulate/sizing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "simulate/high_water_law.h"
#include "simulate/server_law.h"
#include "simulate/server_model.h"
#include "simulate/sum_of_groups.h"

namespace tidemark {
namespace {

constexpr double kBusiest = 0.95;        // part of the time; above, a queue is not to be trusted
constexpr double kBusiestCore = 0.7;     // the same of a core
constexpr double kSameWait = 0.02;       // seconds that nobody notices
constexpr std::size_t kPoints = 768;     // of the grid
constexpr std::size_t kSumPoints = 512;  // of sums of heaps, in the table

ServerModel model_of(const SizingInput& input, std::size_t processes, std::size_t threads) {
  ServerModel model;
  model.mix = input.mix;
  model.processes = processes;
  model.threads = threads;
  model.arrivals = Arrivals::kPoisson;
  model.rate = input.rate;
  model.seconds = input.seconds;
  model.base = input.base;
  model.shared = input.shared;
  model.quota = input.quota;
  if (input.thread_heaps) {
    model.ratchet = Ratchet::kArenas;
    model.arenas = threads;
  }
  return model;
}

// What does not depend on memory.
SizingCell cell_of(const SizingInput& input, std::size_t processes, std::size_t threads) {
  SizingCell cell{.processes = processes, .threads = threads};
  const auto slots = static_cast<double>(processes * threads);
  const double mean = input.mix.mean_seconds();
  cell.busy = std::min(1.0, input.rate * mean / slots);
  cell.wait = mean_wait(processes * threads, input.rate, mean, input.mix.mean_square_seconds());
  const bool cores = input.cpu_seconds <= 0 || static_cast<double>(processes) * kBusiestCore >=
                                                   input.rate * input.cpu_seconds;
  cell.serves = cell.busy < kBusiest && cores;
  return cell;
}

void judge(const SizingInput& input, const SumOfGroups& active, SizingCell& cell) {
  const double fixed = input.shared + static_cast<double>(cell.processes) * input.base;
  cell.median = fixed + active.quantile(0.5);
  cell.high = fixed + active.quantile(0.95);
  cell.chance = active.above((1 - input.headroom) * input.quota - fixed);
  cell.over_quota = active.above(input.quota - fixed);
  cell.fits = cell.chance <= input.most_chance;
}

void choose(Sizing& sizing) {
  const auto usable = [](const SizingCell& cell) { return cell.fits && cell.serves; };
  for (std::size_t i = 0; i < sizing.cells.size(); ++i) {
    SizingCell& cell = sizing.cells[i];
    if (!usable(cell)) continue;
    cell.worthwhile =
        std::none_of(sizing.cells.begin(), sizing.cells.end(), [&](const SizingCell& other) {
          if (&other == &cell || !usable(other)) return false;
          // A wait that nobody notices is no reason for more memory.
          const double wait = std::max(other.wait, kSameWait);
          const double own = std::max(cell.wait, kSameWait);
          return other.median <= cell.median && wait <= own &&
                 (other.median < cell.median || wait < own);
        });
    if (!cell.worthwhile) continue;
    const auto noticed = [](const SizingCell& one) { return std::max(one.wait, kSameWait); };
    if (!sizing.chosen || noticed(cell) < noticed(sizing.cells[*sizing.chosen])) sizing.chosen = i;
  }
}

}  // namespace

Result<void> SizingInput::check() const {
  ServerModel model = model_of(*this, 1, 1);
  if (auto checked = model.check(); !checked) return checked;
  if (!(quota > 0)) return fail(ErrorCode::kUsage, "the quota is not known");
  if (!(headroom >= 0 && headroom < 1) || !(most_chance > 0 && most_chance < 1)) {
    return fail(ErrorCode::kUsage, "headroom and chance are parts between 0 and 1");
  }
  if (!(cpu_seconds >= 0 && cpu_seconds <= kMostSeconds)) {
    return fail(ErrorCode::kUsage, "the CPU time of a request is negative or no number");
  }
  return {};
}

const SizingCell& Sizing::at(std::size_t processes, std::size_t threads) const {
  return cells[(processes - 1) * most_threads + threads - 1];
}

double mean_wait(std::size_t threads, double rate, double mean, double square) {
  const auto k = static_cast<double>(threads);
  const double load = rate * mean;
  if (load >= k) return std::numeric_limits<double>::infinity();
  // Erlang's B by its recursion, and C from that.
  double blocked = 1;
  for (std::size_t n = 1; n <= threads; ++n) {
    blocked = load * blocked / (static_cast<double>(n) + load * blocked);
  }
  const double waits = k * blocked / (k - load * (1 - blocked));
  const double variation = square / (mean * mean) - 1;
  return waits * mean / (k - load) * (1 + variation) / 2;
}

Sizing size_table(const SizingInput& input) {
  Sizing sizing;
  sizing.most_threads = input.most_threads;
  const double mean = input.mix.mean_seconds();
  // One grid for all: the powers of what a busy thread holds are the same in each cell.
  const std::size_t widest = input.thread_heaps ? 1 : input.most_threads;
  const double top = choose_top(input.mix, independent_threads(widest, 0.95), input.seconds);
  LevelGrid grid(input.mix, top, kPoints);
  for (std::size_t processes = 1; processes <= input.most_processes; ++processes) {
    for (std::size_t threads = 1; threads <= input.most_threads; ++threads) {
      SizingCell cell = cell_of(input, processes, threads);
      const std::size_t heap = input.thread_heaps ? 1 : threads;
      const Occupancy busy = share_of(queued_threads(processes * threads, input.rate * mean), heap);
      const HighWaterLaw law(grid, busy, mean);
      const std::size_t heaps = processes * threads / heap;
      judge(input, SumOfGroups({{law.all_above(input.seconds, {}), law.step(), heaps}}, kSumPoints),
            cell);
      sizing.cells.push_back(cell);
    }
  }
  choose(sizing);
  return sizing;
}

SizingCell size_cell(const SizingInput& input, std::size_t processes, std::size_t threads) {
  SizingCell cell = cell_of(input, processes, threads);
  const ServerLaw law(model_of(input, processes, threads));
  const auto levels = law.quantiles({0.5, 0.95}, input.seconds);
  cell.median = levels[0];
  cell.high = levels[1];
  cell.chance = law.above((1 - input.headroom) * input.quota, input.seconds);
  cell.over_quota = law.above(input.quota, input.seconds);
  cell.fits = cell.chance <= input.most_chance;
  return cell;
}

double quota_for(const SizingInput& input, std::size_t processes, std::size_t threads) {
  const ServerLaw law(model_of(input, processes, threads));
  return law.quantile(1 - input.most_chance, input.seconds) / (1 - input.headroom);
}

std::optional<PeakCut> best_cut(const SizingInput& input, std::size_t processes,
                                std::size_t threads) {
  std::optional<PeakCut> best;
  if (input.mix.endpoints.size() < 2) return best;
  for (std::size_t i = 0; i < input.mix.endpoints.size(); ++i) {
    SizingInput cut = input;
    cut.mix.endpoints[i].peak = input.mix.endpoints[i].peak.scaled(0.5);
    const double median =
        ServerLaw(model_of(cut, processes, threads), {.points = 512}).quantile(0.5, input.seconds);
    if (!best || median < best->median) best = {input.mix.endpoints[i].name, median};
  }
  return best;
}

RequestMix scale_to_level(const RequestMix& mix, std::size_t threads, double rate, double active,
                          double seconds) {
  SizingInput input{.mix = mix, .rate = rate, .seconds = seconds};
  // Twice the peaks is twice every level: one law says the factor.
  const double now = ServerLaw(model_of(input, 1, threads)).quantile(0.5, seconds);
  return mix.scaled(active / std::max(now, 1.0));
}

}  // namespace tidemark
