#include "far/far_side.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/file_descriptor.h"
#include "far/frames.h"

namespace tidemark {
namespace {

using Pipe = std::array<int, 2>;

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// The one frame that says what to do.
Result<std::vector<std::string>> read_arguments(bool text_only) {
  FrameReader reader(text_only);
  std::array<char, 4096> some{};
  for (;;) {
    const auto frame = reader.next();
    if (!frame) return std::unexpected(frame.error());
    if (*frame) {
      std::vector<std::string> words;
      std::string_view rest = (*frame)->bytes;
      while (!rest.empty()) {
        const std::size_t end = rest.find('\0');
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      }
      return words;
    }
    const ssize_t count = ::read(STDIN_FILENO, some.data(), some.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::kIo, "the connection ended before the command came");
    reader.add({some.data(), static_cast<std::size_t>(count)});
  }
}

class FarParent {
 public:
  FarParent(pid_t child, int out, int err, bool text_only)
      : child_(child), text_only_(text_only), ends_{STDIN_FILENO, out, err} {}

  [[noreturn]] void run() {
    ::signal(SIGPIPE, SIG_IGN);  // a write that fails says as much
    ::signal(SIGHUP, SIG_IGN);   // the end of standard input says as much
    while (ends_[1] >= 0 || ends_[2] >= 0) {
      if (!pass_on()) leave();
    }
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    send(FrameKind::kEnd, std::to_string(code));
    ::_exit(0);
  }

 private:
  bool send(FrameKind kind, std::string_view bytes) {
    return write_all(STDOUT_FILENO, pack_frame(kind, bytes, text_only_));
  }

  // False when nobody is there any more.
  bool pass_on() {
    std::array<pollfd, 3> polled{};
    for (std::size_t i = 0; i < 3; ++i)
      polled[i] = {.fd = ends_[i], .events = POLLIN, .revents = 0};
    if (::poll(polled.data(), polled.size(), -1) < 0) return errno == EINTR;
    for (std::size_t i = 0; i < 3; ++i) {
      if (polled[i].revents == 0) continue;
      const ssize_t count = ::read(ends_[i], buffer_.data(), buffer_.size());
      if (count < 0 && errno == EINTR) continue;
      if (i == 0) {
        if (count <= 0) return false;
        continue;  // nothing is sent after the command
      }
      if (count <= 0) {
        ends_[i] = -1;
        continue;
      }
      const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
      if (!send(i == 1 ? FrameKind::kOutput : FrameKind::kError, bytes)) return false;
    }
    return true;
  }

  // As Ctrl-C would, so that a capture clears up; then by force. What it still says goes nowhere.
  [[noreturn]] void leave() {
    for (const int end : {ends_[1], ends_[2]}) {
      if (end >= 0) ::close(end);
    }
    for (int tenths = 0; tenths < 100; ++tenths) {
      ::kill(child_, tenths < 80 ? SIGINT : SIGKILL);
      for (int i = 0; i < 10; ++i) {
        if (::waitpid(child_, nullptr, WNOHANG) == child_) ::_exit(1);
        ::usleep(10'000);
      }
    }
    ::_exit(1);
  }

  pid_t child_;
  bool text_only_;
  std::array<int, 3> ends_;
  std::array<char, 65'536> buffer_{};
};

void become_child(const Pipe& out, const Pipe& err, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGINT);
  if (::getppid() != parent) ::_exit(1);
  ::signal(SIGINT, SIG_DFL);
  ::dup2(out[1], STDOUT_FILENO);
  ::dup2(err[1], STDERR_FILENO);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  for (const int end : {out[0], out[1], err[0], err[1], nothing}) {
    if (end >= 0) ::close(end);
  }
}

}  // namespace

Result<std::vector<std::string>> become_far_side(bool text_only) {
  auto arguments = read_arguments(text_only);
  if (!arguments) return arguments;
  Pipe out{};
  Pipe err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, fmt::format("no pipe: {}", system_reason(errno)));
  }
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorCode::kIo, fmt::format("fork: {}", system_reason(errno)));
  if (child == 0) {
    become_child(out, err, parent);
    return arguments;
  }
  ::close(out[1]);
  ::close(err[1]);
  FarParent(child, out[0], err[0], text_only).run();
}

}  // namespace tidemark
