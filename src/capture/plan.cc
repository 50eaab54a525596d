#include "capture/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/units.h"
#include "capture/find_process.h"
#include "host/host.h"
#include "host/process_name.h"
#include "inject/injector.h"
#include "inject/permission.h"
#include "runtimes/node/inspector.h"
#include "runtimes/preload/preload_capture.h"
#include "runtimes/ruby/rbtrace.h"

namespace tidemark {
namespace {

constexpr double kMegabyte = 1e6;
// Milliseconds for each megabyte of resident memory whose page tables fork() copies.
constexpr double kForkLow = 0.015;
constexpr double kForkHigh = 0.05;
constexpr std::uint64_t kBase = 30'000'000;  // what any copy takes
// Ruby writes while it dumps (mark bits, string flags), and the app writes on: each a page copied.
constexpr double kRubyShare = 0.35;
// Of resident memory: what the app itself writes to while a copy keeps the old pages.
constexpr double kWrittenMeanwhile = 0.15;
// V8 builds the whole snapshot in memory: some 290 bytes a node, for nodes of 40 bytes.
constexpr double kSnapshotFactor = 8;

// As far as can be seen: "mnt:[4026531841]" is the same of both.
bool same_namespace(const Host& host, pid_t pid, const char* name) {
  const auto ours = host.read_link(fmt::format("/proc/self/ns/{}", name));
  const auto theirs = host.read_link(proc_path(pid, fmt::format("ns/{}", name)));
  return !ours || !theirs || *ours == *theirs;
}

std::string app_name(const Host& host, pid_t pid, const ProcessStatus& status) {
  const std::string folder = host.read_link(proc_path(pid, "cwd")).value_or(std::string());
  std::string name(file_name(folder));
  static constexpr std::array<std::string_view, 5> kNobodys = {"", "root", "tmp", "app", "current"};
  if (std::ranges::find(kNobodys, name) != kNobodys.end()) name = status.name;
  std::ranges::replace_if(
      name, [](char c) { return c <= ' ' || c == '/' || c == ':' || c == 127; }, '_');
  return name;
}

std::string room_text(const MemoryRoom& room) {
  return fmt::format("{} free of {} ({})", format_bytes(room.free_bytes),
                     format_bytes(room.limit_bytes), room.place());
}

void judge_memory(MethodOutlook& outlook, std::uint64_t needed, const MemoryRoom& room) {
  const double floor =
      (room.host ? kLeastFreeOnHost : kLeastFreeInGroup) * static_cast<double>(room.limit_bytes);
  const double left = static_cast<double>(room.free_bytes) - floor;
  outlook.fits = static_cast<double>(needed) <= left;
  if (!outlook.possible || outlook.fits) return;
  outlook.obstacle = fmt::format("needs about {}, and {} is left ({}, of which {} is kept free)",
                                 format_bytes(needed),
                                 format_bytes(static_cast<std::uint64_t>(std::max(left, 0.0))),
                                 room_text(room), format_bytes(static_cast<std::uint64_t>(floor)));
  outlook.remedy =
      "choose a smaller worker or give it more memory; --force tries all the same, and "
      "ends the copy before memory runs out";
}

class Examination {
 public:
  Examination(const Host& host, Diagnosis& diagnosis) : host_(host), d_(diagnosis) {}

  void check_runtime() {
    add("runtime", CheckResult::kFine,
        fmt::format("{} ({})", d_.runtime->title(),
                    d_.runtime->module.path.empty() ? "by its own word" : d_.runtime->module.path));
  }

  void check_place() {
    d_.other_namespaces = !same_namespace(host_, d_.status.pid, "mnt") ||
                          !same_namespace(host_, d_.status.pid, "pid");
    if (d_.other_namespaces) {
      add("container", CheckResult::kFine,
          fmt::format("it runs in namespaces of its own, as process {}", d_.status.pid_inside));
    }
    if (d_.status.state == 'T') {
      add("state", CheckResult::kObstacle,
          fmt::format("asleep by SIGSTOP; wake it: kill -CONT {}", d_.status.pid));
    }
    if (d_.status.shadow_stack)
      add("processor", CheckResult::kObstacle, "it runs with a shadow stack (CET)");
  }

  void check_memory() {
    const bool enough = enough_left(d_.room);
    add("memory", enough ? CheckResult::kFine : CheckResult::kObstacle, room_text(d_.room));
    if (d_.room.kills_whole_group && !d_.copy_groups) {
      add("memory", CheckResult::kWarning,
          "memory.oom.group is set: the kernel would end the app together with a copy");
    }
    if (d_.copy_groups) {
      add("copy", CheckResult::kFine,
          fmt::format("counts in our control group, not in the app's: {}",
                      room_text(d_.copy_groups->room)));
    }
  }

  void check_fork() {
    const std::string why = fork_obstacle(host_, d_.status.pid);
    if (!why.empty()) add("processes", CheckResult::kObstacle, why);
  }

