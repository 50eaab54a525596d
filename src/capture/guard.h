// Clears up after a capture that was killed: a process of our own that waits beside it, in a
// session of its own, and does nothing unless the capture ends without saying so.
//
// The kernel itself ends the copy when its tracer dies. What it cannot do is take the copy's entry
// out of the process table, since the copy is a child of the target: the guard has the target
// collect it, by one injected wait4(). And it closes an inspector that the capture has opened.
#pragma once

#include <sys/types.h>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "runtimes/runtime.h"

namespace tidemark {

class CaptureGuard {
 public:
  // Before any thread is started. Where the system refuses a process, captures go unguarded.
  // `traces`: allocation tracing is to be ended, too.
  static CaptureGuard start(pid_t target, bool traces = false);
  CaptureGuard(CaptureGuard&&) noexcept = default;
  CaptureGuard& operator=(CaptureGuard&&) = delete;
  // All was cleared up: the guard ends, and is waited for.
  ~CaptureGuard();

 private:
  CaptureGuard() = default;
  FileDescriptor alarm_;  // closed without a word when we are killed
  pid_t guard_ = 0;
};

// Collects copies that captures of this process left, waiting for those that are about to end.
// Errors: as reap_copy().
Result<void> clear_up(pid_t target);

}  // namespace tidemark
