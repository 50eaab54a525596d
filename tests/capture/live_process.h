// A live Ruby or Node.js process for a test: started, ready, and looked at before and after.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "diff/program.h"
#include "support/temporary_folder.h"

namespace tidemark {

// What must be as it was before a capture.
struct Traces {
  std::map<std::string, std::string> descriptors;  // number to what it is
  std::string signals;                             // masks and handlers
  std::size_t children = 0;
  std::string tracer;
  friend bool operator==(const Traces&, const Traces&) = default;
};

class LiveProcess {
 public:
  // `script` prints "ready" when it is. `program`: ruby or node.
  LiveProcess(const std::string& program, const std::string& script,
              const std::vector<std::string>& arguments = {}) {
    const std::string path = folder_ / (program == "ruby" ? "target.rb" : "target.js");
    write_file(path, script);
    std::vector<std::string> words = {program, path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    start(words);
  }
  // Any command, which prints `mark` when it is ready.
  LiveProcess(const std::vector<std::string>& words, const std::string& mark) : mark_(mark) {
    start(words);
  }
  LiveProcess(const LiveProcess&) = delete;
  LiveProcess& operator=(const LiveProcess&) = delete;
  ~LiveProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string name() const { return std::to_string(pid_); }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  [[nodiscard]] std::string output() const { return read_file(folder_ / "out"); }
  [[nodiscard]] bool alive() const {
    return read_file("/proc/" + name() + "/status").find("\nState:\tZ") == std::string::npos &&
           kill(pid_, 0) == 0;
  }

  [[nodiscard]] Traces traces() const {
    Traces out;
    const std::string proc = "/proc/" + name();
    for (const auto& entry : std::filesystem::directory_iterator(proc + "/fd")) {
      std::error_code gone;
      out.descriptors[entry.path().filename()] = std::filesystem::read_symlink(entry.path(), gone);
    }
    for (const std::string& line : lines_of(read_file(proc + "/status"))) {
      if (line.starts_with("Sig") && !line.starts_with("SigQ") && !line.starts_with("SigPnd"))
        out.signals += line + "\n";
      if (line.starts_with("TracerPid")) out.tracer = line;
    }
    for (const auto& task : std::filesystem::directory_iterator(proc + "/task")) {
      const std::string children = read_file(task.path().string() + "/children");
      out.children += static_cast<std::size_t>(std::ranges::count(children, ' '));
    }
    return out;
  }

  // Waits until what is left of a killed capture is gone; false when it stays.
  [[nodiscard]] bool childless(std::chrono::seconds patience = std::chrono::seconds(20)) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (traces().children != 0) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }

  // Waits until it has printed `text`; false when it does not in half a minute.
  [[nodiscard]] bool prints(const std::string& text) const {
    for (int i = 0; i < 3000; ++i) {
      if (output().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

 private:
  void start(const std::vector<std::string>& words) {
    pid_ = fork();
    if (pid_ == 0) {
      const std::string out = folder_ / "out";
      if (std::freopen("/dev/null", "r", stdin) == nullptr) _exit(126);
      if (std::freopen(out.c_str(), "w", stdout) == nullptr) _exit(126);
      dup2(STDOUT_FILENO, STDERR_FILENO);
      std::vector<char*> argv;
      for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    EXPECT_TRUE(prints(mark_)) << words.front() << " is not ready: " << output();
  }

  TemporaryFolder folder_;
  std::string mark_ = "ready";
  pid_t pid_ = 0;
};

// shell() in a process that may not call ptrace, as where a container's security profile or a
// platform forbids it: the kernel refuses every call with EPERM.
inline Ran shell_without_ptrace(const std::string& line) {
  const TemporaryFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = std::size(code), .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
      _exit(126);
    }
    const Ran ran = shell(line);
    write_file(folder / "out", ran.out);
    write_file(folder / "err", ran.err);
    _exit(ran.code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = read_file(folder / "out"),
          .err = read_file(folder / "err")};
}

// A line of shell that waits until no capture, and no guard of one that was killed, is at work.
inline const std::string kUntilClearedUp =
    "while grep -q @tidemark-capture /proc/net/unix; do sleep 0.02; done";

inline bool have(const std::string& program) { return shell("command -v " + program).code == 0; }

// Objects of a class in a dump, by our own reader.
inline std::int64_t instances(const std::string& dump, const std::string& name) {
  const auto json = tidemark_json("summary '" + dump + "' --by class --limit 0 --no-index");
  for (const auto& [dimension, group] : json["groups"].items()) {
    for (const auto& row : group["rows"]) {
      if (row["label"] == name || row["class"] == name) return row["objects"];
    }
  }
  return 0;
}

}  // namespace tidemark

#define SKIP_UNLESS_CAPTURE(program) \
  if (!have(program)) GTEST_SKIP() << "not here: " program
