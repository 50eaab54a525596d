// Where an app listens, and whether it answers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"
#include "reproduce/load/load_generator.h"

namespace tidemark {

// A port that nobody listens on now. 0 when there is none.
std::uint16_t free_port();

// Ports that a server says it listens on: the numbers behind a colon or the word "port".
std::vector<std::uint16_t> ports_in_text(std::string_view text);

// The listening port of these processes that serves the app: `wanted` when it is among them, else
// one that the output names, else the lowest. The debugger's ports are none. Nothing while there is
// none.
std::optional<ServerAddress> find_server(const std::vector<pid_t>& processes, std::uint16_t wanted,
                                         std::string_view output);

struct ReadinessCheck {
  std::function<std::vector<pid_t>()> processes;      // the app's, now
  std::function<std::optional<std::string>()> ended;  // how it ended, once it has
  std::uint16_t wanted = 0;                           // the port it was told
  std::string log;                                    // a file with its output; may be empty
  RequestKind request;                                // to ask for
  double patience = 60;
};

// Waits until the app answers with any status. Errors: kIo, with the end of its output, when it
// ends or does not answer in time; kCancelled.
Result<ServerAddress> wait_until_ready(const ReadinessCheck& check, Monitor& monitor);

}  // namespace tidemark
