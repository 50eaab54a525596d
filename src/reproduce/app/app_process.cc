#include "reproduce/app/app_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <thread>

#include "host/process.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

// What the keeper writes, one after the other.
struct Report {
  enum Kind : int { kStarted, kNotStarted, kEnded };
  int kind = kStarted;
  int value = 0;  // the pid, an errno, a status
};

// The keeper's own part: runs in the child, and never returns.
class Keeper {
 public:
  Keeper(int alarm, int report, const AppCommand& command)
      : alarm_(alarm), report_(report), command_(command) {}

  [[noreturn]] void run() {
    setsid();
    prctl(PR_SET_NAME, "tidemark-keeper");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE}) {
      std::signal(signal, SIG_IGN);
    }
    start_app();
    // Whoever waits for the end of our output must not wait for the keeper.
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (null >= 0) dup2(null, descriptor);
    }
    while (!alarm_ended()) collect();
    end_all();
    _exit(0);
  }

 private:
  void say(int kind, int value) const {
    const Report report{.kind = kind, .value = value};
    [[maybe_unused]] const ssize_t put = write(report_, &report, sizeof report);
  }

  void start_app() {
    int ends[2] = {-1, -1};  // tells an exec that failed from one that did not
    if (pipe2(ends, O_CLOEXEC) != 0) {
      say(Report::kNotStarted, errno);
      _exit(1);
    }
    const pid_t keeper = getpid();
    app_ = fork();
    if (app_ == 0) become_app(keeper, ends[1]);
    close(ends[1]);
    int problem = app_ < 0 ? errno : 0;
    if (problem == 0 && read(ends[0], &problem, sizeof problem) != sizeof problem) problem = 0;
    close(ends[0]);
    if (problem != 0) {
      say(Report::kNotStarted, problem);
      _exit(1);
    }
    say(Report::kStarted, app_);
  }

  [[noreturn]] void become_app(pid_t keeper, int problem_pipe) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) _exit(127);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE}) {
      std::signal(signal, SIG_DFL);
    }
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int log = ::open(command_.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int output = log >= 0 ? log : null;
    if (null >= 0) dup2(null, STDIN_FILENO);
    for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
      if (output >= 0) dup2(output, descriptor);
    }
    for (const auto& [name, value] : command_.environment) {
      setenv(name.c_str(), value.c_str(), 1);
    }
    std::vector<char*> words;
    for (const std::string& word : command_.words) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execvp(words.front(), words.data());
    const int problem = errno;
    [[maybe_unused]] const ssize_t put = write(problem_pipe, &problem, sizeof problem);
    _exit(127);
  }

  // Waits a moment. True when nobody holds the other end any more, or we are told to stop.
  [[nodiscard]] bool alarm_ended() const {
    pollfd alarm{.fd = alarm_, .events = POLLIN, .revents = 0};
    return poll(&alarm, 1, 50) > 0;
  }

  // Takes away those that have ended. False when there is nobody left.
  bool collect() {
    while (true) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, WNOHANG);
      if (pid == app_ && pid > 0) say(Report::kEnded, status);
      if (pid == 0) return true;
      if (pid < 0) return false;
    }
  }

  void end_all() {
    // As a terminal does: all of the group, so that a shell or npm in front is no obstacle.
    kill(-app_, SIGTERM);
    const auto deadline = Clock::now() + std::chrono::duration<double>(command_.patience);
    while (collect() && Clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    // Those that started others meanwhile come to us, so a few rounds end them all.
    for (int round = 0; round < 500 && collect(); ++round) {
      for (const pid_t pid : process_tree({getpid()})) {
        if (pid != getpid()) kill(pid, SIGKILL);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  int alarm_;
  int report_;
  const AppCommand& command_;
  pid_t app_ = 0;
};

// All of a session, for when its keeper is no more.
void kill_session(pid_t session) {
  for (int round = 0; round < 10; ++round) {
    bool any = false;
    for (const pid_t pid : this_machine().processes()) {
      const auto stat = read_stat(this_machine(), pid);
      if (!stat || stat->session != session || stat->dead()) continue;
      any = true;
      kill(pid, SIGKILL);
    }
    if (!any) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

std::vector<pid_t> process_tree(const std::vector<pid_t>& roots) {
  std::multimap<pid_t, pid_t> children;
  for (const pid_t pid : this_machine().processes()) {
    if (const auto stat = read_stat(this_machine(), pid); stat && !stat->dead())
      children.emplace(stat->parent, pid);
  }
  std::vector<pid_t> tree = roots;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto [begin, end] = children.equal_range(tree[i]);
    for (auto child = begin; child != end; ++child) {
      if (std::ranges::find(tree, child->second) == tree.end()) tree.push_back(child->second);
    }
  }
  return tree;
}

AppProcess::AppProcess(AppProcess&& other) noexcept
    : alarm_(std::move(other.alarm_)),
      report_(std::move(other.report_)),
      keeper_(std::exchange(other.keeper_, 0)),
      pid_(other.pid_),
      status_(other.status_) {}

Result<AppProcess> AppProcess::start(const AppCommand& command) {
  int alarm[2] = {-1, -1};
  int report[2] = {-1, -1};
  if (pipe2(alarm, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, "cannot start the app: " + system_reason(errno));
  }
  const pid_t keeper = fork();
  if (keeper == 0) {
    close(alarm[1]);
    close(report[0]);
    Keeper(alarm[0], report[1], command).run();
  }
  close(alarm[0]);
  close(report[1]);
  AppProcess app;
  app.alarm_ = FileDescriptor(alarm[1]);
  app.report_ = FileDescriptor(report[0]);
  app.keeper_ = std::max(keeper, 0);
  Report said;
  if (keeper < 0 || read(report[0], &said, sizeof said) != sizeof said) {
    return fail(ErrorCode::kIo, "cannot start the app: " + system_reason(errno));
  }
  if (said.kind != Report::kStarted) {
    return fail(
        said.value == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
        fmt::format("cannot start '{}': {}", command.words.front(), system_reason(said.value)),
        "what follows -- is a program and its arguments, as in a shell: -- puma -p 3000");
  }
  app.pid_ = said.value;
  return app;
}

std::vector<pid_t> AppProcess::processes() const {
  std::vector<pid_t> tree = process_tree({keeper_});
  tree.erase(tree.begin());
  return tree;
}

std::optional<std::string> AppProcess::ended() {
  pollfd wanted{.fd = report_.get(), .events = POLLIN, .revents = 0};
  Report said;
  if (!status_ && poll(&wanted, 1, 0) > 0 &&
      read(report_.get(), &said, sizeof said) == sizeof said && said.kind == Report::kEnded) {
    status_ = said.value;
  }
  if (!status_) {
    // Without a keeper there is no app.
    const bool hung_up = (wanted.revents & POLLHUP) != 0;
    return hung_up ? std::optional<std::string>("killed") : std::nullopt;
  }
  // A command may start a server and end itself.
  if (!processes().empty()) return std::nullopt;
  return WIFSIGNALED(*status_) ? fmt::format("killed by signal {}", WTERMSIG(*status_))
                               : fmt::format("exit code {}", WEXITSTATUS(*status_));
}

void AppProcess::stop() {
  if (keeper_ == 0) return;
  alarm_.reset();
  int status = 0;
  while (waitpid(keeper_, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) kill_session(keeper_);
  keeper_ = 0;
}

}  // namespace tidemark
