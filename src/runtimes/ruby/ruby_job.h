// Work that a live Ruby does for us at its next safe point, Ruby 3.0 to 4.0.
//
// An injection of some 0.1 ms (injector.h; two of them the first time) asks Ruby to run a job of
// ours, exactly as a signal handler may, and wakes it if all of its threads wait. The job then runs
// on some Ruby thread, with the VM's lock held, where any function of the C API may be called. It
// does one of two things: it calls the C library's fork(), or a list of functions of Ruby's. A job
// that the tool's end has overtaken does nothing later than two seconds after it.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "copy/fork_capture.h"
#include "inject/injector.h"
#include "runtimes/runtime.h"

namespace tidemark {

// Not thread-safe. `runtime` must outlive it.
class RubyJob {
 public:
  // Touches nothing. Errors: kUnsupported when Ruby does not export what is needed.
  static Result<RubyJob> prepare(pid_t pid, const Runtime& runtime);

  // Returns the copy's pid as the target numbers it. Errors: kUnsupported, kIo, kCancelled.
  Result<std::int64_t> fork(std::chrono::milliseconds patience, Monitor& monitor);

  // Calls of the kinds kCall, kCallWithFirst and kCallWithSecond with up to three arguments, one
  // after the other; returns the steps with their results. `texts` lies at text_address().
  // A call must not raise an exception: that would end the job, and look like a time-out.
  Result<std::vector<Step>> call(std::span<const Step> calls, std::string_view texts,
                                 std::chrono::milliseconds patience, Monitor& monitor);
  [[nodiscard]] std::uint64_t text_address() const { return injector_.page() + kJobTextAt; }

  Injector& injector() { return injector_; }
  // Of the last fork or call.
  [[nodiscard]] const ForkTimes& times() const { return times_; }

 private:
  struct Functions {
    std::uint64_t register_one = 0;  // rb_postponed_job_register_one, until 3.2 and after
    std::uint64_t preregister = 0;   // since 3.3
    std::uint64_t trigger = 0;
    std::uint64_t fork = 0;
  };
  RubyJob(pid_t pid, const Runtime& runtime, Injector injector, const Functions& functions)
      : pid_(pid), runtime_(&runtime), injector_(std::move(injector)), functions_(functions) {}

  Result<TargetPage> run(std::uint64_t calls, std::chrono::milliseconds patience, Monitor& monitor);
  Result<void> set_up();
  Result<void> wait_for_another();
  Result<void> arm(std::uint64_t calls);
  void disarm();
  bool set_deadline();
  template <class T>
  bool set(std::size_t offset, const T& value) {
    return injector_.memory().write(injector_.page() + offset, value);
  }
  [[nodiscard]] std::vector<Step> job_steps() const;
  Result<TargetPage> wait(std::chrono::milliseconds patience, Monitor& monitor);

  pid_t pid_;
  const Runtime* runtime_;
  Injector injector_;
  Functions functions_;
  bool ready_ = false;
  std::uint64_t handler_ = 0;  // Ruby's own signal handler; 0 when it is not certain
  ForkTimes times_;
};

}  // namespace tidemark
