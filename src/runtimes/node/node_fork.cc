#include "runtimes/node/node_fork.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "base/numbers.h"
#include "host/process.h"
#include "host/process_name.h"
#include "inject/injector.h"
#include "runtimes/node/event_loop.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

// V8 maps its pages at random addresses below this; the C library and mmap() work above.
constexpr std::uint64_t kV8Below = 0x4000'0000'0000;
constexpr std::uint64_t kV8Above = 0x1'0000'0000;

struct NodeFunctions {
  std::uint64_t current_isolate = 0;
  std::uint64_t heap_profiler = 0;
  std::uint64_t take_snapshot = 0;  // (profiler, control, resolver, bool globals, bool numbers)
  std::uint64_t serialize = 0;
  std::uint64_t fork = 0;
  std::uint64_t request_interrupt = 0;           // may be missing
  std::vector<std::uint64_t> signal_conditions;  // all versions of each
  std::vector<std::uint64_t> wait_conditions;
};

// Condition variables are in the C library, or beside it before glibc 2.34.
void find_conditions(pid_t pid, const Runtime& runtime, NodeFunctions& found) {
  const auto collect = [&](const Module& module) {
    for (const char* name : {"pthread_cond_signal", "pthread_cond_broadcast"}) {
      std::ranges::copy(module.find_all(name), std::back_inserter(found.signal_conditions));
    }
    for (const char* name :
         {"pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait"}) {
      std::ranges::copy(module.find_all(name), std::back_inserter(found.wait_conditions));
    }
  };
  const auto maps = read_maps(this_machine(), pid);
  if (!maps) return;
  for (const std::string& path : executable_files(*maps)) {
    if (!file_name(path).starts_with("libpthread")) continue;
    if (const auto module = open_module(pid, *maps, path)) collect(*module);
  }
  collect(runtime.libc);
}

Result<NodeFunctions> find_functions(pid_t pid, const Runtime& runtime) {
  const Module& node = runtime.module;
  NodeFunctions found;
  found.current_isolate = node.find("_ZN2v87Isolate10GetCurrentEv");
  found.heap_profiler = node.find("_ZN2v87Isolate15GetHeapProfilerEv");
  // The type of an argument that is not given has another name since Node.js 26.
  for (const char* resolver : {"18ObjectNameResolver", "19ContextNameResolver"}) {
    if (found.take_snapshot != 0) break;
    found.take_snapshot = node.find(fmt::format(
        "_ZN2v812HeapProfiler16TakeHeapSnapshotEPNS_15ActivityControlEPNS0_{}Ebb", resolver));
  }
  found.serialize =
      node.find("_ZNK2v812HeapSnapshot9SerializeEPNS_12OutputStreamENS0_19SerializationFormatE");
  found.fork = runtime.libc.find("fork");
  found.request_interrupt = node.find("_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_");
  find_conditions(pid, runtime, found);
  const bool all = found.current_isolate != 0 && found.heap_profiler != 0 &&
                   found.take_snapshot != 0 && found.serialize != 0 && found.fork != 0 &&
                   !found.signal_conditions.empty() && !found.wait_conditions.empty();
  if (all) return found;
  return fail(ErrorCode::kUnsupported,
              fmt::format("{} does not export V8's functions for heap snapshots", node.path),
              "use --method inspector");
}

// Is every other thread asleep in the kernel, in a call during which it holds nothing of V8's?
bool others_wait(pid_t pid) {
  static constexpr std::array<std::uint64_t, 16> kWaits = {
      SYS_futex,       SYS_poll,      SYS_ppoll,           SYS_epoll_wait,
      SYS_epoll_pwait, SYS_read,      SYS_select,          SYS_pselect6,
      SYS_accept,      SYS_accept4,   SYS_recvfrom,        SYS_recvmsg,
      SYS_wait4,       SYS_nanosleep, SYS_clock_nanosleep, SYS_rt_sigtimedwait};
  for (const pid_t thread : numbered_entries(this_machine(), proc_path(pid, "task"))) {
    if (thread == pid) continue;
    const std::string text = read_proc(this_machine(), pid, fmt::format("task/{}/syscall", thread));
    const auto number = leading_number<std::uint64_t>(text);  // none: "running"
    if (!number || std::ranges::find(kWaits, *number) == kWaits.end()) return false;
  }
  return true;
}

