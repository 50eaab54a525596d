// Writes what is watched into a history, a few seconds at a time.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/result.h"
#include "series/series.h"
#include "store/history_store.h"

namespace tidemark {

class Recorder {
 public:
  static Result<Recorder> open(const std::string& path);

  // What is new of the series since the last call. A failure (a full disk) is given back once; the
  // samples are tried again with the next call, and success forgets it.
  Result<void> add(const MemorySeries& series);

  // Hourly, old samples are thinned out.
  Result<void> tidy(double now);

 private:
  explicit Recorder(HistoryStore store) : store_(std::move(store)) {}

  HistoryStore store_;
  std::map<std::string, std::pair<double, double>, std::less<>> done_;  // last sample, last event
  bool failing_ = false;
  double tidied_ = 0;
};

}  // namespace tidemark