  void add(std::string name, CheckResult result, std::string text) {
    d_.checks.push_back({.name = std::move(name), .result = result, .text = std::move(text)});
  }

 private:
  const Host& host_;
  Diagnosis& d_;
};

MethodOutlook injection_outlook(const Diagnosis& d, const PtracePermission& permission) {
  MethodOutlook outlook;
  outlook.method = CaptureMethod::kInjection;
  outlook.cost = {.pause_low_ms = 0.1, .pause_high_ms = 1, .memory_bytes = 0};
  outlook.possible = permission.allowed;
  outlook.obstacle = permission.reason;
  outlook.remedy = permission.remedy;
  if (permission.allowed) {
    const auto injector = Injector::prepare(d.status.pid, d.runtime->libc);
    if (!injector) {
      outlook.possible = false;
      outlook.obstacle = injector.error().message;
      outlook.remedy = injector.error().hint;
    }
  }
  return outlook;
}

MethodOutlook fork_outlook(const Host& host, const Diagnosis& d) {
  MethodOutlook outlook = d.injection;
  outlook.method = CaptureMethod::kFork;
  outlook.cost = fork_cost(d.runtime->kind, d.status.resident_bytes, d.heap_bytes);
  const std::string processes =
      outlook.possible ? fork_obstacle(host, d.status.pid) : std::string();
  if (!processes.empty()) {
    outlook.possible = false;
    outlook.obstacle = processes;
    outlook.remedy = "raise pids.max of its control group";
  }
  judge_memory(outlook, outlook.cost.memory_bytes, d.copy_groups ? d.copy_groups->room : d.room);
  if (outlook.fits && d.copy_groups) {
    // What the app writes to while it is there still counts in its own.
    const double written = kWrittenMeanwhile * static_cast<double>(d.status.resident_bytes);
    judge_memory(outlook, static_cast<std::uint64_t>(written), d.room);
  }
  if (outlook.possible && outlook.fits && d.room.kills_whole_group && !d.copy_groups) {
    outlook.fits = false;
    outlook.obstacle =
        "memory.oom.group is set: if the copy took too much, the kernel would end the app with it";
    outlook.remedy = "--force relies on the watch, which ends the copy below 10 % of the limit";
  }
  return outlook;
}

MethodOutlook inspector_outlook(const Diagnosis& d) {
  MethodOutlook outlook;
  outlook.method = CaptureMethod::kInspector;
  outlook.cost = inspector_cost(d.runtime->major(), d.heap_bytes);
  outlook.possible = listens_for_inspector(d.status);
  if (!outlook.possible) {
    outlook.obstacle = "it does not listen for SIGUSR1 (--disable-sigusr1, --permission)";
    outlook.remedy = "start it with --inspect, or use --method fork";
  }
  judge_memory(outlook, outlook.cost.memory_bytes, d.room);
  return outlook;
}

bool any_possible(const Diagnosis& d) {
  return std::ranges::any_of(d.methods, &MethodOutlook::possible);
}

MethodOutlook rbtrace_outlook(const Diagnosis& d) {
  MethodOutlook outlook;
  outlook.method = CaptureMethod::kRbtrace;
  outlook.cost = fork_cost(d.runtime->kind, d.status.resident_bytes, d.heap_bytes);
  // Its queue and its answers are found by the number that the process itself knows.
  const bool here = d.status.pid_inside == d.status.pid;
  outlook.possible = d.rbtrace && here && kill(d.status.pid, 0) == 0;
  if (!d.rbtrace) {
    outlook.obstacle = "it has not loaded the gem rbtrace";
    outlook.remedy = "needed only where nothing else is possible";
  } else if (!here) {
    outlook.obstacle = "it runs in a container, where the gem's message queue is its own";
    outlook.remedy = "run tidemark in that container";
  } else if (!outlook.possible) {
    outlook.obstacle = "we may not send it signals";
    outlook.remedy = "run it as the user of the process";
  }
  judge_memory(outlook, outlook.cost.memory_bytes, d.room);
  return outlook;
}

MethodOutlook preload_outlook(const Diagnosis& d) {
  MethodOutlook outlook;
  outlook.method = CaptureMethod::kPreload;
  const RuntimeKind kind = d.runtime->kind;
  outlook.cost = kind == RuntimeKind::kRuby ? fork_cost(kind, d.status.resident_bytes, d.heap_bytes)
                                            : inspector_cost(d.runtime->major(), d.heap_bytes);
  outlook.possible = preload_socket(d.status).has_value();
  if (!outlook.possible) {
    outlook.obstacle = "it has not loaded tidemark's file";
    outlook.remedy =
        "start it with that file in its environment; needed only where nothing else is possible";
    // The file is written only where somebody may need it.
    const auto line = any_possible(d) ? fail(ErrorCode::kNotFound, {}) : preload_line(kind);
    if (line) {
      outlook.remedy =
          fmt::format("start it, as this user, with this in its environment: {}{}", *line,
                      d.other_namespaces ? " (and copy the file into its container)" : "");
    }
  }
  judge_memory(outlook, outlook.cost.memory_bytes, d.room);
  return outlook;
}

}  // namespace

const char* method_name(CaptureMethod method) {
  switch (method) {
    case CaptureMethod::kFork:
      return "fork";
    case CaptureMethod::kInjection:
      return "injection";
    case CaptureMethod::kInspector:
      return "inspector";
    case CaptureMethod::kRbtrace:
      return "rbtrace";
    case CaptureMethod::kPreload:
      return "preload";
  }
  return "";
}

const MethodOutlook* outlook_of(const Diagnosis& diagnosis, CaptureMethod method) {
  if (method == CaptureMethod::kInjection) return &diagnosis.injection;
  const auto found = std::ranges::find(diagnosis.methods, method, &MethodOutlook::method);
  return found == diagnosis.methods.end() ? nullptr : &*found;
}

CostEstimate fork_cost(RuntimeKind kind, std::uint64_t resident, std::uint64_t heap) {
  const double megabytes = static_cast<double>(resident) / kMegabyte;
  const double extra = kind == RuntimeKind::kRuby ? kRubyShare * static_cast<double>(resident)
                                                  : kSnapshotFactor * static_cast<double>(heap);
  return {.pause_low_ms = 0.5 + kForkLow * megabytes,
          .pause_high_ms = 1 + kForkHigh * megabytes,
          .memory_bytes = kBase + static_cast<std::uint64_t>(extra),
          .memory_stays = false};
}

CostEstimate inspector_cost(int major, std::uint64_t heap) {
  // Measured for heaps of small objects, the slowest; large strings cost a tenth.
  const double each = major >= 22 ? 45 : 90;
  const double pause = each * static_cast<double>(heap) / kMegabyte;
  return {.pause_low_ms = pause / 10,
          .pause_high_ms = pause,
          .memory_bytes =
              kBase + static_cast<std::uint64_t>(kSnapshotFactor * static_cast<double>(heap)),
          .memory_stays = true};
}

std::uint64_t v8_heap_bytes(const std::vector<Mapping>& smaps) {
  std::uint64_t bytes = 0;
  for (const Mapping& mapping : smaps) {
    if (mapping.not_forked) bytes += mapping.resident_bytes;
  }
  return bytes;
}

Result<Diagnosis> diagnose(const Host& host, pid_t pid) {
  Diagnosis d;
  auto status = read_status(host, pid);
  if (!status) return std::unexpected(status.error());
  d.status = std::move(*status);
  const PtracePermission permission = probe_ptrace(d.status);
  const auto maps = read_maps(host, pid);
  // One that nobody may look at may still say itself what it is.
  auto runtime = maps ? detect_runtime(pid, *maps) : preloaded_runtime(d.status);
  if (!runtime && !maps)
    return std::unexpected(permission.allowed ? maps.error() : ptrace_error(pid, permission));
  if (!runtime) return std::unexpected(runtime.error());
  d.runtime = std::move(*runtime);
  const bool node = d.runtime->kind == RuntimeKind::kNode;
  const auto is_gem = [](const Mapping& mapping) {
    return file_name(mapping.path) == "rbtrace.so";
  };
  d.rbtrace =
      !node && listens_for_rbtrace(d.status) && (!maps || std::ranges::any_of(*maps, is_gem));
  d.title = describe_command(command_line(host, pid));
  d.app = app_name(host, pid, d.status);
  d.uptime_seconds = uptime_seconds(host, pid);
  d.room = MemoryRoomWatch(host, pid).now();
  d.copy_groups = groups_for_copy(pid);
  if (node) {
    const auto smaps = read_smaps(host, pid);
    if (smaps) d.heap_bytes = v8_heap_bytes(*smaps);
    // Older ones, and builds without that: most of a Node process is V8's.
    if (d.heap_bytes == 0) d.heap_bytes = d.status.resident_bytes / 2;
  }
  Examination examination(host, d);
  examination.check_runtime();
  examination.add(
      "ptrace", permission.allowed ? CheckResult::kFine : CheckResult::kObstacle,
      permission.allowed ? permission.facts : permission.reason + " (" + permission.facts + ")");
  examination.check_place();
  examination.check_memory();
  examination.check_fork();
  if (d.rbtrace) examination.add("rbtrace", CheckResult::kFine, "the gem is loaded");
  d.injection = injection_outlook(d, permission);
  d.methods.push_back(fork_outlook(host, d));
  d.methods.push_back(node ? inspector_outlook(d) : rbtrace_outlook(d));
  d.methods.push_back(preload_outlook(d));
  return d;
}

}  // namespace tidemark
