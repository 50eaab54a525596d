// Ruby's allocation tracing, switched on or off in a live process: what makes later dumps say where
// objects were made.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "answers/live/capture.h"
#include "base/monitor.h"
#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

struct AllocationTracingRequest {
  std::string target;  // as of a capture
  bool on = false;
};

struct AllocationTracingAnswer {
  pid_t pid = 0;
  bool on = false;
  bool was_on = false;
  std::vector<Notice> notices;
};

// Waits for captures of the process, a minute at most. Errors: those of find_targets(), diagnose()
// and switch_tracing(); kUnsupported for Node.js.
Result<AllocationTracingAnswer> answer(const AllocationTracingRequest& request,
                                       CaptureListener& listener, Monitor& monitor);
void describe(Fields& fields, const AllocationTracingAnswer& answer);

}  // namespace tidemark
