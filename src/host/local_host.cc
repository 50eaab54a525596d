#include "host/local_host.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/file_descriptor.h"
#include "base/small_file.h"

namespace tidemark {
namespace {

// A program that was started, in a process group of its own, which is killed with all that it has
// started unless it was waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  // Its wait status, once it has ended before that time.
  std::optional<int> wait_until(double steady) {
    while (true) {
      int status = 0;
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) {
        pid_ = 0;
        return status;
      }
      if ((ended < 0 && errno != EINTR) || steady_seconds() > steady) return std::nullopt;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

 private:
  pid_t pid_;
};

// Starts it with nothing to read and its output into `output`; what it complains of is lost.
Result<pid_t> start(const std::vector<std::string>& command, int output) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t pid = 0;
  const int refused = posix_spawnp(&pid, words[0], &actions, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (refused == 0) return pid;
  return fail(refused == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("cannot run {}: {}", command.front(), system_reason(refused)));
}

// Reads until the other end is closed by all, or has said enough, or the time is over.
bool read_until(int file, double steady, std::string& output) {
  std::array<char, 8192> piece{};
  while (true) {
    const double left = steady - steady_seconds();
    if (left <= 0) return false;
    pollfd ready{.fd = file, .events = POLLIN, .revents = 0};
    const int count = poll(&ready, 1, static_cast<int>(left * 1000) + 1);
    if (count < 0 && errno != EINTR) return false;
    if (count <= 0) continue;
    const ssize_t got = read(file, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    const std::size_t room = Host::kMostFile - output.size();
    output.append(piece.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

}  // namespace

const Host& this_machine() {
  static const LocalHost host;
  return host;
}

Result<std::string> LocalHost::read_file(const std::string& path, std::size_t most) const {
  return root_.empty() ? read_small_file(path, most) : read_small_file(root_ + path, most);
}

Result<std::vector<std::string>> LocalHost::list_folder(const std::string& path) const {
  std::vector<std::string> names;
  const auto closer = [](DIR* folder) { closedir(folder); };
  const std::unique_ptr<DIR, decltype(closer)> folder(opendir((root_ + path).c_str()), closer);
  if (folder == nullptr) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                fmt::format("cannot list {}: {}", path, system_reason(errno)));
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
  while (const dirent* entry = readdir(folder.get())) {
    const std::string_view name(entry->d_name);
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Result<std::string> LocalHost::read_link(const std::string& path) const {
  std::string target(4096, '\0');
  const ssize_t length = readlink((root_ + path).c_str(), target.data(), target.size());
  if (length < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                fmt::format("cannot follow {}: {}", path, system_reason(errno)));
  }
  target.resize(static_cast<std::size_t>(length));
  return target;
}

double LocalHost::uptime_seconds() const {
  timespec now{};
  if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

Result<Host::Ran> LocalHost::run(const std::vector<std::string>& command,
                                 std::chrono::milliseconds timeout) const {
  if (command.empty()) return fail(ErrorCode::kUsage, "no program to run");
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, fmt::format("cannot make a pipe: {}", system_reason(errno)));
  }
  const FileDescriptor from(ends[0]);
  FileDescriptor to(ends[1]);
  const auto pid = start(command, to.get());
  to = FileDescriptor();
  if (!pid) return std::unexpected(pid.error());
  Child child(*pid);
  const double until = steady_seconds() + std::chrono::duration<double>(timeout).count();
  Ran ran;
  const bool told = read_until(from.get(), until, ran.output);
  const auto status = told ? child.wait_until(until) : std::nullopt;
  if (!status) {
    return fail(ErrorCode::kIo,
                fmt::format("{} was not done within {} ms", command.front(), timeout.count()));
  }
  ran.exit_code = WIFSIGNALED(*status) ? 128 + WTERMSIG(*status) : WEXITSTATUS(*status);
  return ran;
}

}  // namespace tidemark
