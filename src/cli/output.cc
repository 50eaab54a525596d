#include "cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/print_error.h"
#include "cli/terminal_monitor.h"

namespace tidemark {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;

}  // namespace

void guard_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free descriptor is this one. Opened the wrong way round, so that its use fails.
    const int mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) != descriptor) _exit(kExitFailed);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

Output::Output(std::FILE* file) : file_(file) {
  std::setvbuf(file_, nullptr, _IOFBF, kBufferBytes);
}

Output::~Output() { std::fflush(file_); }

void Output::write(std::string_view text) {
  if (error_ != 0 || text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) error_ = errno;
}

void Output::flush() {
  const ProgressPause erased;
  if (error_ == 0 && std::fflush(file_) != 0) error_ = errno;
}

int Output::finish(int exit_code) {
  flush();
  if (error_ == 0 || error_ == EPIPE) return exit_code;
  print_error(
      {.code = ErrorCode::kIo,
       .message = "cannot write: " + std::error_code(error_, std::generic_category()).message(),
       .file = "standard output",
       .offset = {},
       .hint = {}});
  return kExitFailed;
}

}  // namespace tidemark
