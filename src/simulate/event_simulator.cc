#include "simulate/event_simulator.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "simulate/arrivals.h"
#include "simulate/next_event.h"

namespace tidemark {
namespace {

constexpr double kUnit = 1 << kSlopeBits;
constexpr std::size_t kMostQueued = 1000000;  // a front end would have given up long before
constexpr std::uint64_t kLookUp = (1U << 20) - 1;
constexpr double kLeastStep = 2e-4;  // of the level: smaller rises share a step

struct Slot {  // a thread
  std::uint64_t slope = 0;
  std::uint64_t slope_start = 0;
  std::uint64_t most = 0;  // of its largest request
  std::uint64_t left = UINT64_MAX;
  std::uint32_t micros = 0;
  std::uint32_t group = 0;
  bool serving = false;
};

struct Group {
  std::uint64_t slopes = 0;
  std::uint64_t slope_starts = 0;
  std::uint64_t high = 0;  // of what its requests held
  double floor = 0;        // bytes that stay
  double peak = 0;         // bytes: highest of both together
  std::uint32_t process = 0;

  [[nodiscard]] std::uint64_t total(std::uint64_t now) const { return slopes * now - slope_starts; }
};

struct Process {
  std::uint64_t served = 0;
  std::uint64_t born = 0;
  double cached = 0;  // entries
};

// kQueue: requests come on their own. kPauses: threads wait between requests. kExtras: all that
// costs something at each event: retained memory, memory that goes back, recycling, a timeline.
template <bool kQueue, bool kPauses, bool kExtras>
class Runner {
 public:
  Runner(const ServerModel& model, const RequestDeck& deck, const std::vector<PauseDeck>& pauses,
         std::uint64_t seed, std::uint64_t number, Timeline* timeline)
      : model_(model),
        deck_(deck),
        pauses_(pauses),
        random_(seed, number),
        next_(model.slots()),
        slots_(model.slots()),
        processes_(model.processes),
        timeline_(timeline),
        fixed_(model.shared + static_cast<double>(model.processes) * model.base),
        goes_back_(model.ratchet == Ratchet::kNone ? 1 : model.gives_back) {
    make_groups();
    const double seconds = model.seconds > 0 ? model.seconds : 1e9;
    end_ = static_cast<std::uint64_t>(std::min(seconds, 1e9) * 1e6);
    if (timeline_ != nullptr) {
      timeline_->most.assign(timeline_->columns, -1);
      timeline_->kept.assign(timeline_->columns, -1);
    }
    best_ = fixed_;
    result_.peaks.push_back({0, best_});
    if (model.quota > 0 && best_ > model.quota) result_.first_over_quota = 0;
  }

  RunResult run(std::uint64_t number, Monitor* monitor);

 private:
  void make_groups();
  void begin_threads();
  void end_of_event(std::size_t thread, std::uint64_t now);
  void start(std::size_t thread, const Request& request, std::uint64_t now);
  void complete(std::size_t thread, std::uint64_t now);
  void arrive(ArrivalStream& arrivals);
  void set_level(double level, std::uint64_t now);
  void before_drop(Group& group, std::uint64_t total, std::uint64_t now);
  void after_drop(Group& group, std::uint64_t now);
  void retain(Group& group);
  void recycle(std::size_t process, std::uint64_t now);
  [[nodiscard]] double level_at(std::uint64_t now) const;
  void note_column(std::uint64_t now, double level);
  void finish(std::uint64_t now);

  const ServerModel& model_;
  const RequestDeck& deck_;
  const std::vector<PauseDeck>& pauses_;
  Random random_;
  NextEvent next_;
  std::vector<Slot> slots_;
  std::vector<Group> groups_;
  std::vector<Process> processes_;
  Timeline* timeline_;
  RunResult result_;
  double fixed_;
  double goes_back_;
  double best_ = 0;
  double recorded_ = 0;
  std::uint64_t highs_ = 0;  // sum of the groups' `high`
  double peaks_ = 0;         // sum of the groups' `peak`
  double floors_ = 0;
  Group all_;  // slopes of all groups together
  std::uint64_t end_ = 0;

