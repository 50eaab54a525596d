// Every way in which a Node.js program usually leaks, each in a process of its own: the first
// suspect must be that leak, with the place where a developer finds it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "diff/program.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using nlohmann::json;

struct Leak {
  const char* kind;        // of tests/workloads/node_leaks.js
  const char* class_name;  // of the members
  const char* says;        // what the text must contain, on one line
};

void PrintTo(const Leak& leak, std::ostream* out) { *out << leak.kind; }

std::string in_one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += word + ' ';
  return line;
}

class NodeLeaks : public testing::TestWithParam<Leak> {};

TEST_P(NodeLeaks, IsTheFirstSuspect) {
  const Leak& leak = GetParam();
  const TemporaryFolder folder;
  const std::string path(folder.path());
  const std::string command = "node " + in_source("tests/workloads/node_leaks.js") + " " +
                              leak.kind + " " + path + " > /dev/null 2>&1";
  if (std::system("node --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no Node.js";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string files =
      path + "/a.heapsnapshot " + path + "/b.heapsnapshot " + path + "/c.heapsnapshot";
  const Ran ran = tidemark("suspects " + files);
  const json found = tidemark_json("suspects " + files);
  ASSERT_FALSE(found["suspects"].empty()) << ran.out;
  const json first = found["suspects"][0];
  EXPECT_EQ(first["class"], leak.class_name) << ran.out;
  // One or two of the newest may hang elsewhere.
  const auto counts = first["counts"];
  ASSERT_EQ(counts.size(), 3U);
  EXPECT_NEAR(counts[2].get<double>() - counts[0].get<double>(), 800, 5) << ran.out;
  EXPECT_NE(in_one_line(ran.out).find(leak.says), std::string::npos) << ran.out;
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, NodeLeaks,
    testing::Values(
        Leak{"listener", "Function", "variable bus EventEmitter → ._events Object → .price Array"},
        Leak{"interval", "Timeout", "Timeout of setInterval() → ._onTimeout refresh()"},
        Leak{"timeout", "Timeout", "Timeout of setTimeout() → ._onTimeout a function"},
        Leak{"map", "Order", "module scope of node_leaks.js → variable registry Map"},
        Leak{"set", "(concatenated string)", "module scope of node_leaks.js → variable names Set"},
        Leak{"array", "Order", "module scope of node_leaks.js → variable log Array (1,200)"},
        Leak{"object", "Order", "module scope of node_leaks.js → variable counters Object"},
        Leak{"closure", "Function", "module scope of node_leaks.js → variable handlers Array"},
        Leak{"promise", "Promise",
             "module scope of node_leaks.js → variable waiting Array (1,200)"},
        Leak{"pending", "Promise",
             "module scope of node_leaks.js → variable waiting Array (1,200)"},
        Leak{"buffer", "Buffer", "Buffer → ArrayBuffer → system / JSArrayBufferData"},
        Leak{"code", "Function", "compiled from text again and again"},
        Leak{"rope", "(concatenated string)",
             "variable history (concatenated string) (12,093 bytes)"},
        Leak{"list", "{order, before}", "variable newest {order, before}"},
        Leak{"storage", "Timeout", "Timeout of setTimeout()"},
        Leak{"symbol", "(symbol)", "module scope of node_leaks.js → variable registry Map"}),
    [](const auto& test) { return std::string(test.param.kind); });

}  // namespace
}  // namespace tidemark
