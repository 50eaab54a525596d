// Memory over time as tools print it: lines of logs, and tables between lines that say the time.
//
//   while true; do date; ps aux | grep puma; sleep 60; done     also kubectl top, docker stats,
//   free top -b, pidstat -r, sar -r                                  they say the time themselves
//   2026-03-02 00:00:00 worker rss=297MB                        any log with name and value
//   name{label="x"} 312347810 1772409600000                     OpenMetrics with times
//   12.3 MB lines of puma_worker_killer, psrecord, mprof, node --trace-gc
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "sources/table_rows.h"
#include "sources/time_cell.h"

namespace tidemark {

// The samples in it, as a table. `now`: for times without a year. Errors: kNotADump where no line
// tells of memory, or where none says when.
Result<MemoryTable> table_of_text(std::string_view text, DateOrder order, double now);

}  // namespace tidemark
