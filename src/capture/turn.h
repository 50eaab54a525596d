// Whose turn it is to do something to a process. A turn is a name in the kernel's abstract socket
// space: given back when its descriptor is closed, however the holder ends. Where there are no
// sockets nothing is kept apart, and the descriptor is not open.
#pragma once

#include <sys/types.h>

#include <chrono>

#include "base/file_descriptor.h"
#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

// One copy at a time on a host: hold this for as long as one takes. Waits for another that runs, at
// most that long. Errors: kUnsupported when that does not end, kCancelled.
Result<FileDescriptor> take_turn(const Monitor& monitor, std::chrono::milliseconds patience);
Result<FileDescriptor> take_turn();  // without waiting
// The same for whatever is done to one process: captures of it, and questions to it.
Result<FileDescriptor> take_turn_with(pid_t pid, const Monitor& monitor,
                                      std::chrono::milliseconds patience);

}  // namespace tidemark
