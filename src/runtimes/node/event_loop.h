// The moment at which a Node.js process may be asked for something: its main thread waits in the
// event loop, so no JavaScript is half-way and no lock of V8's or malloc()'s is held by it.
#pragma once

#include <chrono>

#include "inject/signal_frame.h"
#include "inject/tracee.h"

namespace tidemark {

// `target` is stopped; `state` what it was doing. In an epoll wait, or taken on to the next one,
// which it then has not begun. Errors: kUnsupported when it computes and does not get there.
Result<void> run_to_event_loop(Tracee& target, ThreadState& state,
                               std::chrono::milliseconds patience);

}  // namespace tidemark
