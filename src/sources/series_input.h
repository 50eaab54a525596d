// Opens whatever holds memory over time: a Heroku log, a table, JSON, what tools print. Recognised
// by content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "series/series.h"
#include "sources/csv_series.h"

namespace tidemark {

struct SeriesInputOptions {
  TableOptions table;
  double now = 0;  // for times without a year; 0: the clock, the file's time
};

// Of a text that is no Heroku log: JSON, a table, what a tool printed. Errors: as
// read_csv_series(), table_of_json(), table_of_text().
Result<SeriesSet> read_text_series(std::string_view text, const TableOptions& options, double now);

// Reads `path` ("-": standard input), plain, gzip or zstd. A log may be of any size; a CSV must fit
// in memory (at most 1 GB). Errors: kIo, kNotADump for what is neither, kTooLarge, kCancelled.
Result<SeriesSet> read_series(const std::string& path, const SeriesInputOptions& options,
                              Monitor& monitor);

}  // namespace tidemark
