// What the memory of a server does when its threads serve requests, with a leak or without: the
// question of `tidemark simulate`. By the law of the high-water mark where that holds, else by
// many runs.
//
// Sizes are bytes, times seconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/size/traffic.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "base/threads.h"
#include "schema/fields.h"
#include "series/series.h"
#include "simulate/model_fit.h"
#include "simulate/simulation.h"

namespace tidemark {

// So many requests at once, again and again.
struct BurstRequest {
  std::size_t count = 0;
  double every_seconds = 0;
  std::string endpoint;  // its name; empty: of all, as they come
};

struct SimulateRequest {
  // The requests of schneems/simulate_ruby_web_memory_use, instead of `traffic` and `pause`.
  bool article = false;
  Traffic traffic;
  // Without a rate each thread goes on with its next request, after this.
  std::optional<Distribution> pause;
  std::uint64_t requests_per_thread = 0;  // the same; 0: 1,000, or as many as the time takes
  bool replay = false;                    // the log's requests at its times
  std::vector<BurstRequest> bursts;       // beside a rate
  double seconds = 0;                     // how long; 0: a day with a rate, else by the requests

  std::size_t processes = 1;
  std::size_t threads = 1;  // of each process
  double base = 0;          // of each process before any request
  double shared = 0;        // by all processes
  double leak = 0;          // what each request leaves behind
  double quota = 0;         // 0: none
  CacheModel cache;
  double gives_back = 0;  // share of freed memory that goes back to the system
  Ratchet ratchet = Ratchet::kHeap;
  std::size_t arenas = 1;              // of each process, of Ratchet::kArenas
  std::uint64_t recycle_requests = 0;  // a process is replaced after so many; 0: never
  double recycle_seconds = 0;          // the same, by its age

  // Fit base, sizes and pace to the one of these that is largest, first.
  std::optional<SeriesSet> series;

  std::uint64_t seed = 1;
  std::size_t runs = 0;                // beside the one to look at; 0: as many as are needed
  unsigned cores = default_threads();  // to use; the answer is the same
};

template <>
inline constexpr auto kWordsOf<Arrivals> = std::to_array<WordOf<Arrivals>>({
    {Arrivals::kBackToBack, "back_to_back", "each thread goes on with its next request"},
    {Arrivals::kPoisson, "at_a_rate", "they come by chance and wait for an idle thread"},
    {Arrivals::kReplay, "replay", "they come when the log says"},
});

template <>
inline constexpr auto kWordsOf<Ratchet> = std::to_array<WordOf<Ratchet>>({
    {Ratchet::kHeap, "heap", "all threads of a process together"},
    {Ratchet::kArenas, "arenas", "the threads of a process over some arenas"},
    {Ratchet::kNone, "none", "nobody: it goes back to the system at once"},
});

// What was simulated.
struct SimulatedServer {
  std::size_t processes = 1;
  std::size_t threads = 1;
  Ratchet ratchet = Ratchet::kHeap;
  std::size_t heaps_per_process = 1;  // parts with a high-water mark of their own
  double base = 0;                    // of a process
  double shared = 0;
  double leak = 0;
  double gives_back = 0;
  std::optional<double> quota;
  Arrivals arrivals = Arrivals::kBackToBack;
  double rate = 0;                        // requests a second, of Arrivals::kPoisson
  std::uint64_t requests_per_thread = 0;  // of kBackToBack; 0: until the time is over
  std::size_t requests_of_log = 0;        // of kReplay
  double completions_per_second = 0;
  double busy = 0;  // share of the time that a thread is busy
  double mean_request_seconds = 0;

  [[nodiscard]] std::size_t all_threads() const { return processes * threads; }
  // Before any request.
  [[nodiscard]] double fixed() const { return shared + static_cast<double>(processes) * base; }
};

// Several runs of it.
struct SimulatedRuns {
  std::vector<double> peaks;  // of each, sorted
  LevelSpread spread;         // of these
  std::size_t over_quota = 0;
  std::uint64_t events = 0;
};

// One run, to look at.
struct SimulatedRun {
  RunResult result;
  double one_heap = 0;    // its highest memory, if all threads were in one heap
  double each_alone = 0;  // if each kept its own
  Timeline timeline;
};

struct FittedSeries {
  std::string name;  // may be empty
  ModelFit fit;
};

struct SimulateAnswer {
  SimulatedServer server;
  std::uint64_t seed = 1;
  double seconds = 0;                  // simulated
  std::optional<FittedSeries> fitted;  // what the server was fitted to

  bool by_law = false;               // else the levels are counted over the runs
  LevelSpread highest;               // of its memory, within the time
  LevelSpread one_heap;              // if all threads were in one: the maximum of the sum
  LevelSpread each_alone;            // if each kept its own: the sum of the maxima
  std::vector<LevelBand> curve;      // the highest so far, as expected
  double rise_half = 0;              // seconds until half of the median's rise is done
  double rise_90 = 0;                // 90 %
  double rise_99 = 0;                // 99 %
  std::optional<Crossing> crossing;  // of the quota, where there is one

  SimulatedRun run;
  std::optional<SimulatedRuns> runs;
  std::vector<Notice> notices;
};

// Errors: kUsage for what contradicts itself or cannot be simulated; kNotFound when no series can
// be fitted to; as read_traffic(); kCancelled. Thread-safe.
Result<SimulateAnswer> answer(const SimulateRequest& request, Monitor& monitor);

// Is the chance to pass the quota worth saying (above 1 in 100)? What the exit code tells.
bool is_alarming(const SimulateAnswer& answer);

// The run at one of the times of its chart.
struct SimulatedMoment {
  double seconds = 0;
  std::optional<double> held;       // the most that requests held since the moment before
  double memory = 0;                // of the server
  LevelBand expected;               // the highest so far
  std::vector<double> thread_held;  // by each thread; none where not all requests were kept
};
std::vector<SimulatedMoment> moments_of(const SimulateAnswer& answer);

// tidemark.simulate/2
void describe(Fields& fields, const SimulateAnswer& answer);
void describe(Fields& fields, const SimulatedServer& server);
void describe(Fields& fields, const SimulatedRun& run);
void describe(Fields& fields, const SimulatedRuns& runs);
void describe(Fields& fields, const SimulatedMoment& moment);
void describe(Fields& fields, const FittedSeries& fitted);
void describe(Fields& fields, const LevelSpread& spread);
void describe(Fields& fields, const LevelBand& band);
void describe(Fields& fields, const LevelStep& step);
void describe(Fields& fields, const Crossing& crossing);

}  // namespace tidemark
