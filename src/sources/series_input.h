// Opens whatever holds memory over time: a CSV, or a Heroku log. Recognised by content.
#pragma once

#include <string>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"
#include "series/series.h"
#include "sources/csv_series.h"

namespace tidemark {

struct SeriesInputOptions {
  std::vector<CsvColumnChoice> columns;  // of a CSV
  double now = 0;                        // for times without a year; 0: the clock, the file's time
};

// Reads `path` ("-": standard input), plain, gzip or zstd. A log may be of any size; a CSV must fit
// in memory (at most 1 GB). Errors: kIo, kNotADump for what is neither, kTooLarge, kCancelled.
Result<SeriesSet> read_series(const std::string& path, const SeriesInputOptions& options,
                              Monitor& monitor);

}  // namespace tidemark