// Asleep on a condition variable: a thread that holds no lock, of malloc() or other.
bool waits_for_condition(std::uint64_t call, std::uint64_t operation) {
  constexpr std::uint64_t kWaitBitsetPrivateRealtime = 0x189;
  return call == SYS_futex && operation == kWaitBitsetPrivateRealtime;
}

// Another thread than the main one that does so; 0 when there is none.
pid_t sleeping_thread(pid_t pid) {
  for (const pid_t thread : numbered_entries(this_machine(), proc_path(pid, "task"))) {
    if (thread == pid) continue;
    // "202 0x7f3c... 0x189 0x0 ..."
    const std::string text = read_proc(this_machine(), pid, fmt::format("task/{}/syscall", thread));
    const std::size_t second = text.find("0x", text.find("0x") + 1);
    if (second == std::string::npos) continue;
    const auto operation =
        leading_number<std::uint64_t>(std::string_view(text).substr(second + 2), 16);
    const auto call = leading_number<std::uint64_t>(text);
    if (call && operation && waits_for_condition(*call, *operation)) return thread;
  }
  return 0;
}

// In an epoll wait, or taken on to the next.
Result<bool> at_rest(pid_t pid, Tracee& target, ThreadState& state) {
  constexpr std::chrono::milliseconds kToTheLoop{1500};
  if (auto there = run_to_event_loop(target, state, kToTheLoop); !there)
    return std::unexpected(there.error());
  return others_wait(pid);
}

// Where the results of the one injection are found.
struct ForkSteps {
  std::vector<Step> steps;
  std::size_t fork = 0;
};

ForkSteps fork_steps(const std::vector<AddressRange>& ranges, std::uint64_t fork,
                     std::uint64_t scratch) {
  ForkSteps plan;
  const auto advise = [&](int advice) {
    for (const AddressRange& range : ranges) {
      plan.steps.push_back(syscall_step(
          SYS_madvise, {range.begin, range.end - range.begin, static_cast<std::uint64_t>(advice)}));
    }
  };
  const auto clock = [&](std::size_t index) {
    plan.steps.push_back(syscall_step(
        SYS_clock_gettime, {CLOCK_MONOTONIC, scratch + index * 2 * sizeof(std::uint64_t)}));
  };
  clock(0);
  advise(MADV_DOFORK);
  plan.fork = plan.steps.size();
  plan.steps.push_back({.kind = StepKind::kFork, .target = fork});
  advise(MADV_DONTFORK);
  clock(1);
  return plan;
}

class NodeFork {
 public:
  NodeFork(pid_t pid, Injector injector, const NodeFunctions& functions)
      : pid_(pid), injector_(std::move(injector)), functions_(functions) {}

  Injector& injector() { return injector_; }
  [[nodiscard]] const ForkTimes& times() const { return times_; }

  Result<std::int64_t> fork(std::chrono::milliseconds patience) {
    const auto begin = Clock::now();
    auto result = fork_when(
        [&](Tracee& target, ThreadState& state) { return at_rest(pid_, target, state); }, patience);
    const bool computes = !result && result.error().code == ErrorCode::kUnsupported;
    if (computes && functions_.request_interrupt != 0) result = fork_in_interrupt();
    times_.waited = Clock::now() - begin;
    return result;
  }

  // Maps the page, and collects what an earlier capture left. At any moment, as in Ruby.
  Result<void> set_up() {
    const auto done = injector_.set_up({});
    if (!done) return std::unexpected(done.error());
    times_.stopped = done->stopped;
    return reap_forgotten(injector_);
  }

