// The app's processes while load comes in: memory with the requests that were answered, and who
// does the work.
//
// Memory is what the app would take on a machine of its own: anonymous memory and swap of all its
// processes, pages that they share after a fork split between them, and the largest one's pages of
// files once. Proportional memory as the kernel gives it would do for a total, but it moves with
// what others on the machine do: when another Node.js ends, this one is left with all of libnode.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "series/series.h"
#include "sources/process_sampler.h"

namespace tidemark {

class AppWatch {
 public:
  // Errors: kNotFound when there is no such process.
  static Result<AppWatch> follow(pid_t pid);

  // Looks once; `answered` requests so far.
  void look(std::uint64_t answered);

  [[nodiscard]] const MemorySeries& series() const { return series_; }
  [[nodiscard]] double peak() const { return peak_; }
  [[nodiscard]] const std::vector<SampledProcess>& running() const { return sampler_.running(); }
  [[nodiscard]] std::vector<pid_t> processes() const;
  [[nodiscard]] std::string title() const { return sampler_.title(); }

  // Of one process: its own and its share, with its pages of files.
  [[nodiscard]] double bytes_of(pid_t pid) const;
  // Reads anew which part of each process's anonymous memory is its own; some milliseconds.
  void look_closely(std::uint64_t answered);

  // From now on, who works is counted anew.
  void begin_work();
  // Processor seconds of each process since then, the most first.
  struct Worker {
    pid_t pid = 0;
    double seconds = 0;
  };
  [[nodiscard]] std::vector<Worker> workers() const;

 private:
  [[nodiscard]] double anonymous_of(const SampledProcess& process) const;
  explicit AppWatch(ProcessSampler sampler) : sampler_(std::move(sampler)) {}

  ProcessSampler sampler_;
  MemorySeries series_;
  double peak_ = 0;
  std::uint64_t answered_ = 0;
  std::size_t samples_ = 0;
  std::map<pid_t, double> began_;
  std::map<pid_t, double> own_share_;  // of anonymous memory, as last read
};

double unix_time();

}  // namespace tidemark
