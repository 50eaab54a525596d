// Captures from a Ruby process that nobody may attach to and that has loaded the gem rbtrace.
//
// By the gem (rbtrace.h) a thread of the process loads our file for apps
// (src/preload/ruby/capture.rb) into a module without a name. It connects to a socket that we have
// made beside the file, in a folder of the process's user alone, and answers there as it does where
// it was loaded at the start: a heap comes from a copy that Ruby forks. Then the file, the folder
// and the thread are gone; Ruby's library "socket" stays loaded, if it was not.
#pragma once

#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "host/process.h"
#include "runtimes/preload/preload_capture.h"

namespace tidemark {

// `request` as in preload_capture.h. Neither finishes nor abandons the sink. Errors: kUnsupported
// when it did not come to a capture; those of capture_by_preload() after that.
Result<PreloadCapture> capture_by_rbtrace(const ProcessStatus& status, const Runtime& runtime,
                                          const std::string& request, ByteSink& sink,
                                          const PumpLimits& limits, Monitor& monitor);

}  // namespace tidemark