 private:
  using Ready = std::function<Result<bool>(Tracee&, ThreadState&)>;

  Result<std::int64_t> fork_when(const Ready& ready, std::chrono::milliseconds patience) {
    const auto known = read_smaps(this_machine(), pid_);
    if (!known) return std::unexpected(known.error());
    std::size_t fork_at = 0;
    const auto done = injector_.run({.ready = ready,
                                     .steps = [&]() -> Result<std::vector<Step>> {
                                       const auto now = read_maps(this_machine(), pid_);
                                       if (!now) return std::unexpected(now.error());
                                       auto plan = fork_steps(unforked_ranges(*known, *now),
                                                              functions_.fork, injector_.scratch());
                                       fork_at = plan.fork;
                                       return std::move(plan.steps);
                                     },
                                     .patience = patience});
    if (!done) return std::unexpected(done.error());
    const auto page = injector_.read_page();
    if (!page) return std::unexpected(page.error());
    const auto* const clock = page->scratch;
    times_.stopped = std::max(times_.stopped, done->stopped);
    times_.pause = done->stopped + std::chrono::seconds(clock[2] - clock[0]) +
                   std::chrono::nanoseconds(static_cast<std::int64_t>(clock[3] - clock[1]));
    return forked_pid(pid_, static_cast<std::int64_t>(done->steps[fork_at].target));
  }

  // For a process that computes and never comes to its event loop. V8 is asked, from a thread that
  // sleeps, to call us at its next safe point; there the main thread waits for the fork, and goes
  // on by itself after a second if we do not come.
  Result<std::int64_t> fork_in_interrupt() {
    auto isolate = injector_.run(std::array{call_step(functions_.current_isolate)}, kSoon);
    if (!isolate) return std::unexpected(isolate.error());
    times_.stopped = std::max(times_.stopped, isolate->stopped);
    if (auto asked = request_interrupt(isolate->steps.front().target); !asked) {
      set(offsetof(TargetPage, armed), std::uint32_t{0});
      return std::unexpected(asked.error());
    }
    if (auto there = wait_for_interrupt(); !there) return std::unexpected(there.error());
    const auto begin = Clock::now();
    const std::uint64_t code = injector_.code(0);
    constexpr std::chrono::milliseconds kLessThanItWaits{800};
    auto result = fork_when(
        [&](Tracee&, ThreadState& state) -> Result<bool> {
          const std::uint64_t at = state.registers.rip - code;
          return at >= machine_code().node_wait && at < machine_code().node_wait_end &&
                 others_wait(pid_);
        },
        kLessThanItWaits);
    set(offsetof(TargetPage, job_done), std::uint32_t{1});
    times_.pause = Clock::now() - begin;
    return result;
  }

  // Asks V8 to call our code, which waits.
  Result<void> request_interrupt(std::uint64_t isolate) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const bool armed = set(offsetof(TargetPage, deadline_seconds), std::int64_t{seconds + 4}) &&
                       set(offsetof(TargetPage, job_done), std::uint32_t{0}) &&
                       set(offsetof(TargetPage, armed), std::uint32_t{1});
    const pid_t helper = sleeping_thread(pid_);
    if (!armed || isolate == 0 || helper == 0) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("process {} computes, and no other thread of it sleeps", pid_),
                  "try again when it has less to do, or use --method inspector");
    }
    const Step ask =
        call_step(functions_.request_interrupt,
                  {isolate, injector_.code(machine_code().node_wait), injector_.page()});
    const auto done =
        injector_.run({.ready = [](Tracee&, ThreadState& state) -> Result<bool> {
                         return waits_for_condition(state.registers.orig_rax, state.registers.rsi);
                       },
                       .steps = [&]() -> Result<std::vector<Step>> { return std::vector{ask}; },
                       .patience = kSoon,
                       .thread = helper});
    if (!done) return std::unexpected(done.error());
    return {};
  }

  Result<void> wait_for_interrupt() {
    const auto deadline = Clock::now() + kSoon;
    while (Clock::now() < deadline) {
      const auto page = injector_.read_page();
      if (!page) return std::unexpected(page.error());
      if (page->armed == 2) return {};
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    set(offsetof(TargetPage, armed), std::uint32_t{0});
    return fail(ErrorCode::kUnsupported,
                fmt::format("process {} came to no safe point within {} s: it is in native code",
                            pid_, kSoon.count() / 1000),
                "try again when it has less to do");
  }

  template <class T>
  bool set(std::size_t offset, const T& value) {
    return injector_.memory().write(injector_.page() + offset, value);
  }

  static constexpr std::chrono::milliseconds kSoon{3000};
  pid_t pid_;
  Injector injector_;
  const NodeFunctions& functions_;
  ForkTimes times_;
};

// V8 hands work to threads that are not in the copy. The C library's condition variables would wait
// for threads that slept in them at the fork: waking nobody is right. V8 then does all of the work
// itself; if it waited all the same, the trap tells us.
Result<void> free_of_threads(const Copy& copy, const NodeFunctions& functions) {
  constexpr std::array kReturnZero = {std::byte{0x31}, std::byte{0xc0}, std::byte{0xc3}};
  constexpr std::array kTrap = {std::byte{0xcc}};
  bool written = true;
  for (const std::uint64_t function : functions.signal_conditions) {
    written = written && copy.memory().write(function, std::span<const std::byte>(kReturnZero));
  }
  for (const std::uint64_t function : functions.wait_conditions) {
    written = written && copy.memory().write(function, std::span<const std::byte>(kTrap));
  }
  if (written) return {};
  return fail(ErrorCode::kUnsupported, "the kernel refuses to change the code of the copy",
              "use --method inspector");
}

// The v8::OutputStream in the copy: a table of functions, and an object that points to it.
Result<std::uint64_t> make_stream(Copy& copy, const Injector& target, int writer) {
  const MachineCode code = machine_code();
  const std::uint64_t nothing = target.code(code.stream_nothing);
  constexpr std::size_t kObjectAt = 64;
  constexpr std::size_t kTableAt = 128;
  // Two destructors, EndOfStream, GetChunkSize, WriteAsciiChunk, WriteHeapStatsChunk.
  const std::array<std::uint64_t, 6> table = {nothing,
                                              nothing,
                                              nothing,
                                              target.code(code.stream_chunk_bytes),
                                              target.code(code.stream_write),
                                              nothing};
  const auto at = copy.put(kTableAt, std::as_bytes(std::span(table)));
  if (!at) return at;
  const std::array<std::uint64_t, 2> object = {*at, static_cast<std::uint64_t>(writer)};
  return copy.put(kObjectAt, std::as_bytes(std::span(object)));
}

Result<Pumped> snapshot_in_copy(Copy& copy, const Injector& target, const NodeFunctions& functions,
                                ByteSink& sink, const NodeForkOptions& options, Monitor& monitor) {
  if (auto quiet = copy.quieten(); !quiet) return std::unexpected(quiet.error());
  if (auto free = free_of_threads(copy, functions); !free) return std::unexpected(free.error());
  const auto data = copy.open_pipe();
  if (!data) return std::unexpected(data.error());
  const auto stream = make_stream(copy, target, data->writer);
  if (!stream) return std::unexpected(stream.error());
  const auto isolate = copy.call(functions.current_isolate);
  if (!isolate) return std::unexpected(isolate.error());
  if (*isolate == 0)
    return fail(ErrorCode::kUnsupported, "the main thread of the process runs no JavaScript");
  const auto profiler = copy.call(functions.heap_profiler, {*isolate});
  if (!profiler) return std::unexpected(profiler.error());
  constexpr std::uint64_t kGlobalsAsRoots = 1;
  if (auto on =
          copy.begin_call(functions.take_snapshot, {*profiler, 0, 0, kGlobalsAsRoots, 0}, false);
      !on) {
    return std::unexpected(on.error());
  }
  bool serializing = false;
  const NextCall next = [&](Copy& running, std::uint64_t result) -> Result<bool> {
    if (serializing || result == 0) return false;
    serializing = true;
    constexpr std::uint64_t kJson = 0;
    const auto on = running.begin_call(functions.serialize, {result, *stream, kJson}, false);
    if (!on) return std::unexpected(on.error());
    return true;
  };
  auto pumped = pump(copy, data->reader.get(), sink, options.limits, monitor, next);
  if (!pumped) return pumped;
  if (serializing && pumped->end.progress == Copy::Progress::kReturned) return pumped;
  return fail(ErrorCode::kIo,
              fmt::format("the snapshot failed in the copy ({}{}); the process itself is unharmed",
                          describe_copy_end(pumped->end), serializing ? ", while writing" : ""),
              "try again; if it stays so, use --method inspector");
}

// A sink that notes whether anything was written: only before that may a capture be tried again.
class FirstWrite final : public ByteSink {
 public:
  explicit FirstWrite(ByteSink& next) : next_(next) {}
  Result<void> write(std::span<const char> bytes) override {
    begun_ = true;
    return next_.write(bytes);
  }
  Result<void> finish() override { return next_.finish(); }
  void abandon() override { next_.abandon(); }
  [[nodiscard]] std::uint64_t stored_bytes() const override { return next_.stored_bytes(); }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  ByteSink& next_;
  std::atomic<bool> begun_ = false;
};

}  // namespace

std::vector<AddressRange> unforked_ranges(const std::vector<Mapping>& known,
                                          const std::vector<Mapping>& now) {
  const auto is_v8 = [&](const Mapping& mapping) {
    const Mapping* before = mapping_at(known, mapping.begin);
    if (before != nullptr) return before->not_forked;
    return mapping.inode == 0 && !mapping.shared && mapping.path.empty() &&
           mapping.begin >= kV8Above && mapping.end <= kV8Below;
  };
  std::vector<AddressRange> ranges;
  bool open = false;  // no page that is forked anyway since the last range
  for (const Mapping& mapping : now) {
    if (!is_v8(mapping)) {
      open = false;
    } else if (open) {
      ranges.back().end = mapping.end;
    } else {
      ranges.push_back({.begin = mapping.begin, .end = mapping.end});
      open = true;
    }
  }
  return ranges;
}

Result<ForkCapture> capture_node(pid_t pid, const Runtime& runtime, ByteSink& sink,
                                 const NodeForkOptions& options, Monitor& monitor) {
  const auto functions = find_functions(pid, runtime);
  if (!functions) return std::unexpected(functions.error());
  auto injector = Injector::prepare(pid, runtime.libc);
  if (!injector) return std::unexpected(injector.error());
  NodeFork fork(pid, std::move(*injector), *functions);
  if (auto ready = fork.set_up(); !ready) return std::unexpected(ready.error());
  FirstWrite watched(sink);
  for (int attempt = 1;; ++attempt) {
    const auto inside = fork.fork(options.patience);
    if (!inside) return std::unexpected(inside.error());
    Result<Pumped> pumped;
    {
      auto copy = Copy::adopt(fork.injector(), *inside, options.groups);
      pumped = copy
                   ? snapshot_in_copy(*copy, fork.injector(), *functions, watched, options, monitor)
                   : Result<Pumped>(std::unexpected(copy.error()));
    }
    const auto reaped = reap_copy(fork.injector(), *inside);
    if (reaped) forget_copy(fork.injector(), *inside);
    if (pumped) {
      return ForkCapture{.times = fork.times(),
                         .bytes = pumped->bytes,
                         .copy_peak_bytes = pumped->copy_peak_bytes,
                         .unreaped = reaped ? std::string() : reaped.error().message};
    }
    const bool again = pumped.error().code == ErrorCode::kIo && !watched.begun() &&
                       attempt < options.attempts && reaped;
    if (!again) return std::unexpected(pumped.error());
  }
}

}  // namespace tidemark
