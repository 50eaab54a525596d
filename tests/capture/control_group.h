// A control group for a test to put processes into.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "diff/program.h"
#include "support/temporary_folder.h"

namespace tidemark {

// A group of our own under that of this process, in the hierarchy that limits memory; removed in
// the end. Making one takes root.
class ControlGroupForTest {
 public:
  ControlGroupForTest() {
    for (const std::string& line : lines_of(read_file("/proc/self/cgroup"))) {
      const bool one = line.find(":memory:") != std::string::npos;
      if (!one && !line.starts_with("0::")) continue;
      const std::string root = one ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
      const std::string path = root + "/tidemark-test-" + std::to_string(getpid());
      std::error_code refused;
      std::filesystem::create_directory(path, refused);
      if (refused) continue;
      folder_ = path;
      limit_ = path + (one ? "/memory.limit_in_bytes" : "/memory.max");
      used_ = path + (one ? "/memory.usage_in_bytes" : "/memory.current");
      most_ = path + (one ? "/memory.max_usage_in_bytes" : "/memory.peak");
      if (std::filesystem::exists(limit_)) return;
      std::filesystem::remove(std::exchange(folder_, {}));
    }
  }
  ControlGroupForTest(const ControlGroupForTest&) = delete;
  ControlGroupForTest& operator=(const ControlGroupForTest&) = delete;
  ~ControlGroupForTest() {
    for (int attempt = 0; attempt < 100 && !folder_.empty(); ++attempt) {
      if (rmdir(folder_.c_str()) == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  [[nodiscard]] bool made() const { return !folder_.empty(); }
  // A line of shell by which it joins.
  [[nodiscard]] std::string join() const { return "echo $$ > " + folder_ + "/cgroup.procs; "; }
  void limit(std::uint64_t bytes) const { write_file(limit_, std::to_string(bytes)); }
  [[nodiscard]] std::uint64_t used() const { return number_in(used_); }
  [[nodiscard]] std::uint64_t most() const { return number_in(most_); }

 private:
  static std::uint64_t number_in(const std::string& path) {
    const std::string text = read_file(path);
    return text.empty() ? 0 : std::stoull(text);
  }

  std::string folder_;
  std::string limit_;
  std::string used_;
  std::string most_;
};

}  // namespace tidemark
