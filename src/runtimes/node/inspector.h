// A session with the debugger of a live Node.js process.
//
// What is done to the process: where its inspector is not open, SIGUSR1 opens it, if and only if
// the process listens for that signal (for others it would be deadly). The port is looked for among
// the sockets that this very process has open, and the process is asked for its pid before anything
// else. An inspector that we have opened is closed again, on every path; one that was open stays.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "host/process.h"
#include "runtimes/listening_ports.h"
#include "runtimes/node/websocket.h"

namespace tidemark {

// Not thread-safe.
class Inspector {
 public:
  // Errors: kUnsupported when the process does not listen or its port is taken; kIo; kCancelled.
  static Result<Inspector> open(pid_t pid, const Monitor* monitor);
  Inspector(Inspector&& other) noexcept;
  Inspector& operator=(Inspector&&) = delete;
  ~Inspector();  // closes what we have opened

  // Text of an event, and whether to go on.
  using Event = std::function<Result<void>(std::string_view method, std::string_view message)>;
  // Sends {"method": ..., "params": ...} and waits for the answer; events meanwhile go to `event`.
  // Returns the text of "result". `params`: JSON. Errors: kIo with what the process said.
  Result<std::string> command(std::string_view method, std::string_view params,
                              std::chrono::steady_clock::time_point deadline,
                              const Event& event = {});
  // The value of a JavaScript expression, which is a string.
  Result<std::string> evaluate(std::string_view expression);

  [[nodiscard]] bool opened_by_us() const { return opened_; }

 private:
  Inspector(pid_t pid, WebSocket socket, std::vector<ListeningPort> others)
      : pid_(pid), socket_(std::move(socket)), others_(std::move(others)) {}

  pid_t pid_;
  std::optional<WebSocket> socket_;
  std::vector<ListeningPort> others_;  // of the app
  bool opened_ = false;
  int next_id_ = 1;
};

// Does Node.js start its inspector on SIGUSR1? (Bit 9 of the caught signals.)
bool listens_for_inspector(const ProcessStatus& status);

// The ports of this process that are the app's, as far as one can tell without asking: all but
// those of the range that inspectors use. Only the others are ever connected to.
std::vector<ListeningPort> app_ports(pid_t pid);
// The port of this process's inspector, if one is open; `others` are not asked.
std::optional<ListeningPort> inspector_port(pid_t pid, const std::vector<ListeningPort>& others);
// Closes it. Also for what a killed capture left.
void close_inspector(pid_t pid, const std::vector<ListeningPort>& others);

// The string that begins at the quote at `at` in a JSON text, with escapes undone; nothing where
// there is none. UTF-16 escapes become UTF-8.
std::optional<std::string> json_string_at(std::string_view json, std::size_t at);

}  // namespace tidemark
