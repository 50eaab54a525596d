#include "answers/series/heap_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};
constexpr double kMostOfItsTime = 0.005;  // that a process is stopped for us
constexpr int kReadings = 12;             // for one sample

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

HeapSampler::HeapSampler(std::string name, double every, bool collect)
    : every_(every), collect_(collect) {
  total_.name = std::move(name);
  total_.kind = MemoryKind::kHeapAfterGc;
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

HeapSampler::~HeapSampler() {
  monitor_.cancel();
  thread_.request_stop();
}

void HeapSampler::follow(std::vector<HeapTarget> targets, const std::vector<SeriesEvent>& events) {
  for (std::size_t i = total_.events.size(); i < events.size(); ++i) {
    total_.events.push_back(events[i]);
  }
  const std::scoped_lock lock(mutex_);
  const bool first = targets_.empty() && !targets.empty();
  targets_ = std::move(targets);
  if (first) wake_.notify_all();
}

void HeapSampler::collect() {
  std::vector<Round> rounds;
  {
    const std::scoped_lock lock(mutex_);
    rounds.swap(rounds_);
    if (failure_.empty()) failure_ = new_failure_;
    longest_pause_ = new_pause_;
  }
  for (const Round& round : rounds) take(round);
}

std::vector<const MemorySeries*> HeapSampler::series() const {
  std::vector<const MemorySeries*> all;
  if (!total_.samples.empty()) all.push_back(&total_);
  if (parts_.size() < 2) return all;
  for (const auto& [key, part] : parts_) all.push_back(&part);
  return all;
}

void HeapSampler::take(const Round& round) {
  split_ = {};
  for (const Reading& reading : round) {
    MemorySeries& part = parts_[{reading.target.pid, reading.target.start}];
    part.name = reading.target.name;
    part.kind = MemoryKind::kHeapAfterGc;
    part.samples.push_back({.time = reading.time, .bytes = reading.live});
    split_.live += reading.live;
    split_.heap += reading.heap;
    ++split_.processes;
  }
  if (round.empty()) return;
  total_.samples.push_back({.time = round.back().time,
                            .bytes = split_.live,
                            .workers = static_cast<std::uint32_t>(round.size())});
}

void HeapSampler::note_failure(const HeapTarget& target, const Error& error) {
  const std::scoped_lock lock(mutex_);
  if (new_failure_.empty()) {
    new_failure_ = fmt::format("the heap of {} cannot be read: {}", target.name, error.message);
  }
}

std::optional<HeapSampler::Reading> HeapSampler::read_one(const HeapTarget& target) {
  const auto [known, is_new] = readers_.try_emplace({target.pid, target.start});
  if (is_new) {
    if (auto opened = GcStatsReader::open(target.pid)) {
      known->second.emplace(std::move(*opened));
    } else {
      note_failure(target, opened.error());
    }
  }
  if (!known->second) return std::nullopt;
  const auto stats =
      known->second->read({.collect_first = collect_, .patience = kPatience}, monitor_);
  if (!stats) {
    if (!monitor_.cancelled()) note_failure(target, stats.error());
    return std::nullopt;
  }
  pause_ = std::max(pause_, seconds(std::max(stats->pause, stats->stopped)));
  const auto live = stats->after_gc_bytes.value_or(stats->used_bytes);
  // Contents of buffers are V8's objects too, wherever they lie.
  const auto outside = static_cast<double>(stats->external_bytes.value_or(0));
  return Reading{.target = target,
                 .time = wall_seconds(),
                 .live = static_cast<double>(live) + outside,
                 .heap = static_cast<double>(stats->heap_bytes) + outside};
}

void HeapSampler::forget(const std::vector<HeapTarget>& targets) {
  std::erase_if(readers_, [&](const auto& entry) {
    return std::none_of(targets.begin(), targets.end(), [&](const HeapTarget& target) {
      return Key{target.pid, target.start} == entry.first;
    });
  });
}

// All of them, or nothing: a sum without one of its parts is no sample.
HeapSampler::Round HeapSampler::read_round(const std::vector<HeapTarget>& targets) {
  Round round;
  for (const HeapTarget& target : targets) {
    if (monitor_.cancelled()) return {};
    auto reading = read_one(target);
    if (reading) {
      round.push_back(std::move(*reading));
    } else if (readers_[{target.pid, target.start}]) {
      return {};
    }
  }
  return round;
}

// Each process' lowest reading so far; when others run now, those that ran are history.
void HeapSampler::take_lowest(Round& lowest, Round now) {
  if (now.empty()) return;
  const bool same = std::equal(
      lowest.begin(), lowest.end(), now.begin(), now.end(), [](const Reading& a, const Reading& b) {
        return a.target.pid == b.target.pid && a.target.start == b.target.start;
      });
  for (std::size_t i = 0; same && i < now.size(); ++i) {
    now[i].live = std::min(now[i].live, lowest[i].live);
  }
  lowest = std::move(now);
}

void HeapSampler::work(const std::stop_token& stop) {
  const int readings = collect_ ? 1 : kReadings;
  Round lowest;  // of the sample that is being made
  int made = 0;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait(lock, stop, [&] { return !targets_.empty(); });
    if (stop.stop_requested()) return;
    const std::vector<HeapTarget> targets = targets_;
    lock.unlock();
    forget(targets);
    pause_ = 0;
    take_lowest(lowest, read_round(targets));
    lock.lock();
    new_pause_ = std::max(new_pause_, pause_);
    // The first one at once, so that there is something to show.
    if (++made % readings == 0 || made == 1) {
      if (!lowest.empty()) rounds_.push_back(std::move(lowest));
      lowest.clear();
    }
    const double rest = std::max(every_ / readings, pause_ / kMostOfItsTime);
    wake_.wait_for(lock, stop, std::chrono::duration<double>(rest), [] { return false; });
  }
}

}  // namespace tidemark
