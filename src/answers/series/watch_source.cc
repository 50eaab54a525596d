#include "answers/series/watch_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "host/process_name.h"
#include "sources/json_table.h"
#include "sources/series_input.h"

namespace tidemark {
namespace {

// Of a table that comes in: a day of a sample a second.
constexpr std::size_t kMostText = std::size_t{8} << 20;

std::string name_of(const SampledProcess& one) {
  return fmt::format("{}[{}]", process_title(one.process), one.process.pid);
}

}  // namespace

ProcessSource::ProcessSource(ProcessSampler sampler, const std::optional<WatchHeap>& heap,
                             WatchClock& clock)
    : sampler_(std::move(sampler)), clock_(clock) {
  if (!heap) return;
  heap_ = std::make_unique<HeapSampler>(sampler_.total().name, heap->every_seconds, heap->collect);
}

bool ProcessSource::look(double until, const Monitor& monitor) {
  while (!monitor.cancelled() && clock_.steady() < until) {
    clock_.wait(until - clock_.steady(), -1);
  }
  if (!monitor.cancelled()) sampler_.sample(clock_.now());
  if (heap_ != nullptr) follow_heaps();
  return true;
}

void ProcessSource::fill(WatchLook& look) const {
  look.title = sampler_.title();
  look.running = !sampler_.running().empty();
  look.pressure_percent = sampler_.control_group().pressure;
  for (const SampledProcess& one : sampler_.running()) {
    const bool known = one.proportional && one.proportional->unique > 0;
    look.processes.push_back(
        {.pid = one.process.pid,
         .name = name_of(one),
         .bytes = one.bytes,
         .unique = known ? std::optional(one.proportional->unique) : std::nullopt,
         .resident = one.memory.resident,
         .swap = one.memory.swap,
         .threads = one.memory.threads});
  }
  if (heap_ == nullptr || heap_->split().live <= 0) return;
  look.heap = WatchedHeap{.live = heap_->split().live, .size = heap_->split().heap};
}

std::vector<const MemorySeries*> ProcessSource::series() const {
  std::vector<const MemorySeries*> all = {&sampler_.total()};
  const auto parts = sampler_.processes();
  if (!sampler_.own().samples.empty()) all.push_back(&sampler_.own());
  // One process is the whole.
  if (parts.size() > 1) all.insert(all.end(), parts.begin(), parts.end());
  if (heap_ == nullptr) return all;
  const auto heaps = heap_->series();
  all.insert(all.end(), heaps.begin(), heaps.end());
  return all;
}

void ProcessSource::follow_heaps() {
  std::vector<HeapTarget> targets;
  for (const SampledProcess& one : sampler_.running()) {
    targets.push_back({.pid = one.process.pid, .start = one.process.started, .name = name_of(one)});
  }
  heap_->follow(std::move(targets), sampler_.total().events);
  heap_->collect();
}

bool LogSource::look(double until, const Monitor& monitor) {
  bool more = true;
  while (more && !monitor.cancelled() && clock_.steady() < until) {
    if (clock_.wait(until - clock_.steady(), input_)) more = read_some();
  }
  take_series();
  return more;
}

// False at the log's end.
bool LogSource::read_some() {
  std::array<char, 65536> piece{};
  const ssize_t got = read(input_, piece.data(), piece.size());
  if (got <= 0) {
    take_lines(rest_);
    rest_.clear();
    return false;
  }
  rest_.append(piece.data(), static_cast<std::size_t>(got));
  const std::size_t end = rest_.rfind('\n');
  if (end == std::string::npos) return true;
  take_lines(std::string_view(rest_).substr(0, end + 1));
  rest_.erase(0, end + 1);
  return true;
}

// Whole lines. A table is read again as a whole when it has grown, so only its end is kept of much.
void LogSource::take_lines(std::string_view lines) {
  if (lines.empty()) return;
  if (!is_log_) is_log_ = !looks_like_json(lines) && looks_like_heroku_log(lines);
  if (*is_log_) {
    log_.add(lines);
    return;
  }
  text_ += lines;
  grown_ = true;
  if (text_.size() <= kMostText) return;
  const std::size_t names = text_.find('\n') + 1;
  const std::size_t cut = text_.find('\n', text_.size() / 2) + 1;
  text_.erase(names, cut - names);
}

SeriesSet LogSource::read_what_came() {
  if (is_log_.value_or(true)) return log_.series();
  if (!std::exchange(grown_, false)) return {};
  auto set = read_text_series(text_, {}, clock_.now());
  if (set) return std::move(*set);
  why_not_ = set.error();
  return {};
}

void LogSource::fill(WatchLook& look) const {
  look.title = series_.name.empty() ? std::string("the log") : series_.name;
  look.running = !series_.samples.empty();
  if (series_.samples.empty()) return;
  look.processes.push_back({.name = series_.name,
                            .bytes = series_.samples.back().bytes,
                            .resident = series_.samples.back().bytes});
}

// The slot that was asked for, or the one that uses most of its quota.
void LogSource::take_series() {
  SeriesSet set = read_what_came();
  MemorySeries* best = nullptr;
  double most = -1;
  for (MemorySeries& series : set.series) {
    if (!only_.empty() && series.name != only_) continue;
    const double used = series.samples.empty() ? 0 : series.samples.back().bytes;
    const double share = series.quota > 0 ? used / series.quota : used / 1e12;
    if (share > most) {
      most = share;
      best = &series;
    }
  }
  if (best != nullptr) series_ = std::move(*best);
  // Of several dynos one is watched to the end.
  if (only_.empty() && best != nullptr) only_ = series_.name;
}

}  // namespace tidemark
