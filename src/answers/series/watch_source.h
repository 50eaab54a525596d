// Where a watch has its samples from: processes, or a log that still grows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answers/series/heap_sampler.h"
#include "answers/series/watch.h"
#include "answers/series/watch_clock.h"
#include "base/monitor.h"
#include "series/series.h"
#include "sources/heroku_log.h"
#include "sources/process_sampler.h"

namespace tidemark {

class WatchSource {
 public:
  WatchSource() = default;
  WatchSource(const WatchSource&) = delete;
  WatchSource& operator=(const WatchSource&) = delete;
  virtual ~WatchSource() = default;

  // Waits until `until` (WatchClock::steady()) and takes in what there is. False at the end.
  virtual bool look(double until, const Monitor& monitor) = 0;
  // What there is to say beside the samples.
  virtual void fill(WatchLook& look) const = 0;
  [[nodiscard]] virtual const MemorySeries& total() const = 0;
  // What is to be recorded: the whole, and its parts where there are any.
  [[nodiscard]] virtual std::vector<const MemorySeries*> series() const { return {&total()}; }
  // Whether every restart is among the events.
  [[nodiscard]] virtual bool knows_restarts() const { return false; }
  // Live heap beside it; null where it is not sampled.
  [[nodiscard]] virtual const HeapSampler* heap() const { return nullptr; }
};

class ProcessSource final : public WatchSource {
 public:
  ProcessSource(ProcessSampler sampler, const std::optional<WatchHeap>& heap, WatchClock& clock);

  bool look(double until, const Monitor& monitor) override;
  void fill(WatchLook& look) const override;
  [[nodiscard]] const MemorySeries& total() const override { return sampler_.total(); }
  [[nodiscard]] std::vector<const MemorySeries*> series() const override;
  [[nodiscard]] bool knows_restarts() const override { return true; }
  [[nodiscard]] const HeapSampler* heap() const override { return heap_.get(); }

 private:
  void follow_heaps();

  ProcessSampler sampler_;
  std::unique_ptr<HeapSampler> heap_;
  WatchClock& clock_;
};

// A log or a table, while it comes in: of any kind that read_text_series() knows.
class LogSource final : public WatchSource {
 public:
  LogSource(int input, std::string only, WatchClock& clock)
      : input_(input), clock_(clock), log_(clock.now()), only_(std::move(only)) {}

  bool look(double until, const Monitor& monitor) override;
  void fill(WatchLook& look) const override;
  [[nodiscard]] const MemorySeries& total() const override { return series_; }

  // Why nothing of it could be read.
  [[nodiscard]] const Error& why_not() const { return why_not_; }

 private:
  bool read_some();
  void take_lines(std::string_view lines);
  void take_series();
  SeriesSet read_what_came();

  int input_;
  WatchClock& clock_;
  HerokuLog log_;
  std::string only_;
  std::string rest_;            // of a line that is not complete
  std::optional<bool> is_log_;  // a Heroku log, as its first lines tell
  std::string text_;            // what is no log: the lines so far, at most kMostText
  bool grown_ = false;          // since it was read last
  Error why_not_;
  MemorySeries series_;
};

}  // namespace tidemark
