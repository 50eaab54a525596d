// Memory over time, kept in one SQLite file.
//
//   series(id, name, kind, quota)               what it is of
//   sample(series, time, bytes, requests, workers)   time in ms since 1970; one row a sample
//   event(series, time, kind, detail)
//
// The file is in WAL mode: readers do not wait for the writer, and a writer that is killed, or that
// loses power, loses what it had not committed and nothing else. A full disk is an error of the
// append that met it; what was there stays whole, and the samples may be given again.
//
// Samples of the last week stay as they are. Older ones become one a minute, and after three months
// they go. 25 to 30 bytes a sample on disk: a week of one series at one sample a second is 17 MB.
//
// Not thread-safe; several processes may use one file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "series/series.h"

struct sqlite3;

namespace tidemark {

class HistoryStore {
 public:
  struct Settings {
    double raw_seconds = 7 * 86400.0;
    double kept_seconds = 90 * 86400.0;
    std::int64_t most_pages = 0;  // of 4 kB; 0: as the disk allows
    bool read_only = false;
  };

  // Makes the file where there is none, unless read only. Errors: kIo, kNotADump for a file that is
  // no such store, kUnsupported for one of a later version.
  static Result<HistoryStore> open(const std::string& path, const Settings& settings);

  // Whether a file that begins like this is an SQLite file.
  static bool recognises(std::string_view head);

  // Adds the samples and events from these indices on, in one transaction: all or none. Those that
  // are there already (same series, same time) are replaced. Errors: kIo.
  Result<void> append(const MemorySeries& series, std::size_t first_sample,
                      std::size_t first_event);

  // Thins out and drops what is old by `now`, and gives room back. Cheap when there is nothing to
  // do. Errors: kIo.
  Result<void> tidy(double now);

  // Every series with at least one sample in [from, to], by name. Errors: kIo, kNotFound for none.
  Result<SeriesSet> read(double from = 0,
                         double to = std::numeric_limits<double>::infinity()) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  HistoryStore(sqlite3* database, std::string path, const Settings& settings);

  Result<void> prepare();
  Result<void> check_version();
  Result<void> append_rows(const MemorySeries& series, std::size_t first_sample,
                           std::size_t first_event);
  Result<void> read_rows(std::int64_t id, double from, double to, MemorySeries& series) const;
  [[nodiscard]] std::unexpected<Error> failed(const char* what) const;
  [[nodiscard]] Result<void> run(const char* sql) const;

  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
  Settings settings_;
};

}  // namespace tidemark
