// For tests of the whole program: runs it, and the workloads whose truth is known.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/places.h"
#include "support/temporary_folder.h"

namespace tidemark {

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

// A line for bash, in which $TIDEMARK is the program.
inline Ran shell(const std::string& line) {
  const TemporaryFolder folder;
  write_file(folder / "line",
             "set -o pipefail\nTIDEMARK=" + tidemark_binary() + "\n" + line + "\n");
  const std::string command = "bash '" + (folder / "line") + "' >'" + (folder / "out") + "' 2>'" +
                              (folder / "err") + "' </dev/null";
  Ran ran;
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): bash is the point
  if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
  ran.out = read_file(folder / "out");
  ran.err = read_file(folder / "err");
  return ran;
}

inline Ran tidemark(const std::string& arguments) { return shell("$TIDEMARK " + arguments); }

// The output as JSON; fails the test when the program fails.
inline nlohmann::json tidemark_json(const std::string& arguments) {
  const Ran ran = tidemark(arguments + " --format json");
  EXPECT_EQ(ran.code, 0) << arguments << ": " << ran.err;
  auto json = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << arguments << " wrote no JSON: " << ran.out.substr(0, 300);
  return json;
}

// A folder with the dumps of tests/workloads/NAME.rb; made once for each run number, which stands
// for a process of its own. Empty when there is no Ruby.
inline std::string workload(const std::string& name, int run = 1) {
  static std::map<std::string, std::unique_ptr<TemporaryFolder>> made;
  auto& folder = made[name + std::to_string(run)];
  if (folder == nullptr) {
    if (shell("command -v ruby").code != 0) return {};
    folder = std::make_unique<TemporaryFolder>();
    const Ran ran = shell("ruby '" + in_source("tests/workloads/" + name + ".rb") + "' '" +
                          folder->path() + "'");
    EXPECT_EQ(ran.code, 0) << name << ": " << ran.err;
  }
  return folder->path();
}

inline std::string three_dumps(const std::string& folder) {
  return folder + "/a.json " + folder + "/b.json " + folder + "/c.json";
}

// A folder of real dumps that not everybody has, or empty.
inline std::string corpus(const std::string& name) {
  const std::string path = in_source("../shared/corpus/ruby/" + name);
  return std::filesystem::exists(path) ? path : std::string();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace tidemark

#define SKIP_WITHOUT(what) \
  if ((what).empty()) GTEST_SKIP() << "not here: " #what
