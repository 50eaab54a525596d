// Memory series out of CSV: what a monitoring script wrote, or a dashboard exported.
//
// Columns are found by their names (and by their order when there are none):
//   time      t, time, timestamp, date, ts...: ISO 8601, or seconds, ms, us, ns since 1970, or
//             seconds since the start
//   memory    total, pss, rss, memory...; a swap column beside an rss column is added to it
//   requests  requests, reqs: a count that only grows is a counter; rpm, rps: a rate
//   workers, quota, event (restart, deploy, oom...), and a name: process, pid, dyno, host...
// A table with a time and several other number columns, none of a known name, holds one series in
// each column. Units come from the name (rss_mb, "memory (KiB)") or from the size of the numbers;
// when they are guessed, the notices of the result say so.
//
// Separators are comma, semicolon or tab; fields may be quoted. Memory: the samples, 32 bytes each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "series/series.h"

namespace tidemark {

// Says what a column is where its name does not: {"t", "time"}, {"heap", "memory"}.
struct CsvColumnChoice {
  std::string column;  // its name, or its number from 1
  std::string role;    // "time", "memory", "swap", "requests", "rpm", "workers", "event", "quota",
                       // "name", "ignore"
};

// Whether these first bytes of an input look like such a table.
bool looks_like_csv(std::string_view head);

// Rows that cannot be read are skipped and counted in the notices. Errors: kNotADump when there is
// no time or no memory column, or no row; kUsage when a choice names a column that is not there.
Result<SeriesSet> read_csv_series(std::string_view text,
                                  const std::vector<CsvColumnChoice>& choices = {});

}  // namespace tidemark
