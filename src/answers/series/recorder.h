// Writes what is watched into a history, a few seconds at a time: a file, or a
// Prometheus-compatible server.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "series/series.h"
#include "store/history_store.h"

namespace tidemark {

class Recorder {
 public:
  // `target`: a path, or the URL of a server.
  static Result<Recorder> open(const std::string& target);

  // What is new of the series since the last call. A failure (a full disk, a server that is away)
  // is given back once; the samples are tried again with the next call, and success forgets it.
  // What a server refuses for good is not tried again.
  Result<void> add(const MemorySeries& series);

  // Hourly, old samples are thinned out; a server has rules of its own for that.
  Result<void> tidy(double now);

 private:
  using Append = std::function<Result<void>(const MemorySeries&, std::size_t, std::size_t)>;

  Recorder() = default;

  Append append_;
  std::shared_ptr<HistoryStore> store_;  // null for a server
  // Of each series its last sample and last event.
  std::map<std::pair<std::string, MemoryKind>, std::pair<double, double>> done_;
  int failures_ = 0;  // one after another
  double tidied_ = 0;
};

}  // namespace tidemark
