// What both runtimes' captures from a forked copy say of themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "copy/copy.h"
#include "copy/pump.h"

namespace tidemark {

struct ForkTimes {
  std::chrono::nanoseconds stopped{};  // the longest stop by ptrace
  std::chrono::nanoseconds pause{};    // for which the process did nothing, the fork included
  std::chrono::nanoseconds waited{};   // from the first touch to the fork, the process running
};

struct ForkCapture {
  ForkTimes times;
  std::uint64_t bytes = 0;
  std::uint64_t copy_peak_bytes = 0;
  std::string unreaped;  // why the copy's zombie stays; empty when it is gone
};

std::string describe_copy_end(const Copy::State& end);

// Ends and collects what captures left that were killed; the page says which copies there were. A
// child of the app that has got such a number since is left alone. Errors: as reap_copy().
Result<void> reap_forgotten(Injector& target);
// The copy was collected: its number may become another's.
void forget_copy(const Injector& target, std::int64_t inside);

// The fork's result, as a pid or as an Error with the reason.
Result<std::int64_t> forked_pid(pid_t target, std::int64_t result);

}  // namespace tidemark
