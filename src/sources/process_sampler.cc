#include "sources/process_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/numbers.h"
#include "host/process_name.h"

namespace tidemark {
namespace {

constexpr int kDearReads = 4;    // in one tick
constexpr double kMoved = 0.05;  // of the resident memory
constexpr double kGroupSeconds = 1;
constexpr std::size_t kMostKnown = 512;  // processes whose series are kept

const ProcessInfo* find_process(const std::vector<ProcessInfo>& processes, int pid) {
  const auto found =
      std::lower_bound(processes.begin(), processes.end(), pid,
                       [](const ProcessInfo& process, int wanted) { return process.pid < wanted; });
  return found != processes.end() && found->pid == pid ? &*found : nullptr;
}

// Those that share the work: below the roots, and no mere shells beside the large ones.
std::vector<const SampledProcess*> workers_of(const std::vector<SampledProcess>& running,
                                              const std::vector<int>& roots) {
  double largest = 0;
  for (const SampledProcess& one : running) largest = std::max(largest, one.bytes);
  std::vector<const SampledProcess*> below;
  std::vector<const SampledProcess*> tops;
  for (const SampledProcess& one : running) {
    if (one.bytes < 0.2 * largest) continue;
    const bool top = std::find(roots.begin(), roots.end(), one.process.pid) != roots.end();
    (top ? tops : below).push_back(&one);
  }
  return below.empty() ? tops : below;
}

}  // namespace

// The program that looks for a name must not find itself, nor the shell that it was started from.
bool ProcessSampler::is_own(const std::vector<ProcessInfo>& processes, int pid) const {
  int own = settings_.self;
  for (int depth = 0; own > 1 && depth < 64; ++depth) {
    if (own == pid) return true;
    const ProcessInfo* process = find_process(processes, own);
    own = process == nullptr ? 0 : process->parent;
  }
  return false;
}

std::vector<int> ProcessSampler::roots(const std::vector<ProcessInfo>& processes) const {
  std::set<int> matching;
  for (const ProcessInfo& process : processes) {
    // Whoever asks for a pid means it, be it the shell that we were started from.
    const bool asked = pid_ > 0 && process.pid == pid_;
    const bool alike = pid_ > 0 ? !arguments_.empty() && process.arguments == arguments_
                                : goes_by(process, target_);
    if (asked || (alike && !is_own(processes, process.pid))) matching.insert(process.pid);
  }
  // The pid that was asked for, as long as it runs, and not another run of the same command.
  if (pid_ > 0 && matching.contains(pid_)) return {pid_};
  std::vector<int> tops;
  for (const int pid : matching) {
    const ProcessInfo* process = find_process(processes, pid);
    if (!matching.contains(process->parent)) tops.push_back(pid);
  }
  return tops;
}

Result<ProcessSampler> ProcessSampler::follow(const std::string& target, Settings settings) {
  ProcessSampler sampler(target, settings);
  sampler.pid_ = parse_number<int>(target).value_or(0);
  const std::vector<ProcessInfo> processes = list_processes(*sampler.settings_.host);
  const std::vector<int> roots = sampler.roots(processes);
  if (roots.empty()) {
    return fail(ErrorCode::kNotFound,
                sampler.pid_ > 0 ? fmt::format("no process {}", target)
                                 : fmt::format("no process goes by the name '{}'", target),
                "ps -e -o pid,comm,args lists them; a pid is always right");
  }
  const ProcessInfo* first = find_process(processes, roots.front());
  sampler.title_ = process_title(*first);
  if (sampler.pid_ > 0) sampler.arguments_ = first->arguments;
  sampler.total_.name = sampler.title_;
  sampler.total_.kind = MemoryKind::kProportional;
  sampler.own_.name = sampler.title_;
  sampler.own_.kind = MemoryKind::kPrivate;
  return sampler;
}

void ProcessSampler::measure(SampledProcess& sampled, Known& known, double now, int& dear_left) {
  const double moved = std::fabs(sampled.memory.resident - known.resident_then);
  const bool is_new = known.read_at == 0;
  const bool due =
      now - known.read_at >= settings_.dear_seconds || moved > kMoved * known.resident_then;
  if (is_new || (due && dear_left > 0)) {
    dear_left -= is_new ? 0 : 1;
    if (auto proportional = read_proportional_memory(*settings_.host, sampled.process.pid)) {
      known.proportional = proportional;
    } else {
      shares_unknown_ = true;
    }
    known.resident_then = sampled.memory.resident;
    known.read_at = now;
  }
  sampled.proportional = known.proportional;
  sampled.bytes = sampled.memory.resident + sampled.memory.swap;
  if (known.proportional) {
    sampled.bytes = known.proportional->proportional + known.proportional->swap +
                    (sampled.memory.resident - known.resident_then);
    sampled.bytes = std::max(sampled.bytes, known.proportional->unique);
    sampled.own = std::max(0.0, known.proportional->unique + known.proportional->swap +
                                    (sampled.memory.resident - known.resident_then));
  }
}

// All roots are new: what was there before is gone.
void ProcessSampler::note_restart(const std::vector<ProcessInfo>& found,
                                  const std::vector<int>& roots, double now) {
  std::vector<Key> keys;
  for (const int pid : roots) {
    const ProcessInfo* process = find_process(found, pid);
    if (process != nullptr) keys.emplace_back(pid, process->started);
  }
  if (keys.empty()) return;
  const bool kept = std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
    return std::find(roots_before_.begin(), roots_before_.end(), key) != roots_before_.end();
  });
  if (!kept && !roots_before_.empty()) {
    const bool killed = group_.killed > killed_;
    total_.events.push_back({.time = now,
                             .kind = killed ? EventKind::kOutOfMemory : EventKind::kRestart,
                             .detail = fmt::format("pid {}", keys.front().first)});
    if (pid_ > 0) pid_ = keys.front().first;
  }
  killed_ = group_.killed;
  roots_before_ = std::move(keys);
}

