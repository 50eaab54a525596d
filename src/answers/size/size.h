// How many workers and threads fit into a quota: the question of `tidemark size`. For each setting
// its plateau, the odds to pass the quota and the wait; what to set, and what to do when nothing
// fits.
//
// Sizes are bytes, times seconds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "answers/size/level.h"
#include "answers/size/traffic.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "platforms/dyno_sizes.h"
#include "schema/fields.h"
#include "series/series.h"
#include "simulate/sizing.h"

namespace tidemark {

struct SizeRequest {
  // The quota: one of these at the most; none: that of the series or of the processes.
  double quota = 0;
  std::string dyno;                // the name of one of Heroku's
  bool own_control_group = false;  // the limit of that which we run in

  // The level of a worker: one of these at the most; none: the sizes of the requests and `base`
  // say it.
  std::optional<SeriesSet> series;
  std::string live;        // a pid or a name: a look at it and all processes below
  double per_process = 0;  // what a worker settles at; 0: not said

  Traffic traffic;
  std::size_t workers = 0;       // that run now; 0: as found
  std::size_t threads = 0;       // of each of them now; 0: as found, or 1
  double base = 0;               // of a worker before any request; 0: as found
  std::optional<double> shared;  // by forked workers; none: as found
  double cpu_seconds = 0;        // of a request; 0: not known
  double seconds = 86400;        // between restarts
  double headroom = 0.05;        // share of the quota to keep free
  AppKind app = AppKind::kRuby;
};

struct SizeAnswer {
  double quota = 0;
  std::optional<DynoSize> dyno;  // where the quota is a dyno's
  double headroom = 0;           // share of it to keep free
  double most_chance = 0;        // to pass what is left, of a setting that fits
  double seconds = 0;            // between restarts
  double rate = 0;               // requests a second
  double base = 0;               // of a worker
  double shared = 0;             // by all workers
  AppKind app = AppKind::kRuby;
  std::size_t workers = 0;  // now; 0: not known
  std::size_t threads = 1;  // now, of each

  std::vector<std::string> known;  // sentences: what was measured, and what was taken to be so
  Certainty certainty = Certainty::kLow;
  std::string confidence;  // in words, with its reason
  bool at_least = false;   // plateaus are lower bounds
  std::optional<MeasuredWorkers> measured;

  std::vector<SizingCell> table;        // by workers, then threads; at least one
  std::optional<SizingCell> now;        // the present setting
  std::optional<SizingCell> chosen;     // the one to take; none fits or serves: none
  std::optional<SizingCell> scattered;  // the same if each thread keeps what it freed
  std::vector<std::string> settings;    // what to paste: "WEB_CONCURRENCY=1"
  std::size_t workers_that_fit = 0;     // with the threads of now
  double needed = 0;                    // quota for the present setting, or for the least one
  double least_needed = 0;              // for one worker with one thread
  std::optional<DynoSize> dyno_needed;  // the smallest with as much as is needed
  std::optional<PeakCut> cut;           // of the present setting, or of the chosen one
  std::vector<Notice> notices;
};

// Errors: kUsage for what contradicts itself or is not enough to tell; kNotFound for a process, a
// control group or a series that is not there; as read_traffic(). Thread-safe.
Result<SizeAnswer> answer(const SizeRequest& request, Monitor& monitor);

// Does the present setting not fit, or none? What the exit code tells.
bool is_alarming(const SizeAnswer& answer);

// tidemark.size/2
void describe(Fields& fields, const SizeAnswer& answer);
void describe(Fields& fields, const SizingCell& cell);
void describe(Fields& fields, const PeakCut& cut);
void describe(Fields& fields, const MeasuredWorkers& measured);

}  // namespace tidemark
