// The whole story in one run: start the app or attach to it, warm it up, send load in steps, rest
// and measure after each, and conclude as soon as the answer is clear.
//
//   start -> answers -> warm-up -> (load -> rest -> measure, dump)* -> conclude -> stop
//
// What is done to the app: it is started and stopped, it gets requests, and its heap is taken from
// forked copies (capture/). One that was attached to is left running.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "reproduce/load/url_mix.h"
#include "reproduce/reproduction.h"

namespace tidemark {

enum class TraceChoice : std::uint8_t {
  kAuto,    // in a second run, when the first one leaks and shows no lines
  kAlways,  // in the only run
  kNever,
};

struct ReproduceSettings {
  std::vector<std::string> command;  // to start; or
  pid_t pid = 0;                     // to attach to
  std::uint16_t port = 0;            // 0: any that is free
  std::vector<RequestKind> requests;
  unsigned connections = 4;
  double rate = 0;        // requests a second, open loop; 0: closed loop
  double timeout = 30;    // seconds, of a request
  double duration = 120;  // seconds of load in a run, at most
  double start_timeout = 60;
  std::uint64_t warmup_requests = 2000;
  std::uint64_t step_requests = 1000;
  double step_bytes = 0;  // a step also takes growth of so much; 0: requests alone
  std::size_t dumps = 0;  // 0: 3 for Ruby, 6 for Node.js
  bool keep_dumps = true;
  TraceChoice trace = TraceChoice::kAuto;
  std::string folder;  // exists; for dumps and the app's output
};

// Errors: when the app does not start or does not answer; all else that goes wrong is in the notes.
// Cancelling concludes with what there is.
Result<Reproduction> reproduce(const ReproduceSettings& settings, Monitor& monitor);

// One run of it. `name` goes before the names of its files. `traced`: allocations are traced.
Result<ReproducedRun> run_once(const ReproduceSettings& settings, const std::string& name,
                               bool traced, Monitor& monitor);

}  // namespace tidemark
