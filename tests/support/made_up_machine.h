// A host for tests: a machine that is made of files, with /proc and /sys.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/host.h"

namespace tidemark {

class MadeUpMachine final : public Host {
 public:
  [[nodiscard]] std::string name() const override { return "a made-up machine"; }

  [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                              std::size_t most = kMostFile) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return fail(ErrorCode::kNotFound, "there is no " + path);
    return found->second.substr(0, most);
  }

  [[nodiscard]] Result<std::vector<std::string>> list_folder(
      const std::string& path) const override {
    std::vector<std::string> names;
    const std::string folder = path.ends_with('/') ? path : path + "/";
    for (auto file = files_.lower_bound(folder);
         file != files_.end() && file->first.starts_with(folder); ++file) {
      const std::string rest = file->first.substr(folder.size());
      const std::string name = rest.substr(0, rest.find('/'));
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    if (names.empty()) return fail(ErrorCode::kNotFound, "there is no " + path);
    return names;
  }

  [[nodiscard]] Result<std::string> read_link(const std::string& path) const override {
    const auto found = links_.find(path);
    if (found == links_.end()) return fail(ErrorCode::kNotFound, "there is no " + path);
    return found->second;
  }

  [[nodiscard]] Result<Ran> run(const std::vector<std::string>& command,
                                std::chrono::milliseconds /*timeout*/) const override {
    return fail(ErrorCode::kNotFound, "nothing runs here: " + command.front());
  }

  // "/proc/17/maps"
  void put(const std::string& path, const std::string& content) { files_[path] = content; }
  void link(const std::string& path, const std::string& target) { links_[path] = target; }

  void process(int pid, int parent, const std::string& comm, const std::string& arguments,
               int resident_kb, int pss_kb = 0, int started = 100, int own_kb = 3) {
    const std::string folder = "/proc/" + std::to_string(pid);
    put(folder + "/stat", std::to_string(pid) + " (" + comm + ") S " + std::to_string(parent) +
                              " 1 1 0 -1 4194560 1 2 3 4 500 600 7 8 20 0 1 0 " +
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
    put("/proc/" + std::to_string(pid) + "/task/" + std::to_string(id) + "/comm", name + "\n");
  }

  void end(int pid) {
    const std::string folder = "/proc/" + std::to_string(pid) + "/";
    std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(folder); });
  }

 private:
  std::map<std::string, std::string> files_{{"/proc/uptime", "3600.00 7000.00\n"}};
  std::map<std::string, std::string> links_;
};

}  // namespace tidemark
