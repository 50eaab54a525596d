// A program of the user's, with its standard streams at our end of pipes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

// Not thread-safe. The program ends with the channel.
class FarChannel {
 public:
  // Errors: kNotFound when there is no such program, kIo.
  static Result<FarChannel> start(const std::vector<std::string>& program);

  FarChannel(FarChannel&& other) noexcept;
  FarChannel& operator=(FarChannel&&) = delete;
  ~FarChannel();

  // Writes all of it, reading meanwhile what comes. Errors: kIo when nobody reads, kCancelled.
  Result<void> send(std::string_view bytes, Monitor& monitor);
  // Waits for bytes on either output; appends them. False at the end of both.
  Result<bool> receive(Monitor& monitor);
  // Closes its input, waits until it has ended and returns its exit code, as a shell counts.
  int end();

  std::string output;  // what came and was not yet taken away
  std::string errors;

 private:
  FarChannel() = default;
  Result<bool> turn(std::string_view& to_send, Monitor& monitor);

  pid_t child_ = -1;
  FileDescriptor in_;
  FileDescriptor out_;
  FileDescriptor err_;
};

}  // namespace tidemark
