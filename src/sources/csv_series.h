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
// What is no memory is never taken for it: a share, free memory, a count, address space, the page
// cache. A column of texts that come again and again says whose memory a row holds.
//
// Separators are comma, semicolon, tab, bar or blanks; fields may be quoted. Memory: the samples,
// 56 bytes each while they are read, 32 then.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "series/series.h"
#include "sources/table_rows.h"
#include "sources/time_cell.h"

namespace tidemark {

// Says what a column is where its name does not: {"t", "time"}, {"heap", "memory"}.
struct CsvColumnChoice {
  std::string column;  // its name, or its number from 1
  std::string role;    // "time", "memory", "swap", "requests", "rpm", "workers", "event", "quota",
                       // "name", "ignore"
};

// Whether these first bytes of an input look like such a table.
bool looks_like_csv(std::string_view head);

struct TableOptions {
  std::vector<CsvColumnChoice> columns = {};
  std::vector<std::string> names = {};  // of the columns, where the rows begin without
  double unit = 0;  // bytes in one, of numbers that nothing else gives a unit; 0: not said
  DateOrder date_order = DateOrder::kUnknown;
};

// Every row and cell that cannot be read is counted in the notices. Errors: kNotADump when there is
// no time or no memory column, or no row, where the unit has two readings, where one series has two
// values at one time; kUsage when a choice names a column that is not there, or when dates can be
// read in two ways.
Result<SeriesSet> read_csv_series(std::string_view text, const TableOptions& options = {});
Result<SeriesSet> read_table_series(TableRows& rows, const TableOptions& options);

}  // namespace tidemark
