// Live heap of Ruby and Node.js processes after their collections, read now and then beside the
// samples of the kernel: on a thread of its own, because a reading waits for a good moment.
//
// Ruby tells what survived its last collection. Node.js tells what it uses, garbage included, so
// it is read several times for one sample, which is the lowest; or, when that is wanted, it is
// asked to collect first. That stops it for 10 ms to a second by the size of its heap, and has it
// give memory back, so that its resident memory is no longer what it was by itself.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/monitor.h"
#include "capture/gc_stats.h"
#include "series/series.h"

namespace tidemark {

struct HeapTarget {
  int pid = 0;
  std::uint64_t start = 0;  // tells a pid's processes apart
  std::string name;         // "puma[4711]"
};

// Sums over the processes of the last round.
struct HeapSplit {
  double live = 0;  // bytes of objects after a collection
  double heap = 0;  // what the runtimes' heaps take from the system
  std::size_t processes = 0;
};

class HeapSampler {
 public:
  // `every`: seconds between samples, longer where collections would stop a process for more than
  // half a percent of its time. `collect`: before each reading.
  HeapSampler(std::string name, double every, bool collect);
  HeapSampler(const HeapSampler&) = delete;
  HeapSampler& operator=(const HeapSampler&) = delete;
  ~HeapSampler();

  // What runs now; `events` of the whole part the lives of its heap too.
  void follow(std::vector<HeapTarget> targets, const std::vector<SeriesEvent>& events);
  // Takes in what was read meanwhile.
  void collect();

  [[nodiscard]] const MemorySeries& total() const { return total_; }
  // The whole, and each process when there were several. Those without a reading are left out.
  [[nodiscard]] std::vector<const MemorySeries*> series() const;
  [[nodiscard]] const HeapSplit& split() const { return split_; }
  // Why nothing can be read, the first reason met; empty while all is well.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] double longest_pause() const { return longest_pause_; }  // seconds

 private:
  struct Reading {
    HeapTarget target;
    double time = 0;
    double live = 0;
    double heap = 0;
  };
  using Round = std::vector<Reading>;
  using Key = std::pair<int, std::uint64_t>;

  void work(const std::stop_token& stop);
  Round read_round(const std::vector<HeapTarget>& targets);
  void forget(const std::vector<HeapTarget>& targets);
  static void take_lowest(Round& lowest, Round now);
  std::optional<Reading> read_one(const HeapTarget& target);
  void take(const Round& round);
  void note_failure(const HeapTarget& target, const Error& error);

  double every_;
  bool collect_;
  // Of the main thread.
  MemorySeries total_;
  std::map<Key, MemorySeries> parts_;
  HeapSplit split_;
  std::string failure_;
  double longest_pause_ = 0;

  // Of the reading thread. No reader: it cannot be read.
  std::map<Key, std::optional<GcStatsReader>> readers_;
  double pause_ = 0;  // the longest of this round
  Monitor monitor_;

  // Between both.
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<HeapTarget> targets_;
  std::vector<Round> rounds_;
  std::string new_failure_;
  double new_pause_ = 0;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidemark
