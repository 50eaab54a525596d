#include "runtimes/ruby/ruby_job.h"

#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <thread>

#include "host/host.h"
#include "host/memory_map.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

// struct sigaction of the kernel: handler, flags, restorer, mask.
constexpr std::size_t kActionWords = 4;
constexpr std::array kRubySignals = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGQUIT};
// A signal nobody sends and no program traps: to Ruby's handler it means only "wake up".
constexpr std::uint64_t kNobodysSignal = 16;  // SIGSTKFLT

std::vector<Step> ask_handlers(std::uint64_t scratch) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < kRubySignals.size(); ++i) {
    steps.push_back(
        syscall_step(SYS_rt_sigaction, {static_cast<std::uint64_t>(kRubySignals[i]), 0,
                                        scratch + i * kActionWords * sizeof(std::uint64_t), 8}));
  }
  return steps;
}

// Ruby's own C handler: the address in Ruby's code that most of its signals share. 0: not certain.
std::uint64_t ruby_handler(const TargetPage& page, std::span<const Mapping> maps,
                           const std::string& ruby) {
  std::map<std::uint64_t, int> votes;
  for (std::size_t i = 0; i < kRubySignals.size(); ++i) {
    const std::uint64_t handler = page.scratch[i * kActionWords];
    const Mapping* mapping = mapping_at(maps, handler);
    if (mapping != nullptr && mapping->executable && mapping->path == ruby) ++votes[handler];
  }
  const auto most =
      std::ranges::max_element(votes, {}, [](const auto& entry) { return entry.second; });
  return most == votes.end() || most->second < 2 ? 0 : most->first;
}

std::chrono::nanoseconds between(const std::int64_t (&from)[2], const std::int64_t (&to)[2]) {
  return std::chrono::seconds(to[0] - from[0]) + std::chrono::nanoseconds(to[1] - from[1]);
}

std::unexpected<Error> ended(pid_t pid) {
  return fail(ErrorCode::kIo, fmt::format("process {} has ended", pid));
}

}  // namespace

Result<RubyJob> RubyJob::prepare(pid_t pid, const Runtime& runtime) {
  const Functions found{.register_one = runtime.module.find("rb_postponed_job_register_one"),
                        .preregister = runtime.module.find("rb_postponed_job_preregister"),
                        .trigger = runtime.module.find("rb_postponed_job_trigger"),
                        .fork = runtime.libc.find("fork")};
  const bool job = found.register_one != 0 || (found.preregister != 0 && found.trigger != 0);
  if (!job || found.fork == 0) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} does not export the functions that a capture calls", runtime.module.path),
        "tidemark knows Ruby 3.0 to 4.0, as distributions and ruby-build make it");
  }
  auto injector = Injector::prepare(pid, runtime.libc);
  if (!injector) return std::unexpected(injector.error());
  return RubyJob(pid, runtime, std::move(*injector), found);
}

Result<std::int64_t> RubyJob::fork(std::chrono::milliseconds patience, Monitor& monitor) {
  const auto begin = Clock::now();
  if (auto ready = set_up(); !ready) return std::unexpected(ready.error());
  if (auto free = wait_for_another(); !free) return std::unexpected(free.error());
  if (auto reaped = reap_forgotten(injector_); !reaped) return std::unexpected(reaped.error());
  const auto page = run(0, patience, monitor);
  if (!page) return std::unexpected(page.error());
  times_.waited = Clock::now() - begin;
  return forked_pid(pid_, page->copy_pid);
}

Result<std::vector<Step>> RubyJob::call(std::span<const Step> calls, std::string_view texts,
                                        std::chrono::milliseconds patience, Monitor& monitor) {
  if (calls.size() > kMostJobCalls || texts.size() > kJobCallsAt - kJobTextAt) {
    return fail(ErrorCode::kTooLarge, "too many calls for one job");
  }
  const auto begin = Clock::now();
  if (auto ready = set_up(); !ready) return std::unexpected(ready.error());
  if (auto free = wait_for_another(); !free) return std::unexpected(free.error());
  const ProcessMemory& memory = injector_.memory();
  const std::uint64_t at = injector_.page() + kJobCallsAt;
  if (!memory.write(text_address(), std::as_bytes(std::span(texts))) ||
      !memory.write(at, std::as_bytes(calls))) {
    return ended(pid_);
  }
  if (auto done = run(calls.size(), patience, monitor); !done) return std::unexpected(done.error());
  times_.waited = Clock::now() - begin;
  std::vector<Step> results(calls.size());
  if (!memory.read(at, std::as_writable_bytes(std::span(results)))) return ended(pid_);
  return results;
}

