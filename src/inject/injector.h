// Makes a live process carry out a few steps (machine_code.h), and leaves it as it was.
//
// What is done to the process: its main thread is stopped for some 0.1 ms; a frame like that of a
// signal handler is written below its stack; its registers are pointed at our code; it is let go.
// It then runs the steps and the kernel's own sigreturn puts everything back. A tool that dies at
// any moment of this leaves a process that either has not noticed or finishes on its own.
// What stays: some 700 bytes of code in the unused end of a library's page, and 16 kB of data.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "inject/code_site.h"
#include "inject/machine_code.h"
#include "inject/module.h"
#include "inject/process_memory.h"
#include "inject/tracee.h"

namespace tidemark {

struct Injected {
  std::chrono::nanoseconds stopped{};  // from the stop to the detach
  std::vector<Step> steps;             // with their results
};

// Not thread-safe.
class Injector {
 public:
  // Looks for what it needs and touches nothing. Errors: kUnsupported (another processor, CET, no
  // permission, no room for code).
  static Result<Injector> prepare(pid_t pid, const Module& libc);

  // Where to stop, and whether that moment is a good one; else it is let go and tried again.
  struct Moment {
    // Called with the thread stopped; takes it on from there if need be. True: here and now.
    std::function<Result<bool>(Tracee&, ThreadState&)> ready;
    // The steps of this moment; instead of those given to run().
    std::function<Result<std::vector<Step>>()> steps;
    std::chrono::milliseconds patience{5000};
    std::chrono::milliseconds pause{20};  // between attempts
    pid_t thread = 0;                     // another than the main thread
  };

  // Stops the main thread, has it carry out the steps, and waits until they are done. Errors: kIo
  // when the process ends or does not get that far in time.
  Result<Injected> run(std::span<const Step> steps, std::chrono::milliseconds patience);
  Result<Injected> run(const Moment& moment);

  // Maps the page, if no capture before us did. Further `steps` are carried out after that.
  Result<Injected> set_up(std::vector<Step> steps);

  // Did a capture before us map the page, or set_up()?
  [[nodiscard]] bool has_page() const { return site_.page_mapped; }
  [[nodiscard]] std::uint64_t page() const { return site_.page; }
  [[nodiscard]] std::uint64_t code(std::size_t part) const { return site_.code() + part; }
  [[nodiscard]] std::uint64_t scratch() const { return page() + offsetof(TargetPage, scratch); }
  [[nodiscard]] const ProcessMemory& memory() const { return memory_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] Result<TargetPage> read_page() const;

 private:
  Injector(pid_t pid, ProcessMemory memory, CodeSite site, std::uint64_t errno_function)
      : pid_(pid), memory_(std::move(memory)), site_(site), errno_function_(errno_function) {}

  Result<std::chrono::nanoseconds> start(const Moment& moment, std::uint64_t sequence);
  Result<bool> try_start(Tracee& target, const Moment& moment, std::uint64_t sequence);
  Result<std::vector<Step>> wait(std::uint64_t sequence, std::chrono::milliseconds patience);

  pid_t pid_;
  ProcessMemory memory_;
  CodeSite site_;
  std::uint64_t errno_function_;
};

// A step that makes a system call or calls a function.
Step syscall_step(long number, std::initializer_list<std::uint64_t> args = {});
Step call_step(std::uint64_t function, std::initializer_list<std::uint64_t> args = {});

}  // namespace tidemark
