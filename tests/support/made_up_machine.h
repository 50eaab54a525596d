// /proc and /sys for tests.
#pragma once

#include <filesystem>
#include <string>

#include "support/temporary_folder.h"

namespace tidemark {

// A machine made of files: a folder that looks like / with proc and sys in it.
class MadeUpMachine {
 public:
  [[nodiscard]] const std::string& root() const { return folder_.path(); }

  void put(const std::string& path, const std::string& content) {
    const std::filesystem::path full = std::filesystem::path(root()) / path;
    std::filesystem::create_directories(full.parent_path());
    write_file(full.string(), content);
  }

  void process(int pid, int parent, const std::string& comm, const std::string& arguments,
               int resident_kb, int pss_kb = 0, int started = 100, int own_kb = 3) {
    const std::string folder = "proc/" + std::to_string(pid);
    put(folder + "/stat", std::to_string(pid) + " (" + comm + ") S " + std::to_string(parent) +
                              " 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 " +
                              std::to_string(started) + " 1 2\n");
    std::string words = arguments;
    for (char& c : words) c = c == ' ' ? '\0' : c;
    put(folder + "/cmdline", words + '\0');
    put(folder + "/status", "Name:\tx\nVmRSS:\t  " + std::to_string(resident_kb) +
                                " kB\nRssAnon:\t 10 kB\nVmSwap:\t  4 kB\nThreads:\t7\n");
    if (pss_kb > 0) {
      put(folder + "/smaps_rollup",
          "55-7f ---p 00000000 00:00 0 [rollup]\nRss: 9 kB\nPss:  " + std::to_string(pss_kb) +
              " kB\nPss_Anon: 1 kB\nPrivate_Clean: 1 kB\nPrivate_Dirty: " +
              std::to_string(own_kb - 1) + " kB\nSwapPss: 3 kB\n");
    }
    put(folder + "/cgroup", "0::/app/one\n");
  }

  // A thread of a process that is there.
  void thread(int pid, int id, const std::string& name) {
    put("proc/" + std::to_string(pid) + "/task/" + std::to_string(id) + "/comm", name + "\n");
  }

  void end(int pid) { std::filesystem::remove_all(root() + "/proc/" + std::to_string(pid)); }

 private:
  TemporaryFolder folder_;
};

}  // namespace tidemark
