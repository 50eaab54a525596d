// Captures from a process that has loaded src/preload/ruby/capture.rb or
// src/preload/node/capture.js when it was started: where nobody may attach to it.
//
// The process listens on a socket in a private folder of its user. The socket is found among those
// that this very process has open, and the kernel's word is asked for who listens before anything
// is sent. Ruby dumps from a copy that it forks; Node.js cannot, and stands still meanwhile.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "base/monitor.h"
#include "base/result.h"
#include "copy/pump.h"
#include "host/process.h"
#include "runtimes/runtime.h"
#include "transfer/byte_sink.h"

namespace tidemark {

// The socket's path as the process sees it; nothing when it has not loaded the file.
std::optional<std::string> preload_socket(const ProcessStatus& status);

// What to put into the environment of the app so that it loads the file, written where an app of
// this user can read it: RUBYOPT="-r/tmp/tidemark-1000/capture-0123.rb". Errors: kIo.
Result<std::string> preload_line(RuntimeKind runtime);

// What runs in the process, by its own word: for one that nobody may look at. No functions are
// known of it. Errors: kUnsupported when it has not loaded the file.
Result<Runtime> preloaded_runtime(const ProcessStatus& status);

struct PreloadCapture {
  std::chrono::nanoseconds pause{};  // by the process's own clock; zero for a profile
  std::uint64_t bytes = 0;
};

// `request`: "heap", "gc-stats", "alloc-profile 10"... Neither finishes nor abandons the sink.
// Errors: kUnsupported when it does not listen or is not the process, kIo with what it said,
// kTooLarge when memory runs short, kCancelled.
Result<PreloadCapture> capture_by_preload(const ProcessStatus& status, const std::string& request,
                                          ByteSink& sink, const PumpLimits& limits,
                                          Monitor& monitor);

// What the file sends over a connection that is open, once `request` has gone there. As above.
Result<PreloadCapture> ask_preloaded(const ProcessStatus& status, FileDescriptor connection,
                                     const std::string& request, ByteSink& sink,
                                     const PumpLimits& limits, Monitor& monitor);

// The end of an answer, cut off from `text`: the pause in nanoseconds, or what went wrong. Nothing
// when there is no such end. For tests.
std::optional<Result<std::uint64_t>> take_answer_end(std::string& text);

}  // namespace tidemark