  struct Waiting {
    Request request;
    std::uint64_t since = 0;
  };
  std::vector<std::uint32_t> idle_;
  std::deque<Waiting> queue_;
  std::uint64_t waited_ = 0;  // microseconds, of all that were started
  std::uint64_t started_ = 0;
};

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::make_groups() {
  std::size_t slot = 0;
  for (std::uint32_t process = 0; process < model_.processes; ++process) {
    for (std::size_t g = 0; g < model_.groups_per_process(); ++g) {
      Group group;
      group.process = process;
      for (std::size_t i = 0; i < model_.group_threads(g); ++i) {
        slots_[slot++].group = static_cast<std::uint32_t>(groups_.size());
      }
      groups_.push_back(group);
    }
  }
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::begin_threads() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (model_.requests_per_thread > 0) slots_[i].left = model_.requests_per_thread;
    if constexpr (kQueue) {
      idle_.push_back(static_cast<std::uint32_t>(i));
    } else if constexpr (kPauses) {
      next_.set(i, pauses_.back().draw(random_));
    } else {
      start(i, deck_.draw(random_), 0);
    }
  }
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::set_level(double level, std::uint64_t now) {
  if (level <= best_) return;
  best_ = level;
  const double seconds = static_cast<double>(now) * 1e-6;
  if (model_.quota > 0 && best_ > model_.quota && std::isinf(result_.first_over_quota)) {
    result_.first_over_quota = seconds;
  }
  if (best_ < recorded_ * (1 + kLeastStep)) return;
  recorded_ = best_;
  result_.peaks.push_back({seconds, best_});
}

template <bool kQueue, bool kPauses, bool kExtras>
double Runner<kQueue, kPauses, kExtras>::level_at(std::uint64_t now) const {
  const double current = static_cast<double>(all_.total(now)) / kUnit + floors_;
  return fixed_ + (1 - goes_back_) * peaks_ + goes_back_ * current;
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::note_column(std::uint64_t now, double level) {
  if (timeline_ == nullptr || timeline_->columns == 0) return;
  const double part = static_cast<double>(now) * 1e-6 / timeline_->seconds;
  const auto last = static_cast<double>(timeline_->columns - 1);
  const auto column = static_cast<std::size_t>(
      std::clamp(part * static_cast<double>(timeline_->columns), 0.0, last));
  const double active = static_cast<double>(all_.total(now)) / kUnit;
  timeline_->most[column] = std::max(timeline_->most[column], active);
  timeline_->kept[column] = level;
}

// The total stands highest: before a request gives its memory back.
template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::before_drop(Group& group, std::uint64_t total,
                                                   std::uint64_t now) {
  const double both = static_cast<double>(total) / kUnit + group.floor;
  if (both > group.peak) {
    peaks_ += both - group.peak;
    group.peak = both;
  }
  const double level = level_at(now);
  set_level(level, now);
  note_column(now, level);
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::retain(Group& group) {
  double stays = model_.leak;
  const CacheModel& cache = model_.cache;
  Process& process = processes_[group.process];
  if (cache.bytes > 0 && process.cached < cache.entries &&
      random_.uniform() * cache.keys >= process.cached) {
    process.cached += 1;
    stays += cache.bytes;
  }
  group.floor += stays;
  floors_ += stays;
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::recycle(std::size_t number, std::uint64_t now) {
  processes_[number] = {.served = 0, .born = now, .cached = 0};
  ++result_.recycled;
  peaks_ = 0;
  floors_ = 0;
  for (Group& group : groups_) {
    if (group.process == number) {
      // Requests in flight end in the new process: it has to hold them.
      group.floor = 0;
      group.peak = static_cast<double>(group.total(now)) / kUnit;
    }
    peaks_ += group.peak;
    floors_ += group.floor;
  }
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::after_drop(Group& group, std::uint64_t now) {
  retain(group);
  Process& process = processes_[group.process];
  ++process.served;
  const bool many = model_.recycle_requests > 0 && process.served >= model_.recycle_requests;
  const double age = static_cast<double>(now - process.born) * 1e-6;
  const bool old = model_.recycle_seconds > 0 && age >= model_.recycle_seconds;
  if (many || old) recycle(group.process, now);
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::start(std::size_t thread, const Request& request,
                                             std::uint64_t now) {
  Slot& slot = slots_[thread];
  Group& group = groups_[slot.group];
  slot.slope = request.slope;
  slot.slope_start = request.slope * now;
  slot.micros = request.micros;
  if constexpr (kPauses) slot.serving = true;
  slot.most = std::max(slot.most, request.slope * request.micros);
  group.slopes += slot.slope;
  group.slope_starts += slot.slope_start;
  next_.set(thread, now + request.micros);
  if constexpr (kExtras) {
    all_.slopes += slot.slope;
    all_.slope_starts += slot.slope_start;
    if (timeline_ == nullptr) return;
    if (timeline_->served.size() >= timeline_->most_served) {
      timeline_->complete = false;
      return;
    }
    timeline_->served.push_back(
        {.thread = static_cast<std::uint32_t>(thread),
         .begin = static_cast<double>(now) * 1e-6,
         .end = static_cast<double>(now + request.micros) * 1e-6,
         .bytes = static_cast<double>(request.slope * request.micros) / kUnit});
  }
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::complete(std::size_t thread, std::uint64_t now) {
  Slot& slot = slots_[thread];
  Group& group = groups_[slot.group];
  const std::uint64_t total = group.total(now);
  if constexpr (kExtras) before_drop(group, total, now);
  if (total > group.high) {
    highs_ += total - group.high;
    group.high = total;
    if constexpr (!kExtras) set_level(fixed_ + static_cast<double>(highs_) / kUnit, now);
  }
  group.slopes -= slot.slope;
  group.slope_starts -= slot.slope_start;
  if constexpr (kExtras) {
    all_.slopes -= slot.slope;
    all_.slope_starts -= slot.slope_start;
    after_drop(group, now);
  }
  if constexpr (kPauses) slot.serving = false;
  ++result_.requests;
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::end_of_event(std::size_t thread, std::uint64_t now) {
  if constexpr (kPauses) {
    if (!slots_[thread].serving) {
      start(thread, deck_.draw(random_), now);
      return;
    }
  }
  complete(thread, now);
  if constexpr (kQueue) {
    if (queue_.empty()) {
      next_.clear(thread);
      idle_.push_back(static_cast<std::uint32_t>(thread));
      return;
    }
    waited_ += now - queue_.front().since;
    ++started_;
    start(thread, queue_.front().request, now);
    queue_.pop_front();
  } else {
    if (--slots_[thread].left == 0) {
      next_.clear(thread);
      return;
    }
    if constexpr (kPauses) {
      std::uint64_t pause = 0;
      for (const PauseDeck& deck : pauses_) pause += deck.draw(random_);
      next_.set(thread, now + pause);
    } else {
      start(thread, deck_.draw(random_), now);
    }
  }
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::arrive(ArrivalStream& arrivals) {
  const Arrival arrival = arrivals.take(random_);
  if (idle_.empty()) {
    if (queue_.size() < kMostQueued) queue_.push_back({arrival.request, arrival.micros});
    return;
  }
  const std::uint32_t pick = random_.below(static_cast<std::uint32_t>(idle_.size()));
  const std::uint32_t thread = idle_[pick];
  idle_[pick] = idle_.back();
  idle_.pop_back();
  ++started_;
  start(thread, arrival.request, arrival.micros);
}

template <bool kQueue, bool kPauses, bool kExtras>
void Runner<kQueue, kPauses, kExtras>::finish(std::uint64_t now) {
  for (const Slot& slot : slots_) {
    result_.sum_of_maxima += static_cast<double>(slot.most) / kUnit;
  }
  result_.max_of_sum = static_cast<double>(highs_) / kUnit;
  result_.peak = best_;
  result_.seconds = static_cast<double>(now) * 1e-6;
  result_.end = kExtras ? level_at(now) : best_;
  result_.peaks.push_back({result_.seconds, best_});
  if (started_ > 0) {
    result_.mean_wait = static_cast<double>(waited_) * 1e-6 / static_cast<double>(started_);
  }
}

template <bool kQueue, bool kPauses, bool kExtras>
RunResult Runner<kQueue, kPauses, kExtras>::run(std::uint64_t number, Monitor* monitor) {
  begin_threads();
  // Its own numbers, so that two models that differ in threads only are asked the same.
  Random coming(random_.next(), number);
  ArrivalStream* arrivals = nullptr;
  std::deque<ArrivalStream> place;
  if constexpr (kQueue) arrivals = &place.emplace_back(model_, deck_, number, coming);
  std::uint64_t now = 0;
  for (;;) {
    const std::uint64_t key = next_.first();
    std::uint64_t time = key == NextEvent::kNever ? UINT64_MAX : NextEvent::time_of(key);
    if constexpr (kQueue) {
      const std::uint64_t coming_at = arrivals->next_micros();
      if (coming_at <= time) {
        if (coming_at > end_) break;
        now = coming_at;
        arrive(*arrivals);
        ++result_.events;
        continue;
      }
    }
    if (time > end_) {
      if (time != UINT64_MAX) now = end_;
      break;
    }
    now = time;
    end_of_event(NextEvent::thread_of(key), now);
    if ((++result_.events & kLookUp) == 0 && monitor != nullptr && monitor->cancelled()) break;
  }
  if (kQueue && model_.seconds > 0) now = std::max(now, end_);
  finish(now);
  return std::move(result_);
}

template <bool kQueue, bool kPauses, bool kExtras>
RunResult run_with(const ServerModel& model, const RequestDeck& deck,
                   const std::vector<PauseDeck>& pauses, std::uint64_t seed, std::uint64_t number,
                   Monitor* monitor, Timeline* timeline) {
  Runner<kQueue, kPauses, kExtras> runner(model, deck, pauses, seed, number, timeline);
  return runner.run(number, monitor);
}

}  // namespace

EventSimulator::EventSimulator(const ServerModel& model) : model_(model), deck_(model.mix) {
  if (model.arrivals != Arrivals::kBackToBack) return;
  for (const Distribution& pause : model.pauses) pauses_.emplace_back(pause);
}

RunResult EventSimulator::run(std::uint64_t seed, std::uint64_t number, Monitor* monitor,
                              Timeline* timeline) const {
  const bool extras = timeline != nullptr || model_.leak > 0 || model_.cache.bytes > 0 ||
                      model_.gives_back > 0 || model_.ratchet == Ratchet::kNone ||
                      model_.recycle_requests > 0 || model_.recycle_seconds > 0;
  const auto with = [&](auto runner) {
    return runner(model_, deck_, pauses_, seed, number, monitor, timeline);
  };
  if (model_.arrivals != Arrivals::kBackToBack) {
    return extras ? with(run_with<true, false, true>) : with(run_with<true, false, false>);
  }
  if (pauses_.empty()) {
    return extras ? with(run_with<false, false, true>) : with(run_with<false, false, false>);
  }
  return extras ? with(run_with<false, true, true>) : with(run_with<false, true, false>);
}

}  // namespace tidemark
