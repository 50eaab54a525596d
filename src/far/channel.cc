#include "far/channel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

extern char** environ;

namespace tidemark {
namespace {

struct Ends {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Ends> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, fmt::format("no pipe: {}", system_reason(errno)));
  }
  return Ends{.read = FileDescriptor(ends[0]), .write = FileDescriptor(ends[1])};
}

void read_into(FileDescriptor& from, std::string& text) {
  std::array<char, 65'536> some{};
  const ssize_t count = ::read(from.get(), some.data(), some.size());
  if (count > 0) {
    text.append(some.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
    from.reset();
  }
}

}  // namespace

Result<FarChannel> FarChannel::start(const std::vector<std::string>& program) {
  auto in = make_pipe();
  if (!in) return std::unexpected(in.error());
  auto out = make_pipe();
  if (!out) return std::unexpected(out.error());
  auto err = make_pipe();
  if (!err) return std::unexpected(err.error());
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): a write that fails says as much
  ::fcntl(in->write.get(), F_SETFL, O_NONBLOCK);

  std::vector<std::string> words = program;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in->read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out->write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err->write.get(), STDERR_FILENO);
  FarChannel channel;
  const int refused =
      ::posix_spawnp(&channel.child_, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused != 0) {
    channel.child_ = -1;
    return fail(ErrorCode::kNotFound,
                fmt::format("`{}` cannot be started here: {}", words[0], system_reason(refused)),
                fmt::format("tidemark goes there by your own {}; install it", words[0]));
  }
  channel.in_ = std::move(in->write);
  channel.out_ = std::move(out->read);
  channel.err_ = std::move(err->read);
  return channel;
}

FarChannel::FarChannel(FarChannel&& other) noexcept
    : output(std::move(other.output)),
      errors(std::move(other.errors)),
      child_(std::exchange(other.child_, -1)),
      in_(std::move(other.in_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)) {}

FarChannel::~FarChannel() {
  if (child_ < 0) return;
  in_.reset();
  ::kill(child_, SIGTERM);
  end();
}

Result<bool> FarChannel::turn(std::string_view& to_send, Monitor& monitor) {
  if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
  std::array<pollfd, 3> polled{
      pollfd{.fd = out_.get(), .events = POLLIN, .revents = 0},
      pollfd{.fd = err_.get(), .events = POLLIN, .revents = 0},
      pollfd{.fd = to_send.empty() ? -1 : in_.get(), .events = POLLOUT, .revents = 0}};
  if (::poll(polled.data(), polled.size(), 100) < 0 && errno != EINTR) {
    return fail(ErrorCode::kIo, fmt::format("poll: {}", system_reason(errno)));
  }
  if (polled[0].revents != 0) read_into(out_, output);
  if (polled[1].revents != 0) read_into(err_, errors);
  if (polled[2].revents != 0) {
    const ssize_t count = ::write(in_.get(), to_send.data(), to_send.size());
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      return fail(ErrorCode::kIo, "the connection ended");
    }
    if (count > 0) to_send.remove_prefix(static_cast<std::size_t>(count));
  }
  return out_.open() || err_.open();
}

Result<void> FarChannel::send(std::string_view bytes, Monitor& monitor) {
  while (!bytes.empty()) {
    const auto open = turn(bytes, monitor);
    if (!open) return std::unexpected(open.error());
    if (!*open) return fail(ErrorCode::kIo, "the connection ended");
  }
  return {};
}

Result<bool> FarChannel::receive(Monitor& monitor) {
  std::string_view nothing;
  return turn(nothing, monitor);
}

int FarChannel::end() {
  in_.reset();
  out_.reset();
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace tidemark
