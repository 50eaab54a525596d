#include "runtimes/node/node_gc_stats.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "inject/injector.h"
#include "runtimes/node/event_loop.h"

namespace tidemark {
namespace {

// Members of v8::HeapStatistics, a word each, as they have been since Node.js 16 (the tenth is a
// bool). What later versions have put behind them is left out.
constexpr std::array kNames = {"total_heap_size",
                               "total_heap_size_executable",
                               "total_physical_size",
                               "total_available_size",
                               "used_heap_size",
                               "heap_size_limit",
                               "malloced_memory",
                               "external_memory",
                               "peak_malloced_memory",
                               "does_zap_garbage",
                               "number_of_native_contexts",
                               "number_of_detached_contexts",
                               "total_global_handles_size",
                               "used_global_handles_size"};
constexpr std::size_t kZapAt = 9;

// v8::HeapSpaceStatistics.
struct Space {
  std::uint64_t name = 0;  // address; stays 0 for a number that no space has
  std::uint64_t size = 0;
  std::uint64_t used = 0;
  std::uint64_t available = 0;
  std::uint64_t physical = 0;
};
constexpr std::size_t kMostSpaces = 20;

// Written by the process, into our page.
struct Answer {
  std::int64_t before[2] = {};
  std::int64_t after[2] = {};
  std::uint64_t heap[40] = {};  // room for members to come
  Space spaces[kMostSpaces] = {};
};
static_assert(sizeof(Answer) <= kJobCallsAt - kJobTextAt);

struct Functions {
  std::uint64_t isolate = 0;
  std::uint64_t heap = 0;
  std::uint64_t space = 0;
  std::uint64_t collect = 0;
};

Result<Functions> find_functions(const Runtime& runtime) {
  const Module& node = runtime.module;
  const Functions found{
      .isolate = node.find("_ZN2v87Isolate10GetCurrentEv"),
      .heap = node.find("_ZN2v87Isolate17GetHeapStatisticsEPNS_14HeapStatisticsE"),
      .space = node.find("_ZN2v87Isolate22GetHeapSpaceStatisticsEPNS_19HeapSpaceStatisticsEm"),
      .collect = node.find("_ZN2v87Isolate21LowMemoryNotificationEv")};
  if (found.isolate != 0 && found.heap != 0 && found.space != 0 && found.collect != 0) return found;
  return fail(ErrorCode::kUnsupported,
              fmt::format("{} does not export V8's functions for statistics", node.path),
              "use --method inspector");
}

std::vector<Step> question(const Functions& functions, std::uint64_t answer, bool collect_first) {
  std::vector<Step> steps;
  const auto clock = [&](std::size_t offset) {
    steps.push_back(syscall_step(SYS_clock_gettime, {CLOCK_MONOTONIC, answer + offset}));
  };
  const auto of_isolate = [&](std::uint64_t function, std::uint64_t second, std::uint64_t third) {
    steps.push_back(call_step(functions.isolate));
    steps.push_back(
        {.kind = StepKind::kCallWithFirst, .target = function, .args = {0, second, third}});
  };
  clock(offsetof(Answer, before));
  if (collect_first) of_isolate(functions.collect, 0, 0);
  of_isolate(functions.heap, answer + offsetof(Answer, heap), 0);
  for (std::size_t i = 0; i < kMostSpaces; ++i) {
    of_isolate(functions.space, answer + offsetof(Answer, spaces) + i * sizeof(Space), i);
  }
  clock(offsetof(Answer, after));
  return steps;
}

std::string text_at(const ProcessMemory& memory, std::uint64_t address) {
  std::array<char, 40> text{};
  if (!memory.read(address, std::as_writable_bytes(std::span(text)))) return {};
  return {text.data(), strnlen(text.data(), text.size())};
}

// Where V8 puts objects that are new; all others have survived, or are large.
bool is_new(std::string_view space) { return space.starts_with("new_"); }

GcStats named(const Answer& answer, const ProcessMemory& memory, bool collected) {
  GcStats stats;
  stats.runtime = RuntimeKind::kNode;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (i != kZapAt) stats.all.emplace_back(kNames[i], answer.heap[i]);
  }
  std::uint64_t old = 0;
  for (const Space& space : answer.spaces) {
    const std::string name = space.name == 0 ? std::string() : text_at(memory, space.name);
    if (name.empty()) continue;
    stats.all.emplace_back(name + ".size", space.size);
    stats.all.emplace_back(name + ".used_size", space.used);
    if (!is_new(name)) old += space.used;
  }
  stats.old_bytes = old;
  stats.heap_bytes = answer.heap[0];
  stats.used_bytes = answer.heap[4];
  stats.malloced_bytes = answer.heap[6];
  stats.external_bytes = answer.heap[7];
  if (collected) stats.after_gc_bytes = stats.used_bytes;
  stats.pause = std::chrono::seconds(answer.after[0] - answer.before[0]) +
                std::chrono::nanoseconds(answer.after[1] - answer.before[1]);
  return stats;
}

Result<GcStats> read_node_gc_stats(Injector& injector, const Runtime& runtime,
                                   const GcStatsOptions& options) {
  constexpr std::chrono::milliseconds kToTheLoop{3000};
  const auto functions = find_functions(runtime);
  if (!functions) return std::unexpected(functions.error());
  std::chrono::nanoseconds first_stop{};
  if (!injector.has_page()) {
    const auto ready = injector.set_up({});
    if (!ready) return std::unexpected(ready.error());
    first_stop = ready->stopped;
  }
  const std::uint64_t at = injector.page() + kJobTextAt;
  Answer answer;
  const auto gone = [&] {
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", injector.pid()));
  };
  if (!injector.memory().write(at, answer)) return gone();
  const auto done =
      injector.run({.ready = [&](Tracee& target, ThreadState& state) -> Result<bool> {
                      if (auto there = run_to_event_loop(target, state, kToTheLoop); !there)
                        return std::unexpected(there.error());
                      return true;
                    },
                    .steps = [&]() -> Result<std::vector<Step>> {
                      return question(*functions, at, options.collect_first);
                    },
                    .patience = std::max<std::chrono::milliseconds>(options.patience, kToTheLoop)});
  if (!done) return std::unexpected(done.error());
  if (!injector.memory().read(at, answer)) return gone();
  GcStats stats = named(answer, injector.memory(), options.collect_first);
  if (stats.heap_bytes == 0) {
    return fail(ErrorCode::kUnsupported, "the main thread of the process runs no JavaScript");
  }
  stats.stopped = std::max(first_stop, done->stopped);
  stats.pause += done->stopped;
  return stats;
}

class NodeProbe final : public GcStatsProbe {
 public:
  NodeProbe(Injector injector, const Runtime& runtime)
      : injector_(std::move(injector)), runtime_(&runtime) {}
  Result<GcStats> read(const GcStatsOptions& options, Monitor& /*monitor*/) override {
    return read_node_gc_stats(injector_, *runtime_, options);
  }

 private:
  Injector injector_;
  const Runtime* runtime_;
};

}  // namespace

Result<std::unique_ptr<GcStatsProbe>> open_node_gc_stats(pid_t pid, const Runtime& runtime) {
  auto injector = Injector::prepare(pid, runtime.libc);
  if (!injector) return std::unexpected(injector.error());
  return std::make_unique<NodeProbe>(std::move(*injector), runtime);
}

}  // namespace tidemark
