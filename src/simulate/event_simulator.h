// Runs a server model event by event.
//
// Between events every thread's memory is a straight line, so a group's total is one too: with A
// the sum of slopes and B the sum of slope times start it is A now - B. Memory falls only when a
// request ends; so the total is highest just before that, and nowhere else it needs a look. Times
// are microseconds and slopes fixed-point numbers in 64 bits that may wrap: sums stay exact however
// long it runs, and the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/monitor.h"
#include "simulate/request_deck.h"
#include "simulate/server_model.h"

namespace tidemark {

struct LevelStep {
  double seconds = 0;
  double bytes = 0;
};

struct RunResult {
  double peak = 0;           // highest bytes of the server, base and shared memory counted
  double sum_of_maxima = 0;  // of what the largest request of each thread needed; active bytes
  double max_of_sum = 0;     // highest total of what each group kept at a time; active bytes
  double first_over_quota = std::numeric_limits<double>::infinity();  // seconds
  double seconds = 0;                                                 // when it ended
  double end = 0;                                                     // bytes of the server then
  std::vector<LevelStep> peaks;  // the highest so far, where it rose
  std::uint64_t events = 0;
  std::uint64_t requests = 0;  // served
  std::uint64_t recycled = 0;  // processes
  double mean_wait = 0;        // seconds in the queue
};

// For a chart: what happened, as finely as asked for.
struct Timeline {
  struct Served {
    std::uint32_t thread = 0;
    double begin = 0;  // seconds
    double end = 0;
    double bytes = 0;
  };
  std::size_t most_served = 0;  // how many requests to keep; set before the run
  std::size_t columns = 0;      // set before the run, with `seconds`
  double seconds = 0;

  bool complete = true;        // `served` holds all
  std::vector<Served> served;  // in order of their begins
  std::vector<double> most;    // of each column: active bytes of the server; -1: no event there
  std::vector<double> kept;    // bytes of the server at the end of the column; -1 the same
};

class EventSimulator {
 public:
  // `model` must have passed its check(), and must outlive this.
  explicit EventSimulator(const ServerModel& model);

  // Run `number` of the seed; the same whatever ran before. Several threads may run at a time.
  // `monitor` may be null.
  [[nodiscard]] RunResult run(std::uint64_t seed, std::uint64_t number, Monitor* monitor = nullptr,
                              Timeline* timeline = nullptr) const;

  [[nodiscard]] const ServerModel& model() const { return model_; }

 private:
  const ServerModel& model_;
  RequestDeck deck_;
  std::vector<PauseDeck> pauses_;
};

}  // namespace tidemark
