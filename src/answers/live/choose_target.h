// From the target of a request to the process that is meant.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "answers/live/capture.h"
#include "base/result.h"

namespace tidemark {

// How long to wait for another that does something to the process, or copies on this host.
inline constexpr std::chrono::seconds kTurnTimeout{60};

// The largest of those that are called so; the listener hears of the others. Errors: as
// find_targets().
Result<pid_t> choose_target(const std::string& target, CaptureListener& listener);

}  // namespace tidemark
