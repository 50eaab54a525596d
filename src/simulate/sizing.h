// How many processes and threads fit into a quota: a table by the law of the high-water mark, with
// the waiting that each setting costs.
//
// Sizes are bytes, times seconds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/request_mix.h"

namespace tidemark {

struct SizingInput {
  RequestMix mix;
  double rate = 1;    // requests a second in all, at the busy time of a day
  double base = 0;    // of a process, without what is shared
  double shared = 0;  // by all processes
  double quota = 0;
  double seconds = 86400;     // between restarts
  double headroom = 0.05;     // part of the quota that stays free
  double most_chance = 0.01;  // to pass what is left within that time
  bool thread_heaps = false;  // each thread keeps what it freed: glibc with its default arenas
  double cpu_seconds = 0;     // of a request; 0: not known. A Ruby process uses one core at most
  std::size_t most_processes = 16;
  std::size_t most_threads = 8;

  [[nodiscard]] Result<void> check() const;
};

struct SizingCell {
  std::size_t processes = 1;
  std::size_t threads = 1;
  double median = 0;        // highest memory within the time
  double high = 0;          // 95 in 100 are below
  double chance = 0;        // to pass the quota less the headroom
  double over_quota = 0;    // to pass the quota
  double busy = 0;          // part of the time that a thread is busy
  double wait = 0;          // mean, for a thread; infinite when more comes than can be served
  bool fits = false;        // by its chance
  bool serves = false;      // the requests that come, with the cores it can use
  bool worthwhile = false;  // no other one that fits needs less memory and waits less
};

struct Sizing {
  std::vector<SizingCell> cells;      // by processes, then threads
  std::optional<std::size_t> chosen;  // which of the cells

  [[nodiscard]] const SizingCell& at(std::size_t processes, std::size_t threads) const;
  std::size_t most_threads = 1;
};

// `input` must have passed its check(). 16 x 8 cells take about 15 ms. The 95 % level of many
// processes comes out up to 3 % high; size_cell() is exact.
Sizing size_table(const SizingInput& input);

// One setting, which need not be in the table.
SizingCell size_cell(const SizingInput& input, std::size_t processes, std::size_t threads);

// Memory that this setting needs, headroom included: passed with most_chance.
double quota_for(const SizingInput& input, std::size_t processes, std::size_t threads);

// What would be gained by halving the peaks of one endpoint: the one that gains most.
struct PeakCut {
  std::string endpoint;
  double median = 0;  // of the setting afterwards
};
std::optional<PeakCut> best_cut(const SizingInput& input, std::size_t processes,
                                std::size_t threads);

// Peaks multiplied so that a process of `threads` threads, asked `rate` a second, needs `active`
// bytes above its base in the median of that time.
RequestMix scale_to_level(const RequestMix& mix, std::size_t threads, double rate, double active,
                          double seconds);

// Mean wait for one of `threads`, by Allen and Cunneen's approximation on Erlang's C; infinite when
// overloaded. `square`: the mean square of the service times.
double mean_wait(std::size_t threads, double rate, double mean, double square);

}  // namespace tidemark
