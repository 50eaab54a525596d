#include "supervise/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace tidemark {
namespace {

// Adds to the variable of this name, or makes it.
void add(std::vector<std::string>& environment, std::string_view name, std::string_view separator,
         const std::string& value) {
  for (std::string& entry : environment) {
    if (!entry.starts_with(name) || entry.size() <= name.size() || entry[name.size()] != '=') {
      continue;
    }
    if (entry.find(value) == std::string::npos) {
      if (entry.size() > name.size() + 1) entry += separator;
      entry += value;
    }
    return;
  }
  environment.push_back(fmt::format("{}={}", name, value));
}

void set(std::vector<std::string>& environment, std::string_view name, const std::string& value) {
  std::erase_if(environment, [name](const std::string& entry) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
  });
  environment.push_back(fmt::format("{}={}", name, value));
}

// The child between fork and exec: system calls only.
[[noreturn]] void become(const LaunchSettings& settings, char* const* arguments, char** environment,
                         char* listen_pid, int report) {
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD}) {
    ::signal(signal, SIG_DFL);
  }
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  if (nothing > STDERR_FILENO) close(nothing);
  if (settings.listening >= 0) {
    // The report's descriptor may be 3 itself.
    if (report == 3) report = fcntl(report, F_DUPFD_CLOEXEC, 10);
    if (settings.listening == 3) {
      fcntl(3, F_SETFD, 0);
    } else {
      dup2(settings.listening, 3);
    }
    // "LISTEN_PID=0000000000" becomes "LISTEN_PID=17": only we know our own pid.
    std::array<char, 12> digits{};
    std::size_t count = 0;
    for (int pid = getpid(); pid > 0; pid /= 10) {
      digits[count++] = static_cast<char>('0' + pid % 10);
    }
    char* end = std::strchr(listen_pid, '=');
    while (count > 0) *++end = digits[--count];
    *++end = '\0';
  }
  execvpe(arguments[0], arguments, environment);
  const int problem = errno;
  [[maybe_unused]] const ssize_t written = write(report, &problem, sizeof(problem));
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

std::vector<std::string> launch_environment(const LaunchSettings& settings,
                                            const std::vector<std::string>& inherited) {
  std::vector<std::string> environment = inherited;
  std::erase_if(environment, [](const std::string& entry) {
    return entry.starts_with("LISTEN_") || entry.starts_with("TIDEMARK_PORT=") ||
           entry.starts_with("TIDEMARK_SOCKET=");
  });
  if (settings.port > 0) {
    set(environment, "PORT", std::to_string(settings.port));
    set(environment, "TIDEMARK_PORT", std::to_string(settings.port));
  }
  if (!settings.control_socket.empty()) {
    set(environment, "TIDEMARK_SOCKET", settings.control_socket);
  }
  if (!settings.ruby_preload.empty())
    add(environment, "RUBYOPT", " ", "-r" + settings.ruby_preload);
  if (!settings.node_preload.empty()) {
    add(environment, "NODE_OPTIONS", " ", "--require=" + settings.node_preload);
  }
  if (!settings.library_preload.empty()) {
    add(environment, "LD_PRELOAD", ":", settings.library_preload);
  }
  if (settings.listening >= 0) {
    set(environment, "LISTEN_FDS", "1");
    set(environment, "LISTEN_PID", "0000000000");
  }
  return environment;
}

Result<Launched> launch(const LaunchSettings& settings) {
  std::vector<std::string> inherited;
  for (char** entry = environ; *entry != nullptr; ++entry) inherited.emplace_back(*entry);
  std::vector<std::string> environment = launch_environment(settings, inherited);
  std::vector<std::string> arguments = settings.command;
  const std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<char*> environment_pointers = pointers(environment);
  char* listen_pid = settings.listening >= 0 ? environment.back().data() : nullptr;

  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kIo, "cannot start a worker: " + system_reason(errno));
  }
  FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) return fail(ErrorCode::kIo, "cannot start a worker: " + system_reason(errno));
  if (pid == 0) {
    become(settings, argument_pointers.data(), environment_pointers.data(), listen_pid,
           writing.get());
  }
  setpgid(pid, pid);
  writing.reset();
  int problem = 0;
  if (read(reading.get(), &problem, sizeof(problem)) == sizeof(problem)) {
    return fail(ErrorCode::kIo,
                fmt::format("cannot run {}: {}", settings.command[0], system_reason(problem)),
                problem == ENOENT ? "is it installed, and in the PATH?" : "");
  }
  return Launched{.pid = pid, .handle = open_process(pid)};
}

FileDescriptor open_process(int pid) {
  return FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace tidemark
