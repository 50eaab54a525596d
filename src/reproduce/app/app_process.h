// An app that is started for a test, and that is gone when the test is, whatever happens to us.
//
// Between us and the app stands a keeper, a small process of our own. It starts the app in a
// session of its own (Ctrl-C in our terminal is for us alone), adopts whatever the app's processes
// leave behind (PR_SET_CHILD_SUBREAPER), and waits on a pipe that only we hold open. When we stop
// it, or when we die in whatever way, the pipe ends, and the keeper ends the app with all its
// descendants: SIGTERM, a few seconds, SIGKILL. When the keeper itself is killed, the kernel kills
// the app (PR_SET_PDEATHSIG), and we the rest of its session.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

struct AppCommand {
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> environment;  // on top of ours
  std::string log;      // where its output goes; appended to
  double patience = 5;  // seconds between SIGTERM and SIGKILL
};

class AppProcess {
 public:
  // Errors: kNotFound when there is no such program, kIo.
  static Result<AppProcess> start(const AppCommand& command);
  AppProcess(AppProcess&& other) noexcept;
  AppProcess& operator=(AppProcess&&) = delete;
  ~AppProcess() { stop(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  // It and what it started, as long as that runs.
  [[nodiscard]] std::vector<pid_t> processes() const;
  // Once it has ended with all that it started: how, in words ("exit code 1", "killed by signal
  // 9").
  [[nodiscard]] std::optional<std::string> ended();
  // It and all its descendants are gone afterwards.
  void stop();

 private:
  AppProcess() = default;

  FileDescriptor alarm_;   // the keeper waits for its end
  FileDescriptor report_;  // what the keeper says
  pid_t keeper_ = 0;
  pid_t pid_ = 0;
  std::optional<int> status_;  // of the app, as waitpid() gives it
};

// Every process below these, and themselves.
std::vector<pid_t> process_tree(const std::vector<pid_t>& roots);

}  // namespace tidemark
