// Follows what a user named, a pid or a program, through its restarts and its workers' coming and
// going, and turns what /proc says into series.
//
// Cheap files are read each time, the dear one (smaps_rollup) of a process when it is new, then
// every 30 s, sooner when its resident memory has moved by 5 %, and of at most four processes in
// one tick; in between its proportional memory moves as its resident one does. New processes are
// looked for every two seconds, and at once when a known one is gone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "host/control_group.h"
#include "host/process.h"
#include "series/series.h"

namespace tidemark {

struct SampledProcess {
  ProcessInfo process;
  MemoryUse memory;
  std::optional<ProportionalMemory> proportional;  // as last read
  double bytes = 0;  // what it takes now: proportional with swap, or resident with swap
  double own = 0;    // of that, what its end would free; 0: not known
};

class ProcessSampler {
 public:
  struct Settings {
    const Host* host = &this_machine();  // where it runs; outlives the sampler
    int self = 0;                        // a process never to follow, and its ancestors: our own
    double dear_seconds = 30;
    double scan_seconds = 2;
  };

  // `target`: a pid or a name. Errors: kNotFound when no such process runs, with what is like it.
  static Result<ProcessSampler> follow(const std::string& target, Settings settings);

  // Looks once. `now`: seconds since 1970.
  void sample(double now);

  // The whole, and each process that still runs or ran long enough to say something.
  [[nodiscard]] const MemorySeries& total() const { return total_; }
  [[nodiscard]] std::vector<const MemorySeries*> processes() const;
  // What the workers share with nobody, together; beside the total it says what they share. Empty
  // for a server of one process, and where it may not be read.
  [[nodiscard]] const MemorySeries& own() const { return own_; }
  // Those of the running ones that share the work.
  [[nodiscard]] std::vector<const SampledProcess*> workers() const;
  // Those that run, the root first; empty while the target is away.
  [[nodiscard]] const std::vector<SampledProcess>& running() const { return running_; }
  [[nodiscard]] const ControlGroup& control_group() const { return group_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  // Sums of resident memory count shared pages once for each process: true when that is all we may
  // read.
  [[nodiscard]] bool shares_unknown() const { return shares_unknown_; }

 private:
  using Key = std::pair<int, std::uint64_t>;  // pid and start
  struct Known {
    MemorySeries series;
    std::optional<ProportionalMemory> proportional;
    double resident_then = 0;  // when the proportional was read
    double read_at = 0;
  };

  ProcessSampler(std::string target, Settings settings)
      : target_(std::move(target)), settings_(settings) {}

  [[nodiscard]] std::vector<int> roots(const std::vector<ProcessInfo>& processes) const;
  [[nodiscard]] bool is_own(const std::vector<ProcessInfo>& processes, int pid) const;
  void measure(SampledProcess& sampled, Known& known, double now, int& dear_left);
  bool scan(double now);
  void note_restart(const std::vector<ProcessInfo>& found, const std::vector<int>& roots,
                    double now);

  std::string target_;
  Settings settings_;
  std::string title_;
  int pid_ = 0;                         // when the target is a pid
  std::vector<std::string> arguments_;  // of that pid, to find the process that comes after it
  MemorySeries total_;
  MemorySeries own_;
  std::map<Key, Known> known_;
  std::vector<SampledProcess> running_;
  std::vector<Key> roots_before_;
  std::vector<ProcessInfo> found_;  // by the last scan
  std::vector<int> tops_;           // of them, those that nothing of ours started
  double scanned_ = 0;
  ControlGroup group_;
  double group_read_ = 0;
  std::uint64_t killed_ = 0;
  bool shares_unknown_ = false;
};

}  // namespace tidemark