// Maps the page when it is not there, and finds Ruby's signal handler; once.
Result<void> RubyJob::set_up() {
  times_ = {};
  if (ready_) return {};
  const auto asked = injector_.set_up(ask_handlers(injector_.scratch()));
  if (!asked) return std::unexpected(asked.error());
  times_.stopped = asked->stopped;
  const auto maps = read_maps(this_machine(), pid_);
  const auto page = injector_.read_page();
  if (!maps || !page) return std::unexpected(maps ? page.error() : maps.error());
  handler_ = ruby_handler(*page, *maps, runtime_->module.path);
  ready_ = true;
  return {};
}

// A tool that was killed may have left a job that is at work, which must not be given other steps.
Result<void> RubyJob::wait_for_another() {
  constexpr int kAttempts = 200;
  constexpr std::int64_t kLongest = 60;  // seconds; longer ago it has failed
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto page = injector_.read_page();
    if (!page) return std::unexpected(page.error());
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    const bool at_work = page->armed == 2 && page->job_done == 0;
    if (!at_work || seconds > page->deadline_seconds + kLongest) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(ErrorCode::kIo,
              fmt::format("process {} is still at work for a capture before this one", pid_),
              "try again in a minute");
}

Result<TargetPage> RubyJob::run(std::uint64_t calls, std::chrono::milliseconds patience,
                                Monitor& monitor) {
  if (auto armed = arm(calls); !armed) return std::unexpected(armed.error());
  const auto registered = injector_.run(job_steps(), std::chrono::seconds(10));
  if (!registered) {
    disarm();
    return std::unexpected(registered.error());
  }
  times_.stopped = std::max(times_.stopped, registered->stopped);
  return wait(patience, monitor);
}

bool RubyJob::set_deadline() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 2;
  return set(offsetof(TargetPage, deadline_seconds), seconds);
}

Result<void> RubyJob::arm(std::uint64_t calls) {
  const bool written =
      set(offsetof(TargetPage, fork_function), functions_.fork) &&
      set(offsetof(TargetPage, errno_function), runtime_->libc.find("__errno_location")) &&
      set(offsetof(TargetPage, job_calls), calls) &&
      set(offsetof(TargetPage, job_done), std::uint32_t{0}) &&
      set(offsetof(TargetPage, copy_pid), std::int64_t{0}) && set_deadline() &&
      set(offsetof(TargetPage, armed), std::uint32_t{1});
  if (written) return {};
  return ended(pid_);
}

void RubyJob::disarm() {
  // When it has been taken up in this very moment, the copy ends by itself after a few seconds.
  set(offsetof(TargetPage, armed), std::uint32_t{0});
}

std::vector<Step> RubyJob::job_steps() const {
  const std::uint64_t job = injector_.code(machine_code().ruby_job);
  const std::uint64_t data = injector_.page();
  std::vector<Step> steps;
  if (functions_.register_one != 0) {
    steps.push_back(call_step(functions_.register_one, {0, job, data}));
  } else {
    steps.push_back(call_step(functions_.preregister, {0, job, data}));
    steps.push_back({.kind = StepKind::kCallWithResult, .target = functions_.trigger});
  }
  if (handler_ != 0) steps.push_back(call_step(handler_, {kNobodysSignal}));
  return steps;
}

Result<TargetPage> RubyJob::wait(std::chrono::milliseconds patience, Monitor& monitor) {
  const auto begin = Clock::now();
  auto renew = begin + std::chrono::seconds(1);
  while (true) {
    const auto page = injector_.read_page();
    if (!page) return page;
    if (page->job_done == 1) {
      times_.pause = between(page->before, page->after);
      return page;
    }
    const auto now = Clock::now();
    const bool late = now - begin > patience;
    if (page->armed == 1 && (monitor.cancelled() || late)) {
      disarm();
      if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
      return fail(ErrorCode::kIo,
                  fmt::format("Ruby came to no safe point within {} s: some native code holds its "
                              "lock (GVL)",
                              patience.count() / 1000),
                  "try again later, or another worker; the process was not touched further");
    }
    if (page->armed == 2 && page->job_calls != 0 && late) {
      return fail(ErrorCode::kIo, "Ruby began what it was asked for and did not end it",
                  "please report it with the Ruby version; the process goes on");
    }
    if (now > renew) {
      set_deadline();
      renew = now + std::chrono::seconds(1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace tidemark
