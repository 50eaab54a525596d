// Runs this program's own command where a process is: sends the program through the user's ssh,
// docker, kubectl or heroku, and gives back what it says as it says it. Whole commands go there,
// since injection, copies and /proc are all of one machine; see docs/targets.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "far/far_target.h"

namespace tidemark {

struct FarRequest {
  FarTarget target;
  std::vector<std::string> arguments;  // of this program: "doctor", "4711"
};

struct FarListener {
  std::function<Result<void>(std::string_view)> output;  // an error ends the command
  std::function<void(std::string_view)> error;
};

struct FarEnd {
  int exit_code = 0;
  std::uint64_t sent_bytes = 0;      // the program as it travelled, and the command
  std::uint64_t received_bytes = 0;  // all that came back
};

// Errors: kIo, kUnsupported, with the step, the far side's words and what would help; kCancelled.
Result<FarEnd> run_far(const FarRequest& request, const FarListener& listener, Monitor& monitor);

}  // namespace tidemark
