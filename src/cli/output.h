// Standard output, for results only; messages and progress go to standard error.
#pragma once

#include <cstdio>
#include <string_view>

#include "report/text_sink.h"

namespace tidemark {

// First thing in main(): a standard descriptor that the caller left closed would be taken by the
// next file we open, and our output would land in it. Also ignores SIGPIPE, so that a closed pipe
// is a write error.
void guard_standard_streams();

// Not thread-safe. Buffered; finish() says how it went.
class Output final : public TextSink {
 public:
  explicit Output(std::FILE* file = stdout);
  ~Output() override;

  // Does nothing once a write has failed.
  void write(std::string_view text) override;
  // Shows what was written so far, for commands that answer bit by bit.
  void flush();

  // Nobody reads any more; a long command may stop.
  [[nodiscard]] bool closed() const { return error_ != 0; }

  // Flushes. Returns `exit_code`, also when the reader has gone (`tidemark ... | head`); any other
  // write error is printed and makes the exit code kExitFailed.
  [[nodiscard]] int finish(int exit_code);

 private:
  std::FILE* file_;
  int error_ = 0;  // errno of the first write that failed
};

}  // namespace tidemark
