// Where processes run: what lists them, reads what the kernel says of them and runs a helper beside
// them. All that looks at processes does so through a Host, so that it is said in one place how it
// is done, and so that tests have hosts of their own. There is one real one: the machine that this
// program runs on. What works inside a process (injection, copies) is not a matter of a Host and is
// done on this machine only: for a process elsewhere the whole command runs there, see
// far/far_run.h.
//
// Hosts are asked by several threads at a time; asking changes nothing on them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace tidemark {

class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  // What to call it in a sentence: "this machine".
  [[nodiscard]] virtual std::string name() const = 0;

  // The beginning of a file, at most `most` bytes of it; of /proc and /sys mostly, whose files have
  // no known size and are gone at any time. Errors: kNotFound when it is not there, else kIo.
  static constexpr std::size_t kMostFile = std::size_t{1} << 20;
  [[nodiscard]] virtual Result<std::string> read_file(const std::string& path,
                                                      std::size_t most = kMostFile) const = 0;
  // The names in a folder, in no order. Errors as read_file().
  [[nodiscard]] virtual Result<std::vector<std::string>> list_folder(
      const std::string& path) const = 0;
  // What a symbolic link points at, as it stands there. Errors as read_file().
  [[nodiscard]] virtual Result<std::string> read_link(const std::string& path) const = 0;

  // The numbers of all processes, sorted.
  [[nodiscard]] virtual std::vector<pid_t> processes() const;
  // How long the machine has been up; 0 when it is not known.
  [[nodiscard]] virtual double uptime_seconds() const;

  // What a program said on its standard output, of at most `kMostFile` bytes, and how it ended.
  struct Ran {
    int exit_code = 0;  // 128 + the number of the signal that ended it
    std::string output;
  };
  // Runs a program of the host, found by its PATH, without input, until it has ended and its output
  // is closed. Errors: kNotFound when there is none, kIo when it is not done within `timeout`, and
  // then it is killed with all that it has started.
  [[nodiscard]] virtual Result<Ran> run(const std::vector<std::string>& command,
                                        std::chrono::milliseconds timeout) const = 0;
};

// The numbers among the names in a folder, sorted: processes of /proc, threads of /proc/PID/task.
// Empty when it cannot be read.
std::vector<pid_t> numbered_entries(const Host& host, const std::string& folder);

// The machine that this program runs on.
const Host& this_machine();

}  // namespace tidemark
