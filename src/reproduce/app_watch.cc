#include "reproduce/app_watch.h"

#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "host/kernel_text.h"
#include "host/process.h"

namespace tidemark {
namespace {

double processor_seconds(pid_t pid) {
  const auto stat = read_stat(this_machine(), pid);
  return stat ? stat->processor_seconds() : 0;
}

}  // namespace

double unix_time() { return wall_seconds(); }

Result<AppWatch> AppWatch::follow(pid_t pid) {
  auto sampler = ProcessSampler::follow(std::to_string(pid), {.self = static_cast<int>(getpid())});
  if (!sampler) return std::unexpected(sampler.error());
  AppWatch watch(std::move(*sampler));
  watch.series_.name = watch.sampler_.title();
  return watch;
}

void AppWatch::look(std::uint64_t answered) {
  sampler_.sample(unix_time());
  const MemorySeries& total = sampler_.total();
  series_.kind = MemoryKind::kTotal;
  series_.quota = total.quota;
  series_.events = total.events;
  if (total.samples.size() == samples_) return;
  samples_ = total.samples.size();
  MemorySample sample = total.samples.back();
  sample.bytes = 0;
  double files = 0;
  for (const SampledProcess& one : running()) {
    sample.bytes += anonymous_of(one);
    files = std::max(files, one.memory.file);
  }
  sample.bytes += files;
  sample.requests = static_cast<double>(answered - answered_);
  answered_ = answered;
  peak_ = std::max(peak_, sample.bytes);
  series_.samples.push_back(sample);
}

double AppWatch::anonymous_of(const SampledProcess& process) const {
  const auto share = own_share_.find(process.process.pid);
  return process.memory.anonymous * (share == own_share_.end() ? 1 : share->second) +
         process.memory.swap;
}

double AppWatch::bytes_of(pid_t pid) const {
  for (const SampledProcess& one : running()) {
    if (one.process.pid == pid) return anonymous_of(one) + one.memory.file;
  }
  return 0;
}

void AppWatch::look_closely(std::uint64_t answered) {
  for (const SampledProcess& one : running()) {
    const std::string text = read_proc(this_machine(), one.process.pid, "smaps_rollup");
    const auto own = status_number(text, "Pss_Anon");
    const auto all = status_number(text, "Anonymous");
    if (own && all && *all > 0) {
      own_share_[one.process.pid] = static_cast<double>(*own) / static_cast<double>(*all);
    }
  }
  look(answered);
}

std::vector<pid_t> AppWatch::processes() const {
  std::vector<pid_t> out;
  for (const SampledProcess& one : sampler_.running()) out.push_back(one.process.pid);
  return out;
}

void AppWatch::begin_work() {
  began_.clear();
  for (const pid_t pid : processes()) began_[pid] = processor_seconds(pid);
}

std::vector<AppWatch::Worker> AppWatch::workers() const {
  std::vector<Worker> out;
  for (const pid_t pid : processes()) {
    const auto began = began_.find(pid);
    out.push_back(
        {.pid = pid,
         .seconds = processor_seconds(pid) - (began == began_.end() ? 0 : began->second)});
  }
  std::ranges::sort(out, std::greater<>(), &Worker::seconds);
  return out;
}

}  // namespace tidemark