// Looks which processes there are. False: none of ours.
bool ProcessSampler::scan(double now) {
  const std::vector<ProcessInfo> processes = list_processes(*settings_.host);
  tops_ = roots(processes);
  found_ = with_descendants(processes, tops_);
  std::erase_if(found_, [&](const ProcessInfo& one) { return one.pid == settings_.self; });
  scanned_ = now;
  if (found_.empty()) return false;
  // Before the question whether a restart was a kill.
  if (group_read_ == 0 || now - group_read_ >= kGroupSeconds) {
    group_ = read_control_group(*settings_.host, found_.front().pid);
    if (group_read_ == 0) killed_ = group_.killed;
    group_read_ = now;
    if (group_.limit) total_.quota = *group_.limit;
  }
  note_restart(found_, tops_, now);
  return true;
}

void ProcessSampler::sample(double now) {
  running_.clear();
  const bool gone = std::any_of(found_.begin(), found_.end(), [&](const ProcessInfo& one) {
    return !read_memory(*settings_.host, one.pid);
  });
  const bool due = found_.empty() || gone || now - scanned_ >= settings_.scan_seconds;
  if (due && !scan(now)) return;
  int dear_left = kDearReads;
  double sum = 0;
  for (const ProcessInfo& process : found_) {
    const auto memory = read_memory(*settings_.host, process.pid);
    const Key key(process.pid, process.started);
    if (!memory || (known_.size() >= kMostKnown && !known_.contains(key))) continue;
    Known& known = known_[key];
    SampledProcess sampled{.process = process, .memory = *memory, .proportional = {}, .bytes = 0};
    measure(sampled, known, now, dear_left);
    if (known.series.name.empty()) {
      known.series.name = fmt::format("{}[{}]", process_title(process), process.pid);
    }
    known.series.kind = known.proportional ? MemoryKind::kProportional : MemoryKind::kTotal;
    known.series.samples.push_back({.time = now, .bytes = sampled.bytes});
    sum += sampled.bytes;
    running_.push_back(std::move(sampled));
  }
  if (running_.empty()) return;
  if (shares_unknown_) total_.kind = MemoryKind::kTotal;
  const auto working = workers();
  const auto count = static_cast<std::uint32_t>(working.size());
  total_.samples.push_back({.time = now, .bytes = sum, .workers = count});
  double own = 0;
  for (const SampledProcess* worker : working) own += worker->own;
  if (running_.size() > 1 && own > 0 && !shares_unknown_) {
    own_.samples.push_back({.time = now, .bytes = own, .workers = count});
  }
}

std::vector<const SampledProcess*> ProcessSampler::workers() const {
  return workers_of(running_, tops_);
}

std::vector<const MemorySeries*> ProcessSampler::processes() const {
  std::vector<const MemorySeries*> out;
  for (const auto& [key, known] : known_) out.push_back(&known.series);
  return out;
}

}  // namespace tidemark
