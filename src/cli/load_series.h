// Reads the series of whatever a user names: a log, a CSV, a history, a server.
#pragma once

#include <string>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "series/series.h"
#include "sources/csv_series.h"

namespace tidemark {

struct LoadOptionsForSeries {
  std::vector<CsvColumnChoice> columns;
  double since = 0;     // seconds before a series' last sample; 0: all of it
  bool shares = false;  // keep the series that only say what workers share (MemoryKind::kPrivate)
};

// Errors: as read_series(), HistoryStore::read() and RemoteStore.
Result<SeriesSet> load_series(const std::string& input, const LoadOptionsForSeries& options,
                              Monitor& monitor);

}  // namespace tidemark
