// What `tidemark size` finds out of the workers that run: from their memory over time, or from a
// look at the processes themselves. What was found, and how, is said in the subject's sentences.
//
// Sizes are bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/host.h"
#include "report/size_report.h"
#include "series/series.h"
#include "sources/worker_memory.h"

namespace tidemark {

std::string size_text(double bytes);

struct WorkerLevel {
  double worker = 0;  // of each, without what is shared
  double shared = 0;
  double base = 0;   // of that of each, before the first requests; 0: not known
  double rate = 0;   // requests a second in all; 0: not known
  double quota = 0;  // that the source knows of; 0: none
  std::size_t workers = 0;
  std::size_t threads = 0;  // of each, as found; 0: not known
  const char* base_known_by = "taken: 55 %";
};

// Of the series that needs most. `workers`: as the user says; 0: as the series does. Errors:
// kNotFound when none is long enough.
Result<WorkerLevel> level_of_series(const SeriesSet& set, std::size_t workers,
                                    SizeSubject& subject);

struct LiveTarget {
  std::string target;                  // a pid or a name, with all processes below it
  const Host* host = &this_machine();  // where it runs
  int self = 0;                        // a process that is not meant: our own
};

// Of a server that runs, as it is now. Puts what kind of server it is into the subject. Errors:
// kNotFound when no such process runs.
Result<WorkerLevel> level_of_processes(const LiveTarget& target, SizeSubject& subject);

}  // namespace tidemark
