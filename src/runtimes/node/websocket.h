// A WebSocket as a client has it (RFC 6455), over a connected socket: text messages only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

// Not thread-safe.
class WebSocket {
 public:
  using Deadline = std::chrono::steady_clock::time_point;
  // Waits end when the monitor, which may be null, is cancelled: kCancelled.
  WebSocket(FileDescriptor connection, const Monitor* monitor);

  // A plain "GET path", before anything else, on a connection of its own. The body of the answer.
  static Result<std::string> get(FileDescriptor connection, const std::string& host,
                                 const std::string& path, Deadline deadline);

  // Errors: kIo when it is refused, or is no WebSocket.
  Result<void> open(const std::string& host, const std::string& path, Deadline deadline);
  Result<void> send(std::string_view text);
  // The next whole message; pings are answered meanwhile. Errors: kIo at the end, on damage, on a
  // message above 1 GB, after the deadline.
  Result<std::string> receive(Deadline deadline);

 private:
  struct Frame {
    bool last = false;
    std::uint8_t kind = 0;
    std::uint64_t bytes = 0;
  };
  Result<void> send_frame(std::uint8_t kind, std::string_view payload);
  Result<Frame> read_head(Deadline deadline);
  Result<void> fill(std::size_t bytes, Deadline deadline);  // at least so many in the buffer
  std::string take(std::size_t bytes);

  FileDescriptor connection_;
  const Monitor* monitor_;
  std::string buffer_;  // received; from `used_` on not taken yet
  std::size_t used_ = 0;
};

}  // namespace tidemark
