// What one worker takes: of its memory over time, of a look at the processes themselves, or as
// whoever asks says. What was found, and how, is told in sentences.
//
// Sizes are bytes. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/host.h"
#include "schema/fields.h"
#include "series/series.h"

namespace tidemark {

enum class AppKind : std::uint8_t { kRuby, kNode };
template <>
inline constexpr auto kWordsOf<AppKind> = std::to_array<WordOf<AppKind>>({
    {AppKind::kRuby, "ruby", "threads share a process"},
    {AppKind::kNode, "node", "threads are requests in flight"},
});

enum class Certainty : std::uint8_t { kHigh, kMedium, kLow, kAsGiven };
template <>
inline constexpr auto kWordsOf<Certainty> = std::to_array<WordOf<Certainty>>({
    {Certainty::kHigh, "high", "several lives were seen to settle"},
    {Certainty::kMedium, "medium", "one or two lives, or a look at workers that run for long"},
    {Certainty::kLow, "low", "hardly measured: a forecast, a short look, or what was said"},
    {Certainty::kAsGiven, "as_given", "as good as the sizes of the requests that were given"},
});

// What was read of the workers.
struct MeasuredWorkers {
  double total = 0;                // of the whole server, shared pages counted once
  double shared = 0;               // of that, all that is not private to a worker
  double own = 0;                  // of a worker, private, on average
  std::optional<double> resident;  // the sum of resident memory
};

struct WorkerLevel {
  double worker = 0;  // of each, without what is shared; 0: not known
  double shared = 0;  // of all
  double base = 0;    // of each, of its own, before the first requests; 0: not known
  std::string base_known_by = "taken: 55 %";
  double rate = 0;   // requests a second in all; 0: not known
  double quota = 0;  // that the source knows of; 0: none
  std::size_t workers = 0;
  std::size_t threads = 0;  // of each, as found; 0: not known
  bool at_least = false;    // it is a lower bound
  bool is_node = false;     // what runs there
  std::optional<MeasuredWorkers> measured;
  std::vector<std::string> known;  // sentences: what was measured, and what was taken to be so
  Certainty certainty = Certainty::kLow;
  std::string confidence;  // the same with its reason: "high, 5 lives settled"
};

// Of the series that needs most. `workers`: as the user says; 0: as the series does. `quota`: that
// is asked about; 0: the series' own. Errors: kNotFound when none is long enough.
Result<WorkerLevel> level_of_series(const SeriesSet& set, std::size_t workers, double quota);

struct LiveTarget {
  std::string target;                  // a pid or a name, with all processes below it
  const Host* host = &this_machine();  // where it runs
  int self = 0;                        // a process that is not meant: our own
};

// Of a server that runs, as it is now. Errors: kNotFound when no such process runs.
Result<WorkerLevel> level_of_processes(const LiveTarget& target);

// Of what a user knows: a worker settles at `each`, with what it shares. `workers`: 0: not known.
WorkerLevel level_as_said(double each, std::size_t workers, bool is_node);

}  // namespace tidemark
