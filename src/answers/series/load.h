// Reads the series of whatever a user names: a log, a CSV, a history, a server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "series/series.h"
#include "sources/csv_series.h"

namespace tidemark {

struct SeriesRequest {
  // A path, plain or compressed; "-" for standard input; the URL of a server, with ?query=PROMQL
  // for its own metrics.
  std::string input;
  TableOptions table;  // of what is no log
  // Of each series the end only, so much before its last sample. 0: all of it; of a server two
  // days.
  double since_seconds = 0;
  std::vector<std::string> only;  // these series, by name; none: all
  // What the samples do not say, or say otherwise; 0: as found.
  double quota_bytes = 0;
  std::uint32_t workers = 0;
  bool shares = false;  // keep those that only say what workers share (MemoryKind::kPrivate)
};

// Its notices name the input. Errors: as read_series(), HistoryStore::read() and RemoteStore;
// kNotFound for a name that no series has. Thread-safe.
Result<SeriesSet> load_series(const SeriesRequest& request, Monitor& monitor);

}  // namespace tidemark
