// Dumps of live processes with the contents of their strings taken out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRuby = R"(
  class SecretHolder; def initialize(i); @password = "hunter2 of person #{i}"; @same = "kept alike".dup; end; end
  KEEP = Array.new(1_009) { |i| SecretHolder.new(i) }
  NAMES = Array.new(50) { |i| "made-up-name-#{i}".to_sym }
  RATE = [3.14159]
  GC.start; GC.disable
  puts "ready"; $stdout.flush; sleep
)";

constexpr const char* kNode = R"(
  class SecretHolder { constructor(i) { this.password = 'hunter2 of person ' + i + Math.random(); } }
  globalThis.keep = Array.from({ length: 1009 }, (_, i) => new SecretHolder(i));
  globalThis.keep.forEach((one) => ({})[one.password]);  // flat strings
  globalThis.sessions = { 'ann@example.org': 1 };
  setInterval(() => {}, 1000);
  console.log('ready');
)";

std::string capture(const LiveProcess& process, const std::string& how) {
  const std::string dump = process.folder() / ("dump-" + how);
  const Ran ran =
      tidemark("capture " + process.name() + " --plain --redact " + how + " -o '" + dump + "'");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(read_file(dump + ".info.json"))["redacted"], how);
  return dump;
}

nlohmann::json heap_of(const std::string& dump) {
  return tidemark_json("summary '" + dump + "' --no-index")["heap"];
}

TEST(Redact, ARubyDumpKeepsItsGraphAndLosesItsContents) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kRuby);
  const std::string whole = capture(ruby, "off");
  EXPECT_THAT(read_file(whole), HasSubstr("hunter2 of person 77\""));
  for (const std::string how : {"drop", "salt"}) {
    const std::string dump = capture(ruby, how);
    const std::string text = read_file(dump);
    for (const char* gone : {"hunter2", "person 77", "kept alike", "made-up-name", "3.14"}) {
      EXPECT_THAT(text, Not(HasSubstr(gone))) << how;
    }
    EXPECT_EQ(instances(dump, "SecretHolder"), 1009);
    EXPECT_EQ(heap_of(dump)["objects"], heap_of(whole)["objects"]) << how;
    EXPECT_EQ(heap_of(dump)["bytes"], heap_of(whole)["bytes"]) << how;
  }
  // Equal contents still show: 1009 strings, in one line of the table.
  const Ran salted = tidemark("summary '" + ruby.folder() / "dump-salt" + "' --no-index");
  EXPECT_EQ(salted.code, 0) << salted.err;
}

TEST(Redact, ANodeSnapshotKeepsItsGraphAndLosesItsContents) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kNode);
  const std::string whole = capture(node, "off");
  EXPECT_THAT(read_file(whole), HasSubstr("hunter2 of person 77"));
  EXPECT_THAT(read_file(whole), HasSubstr("ann@example.org"));
  for (const std::string how : {"drop", "salt"}) {
    const std::string dump = capture(node, how);
    const std::string text = read_file(dump);
    for (const char* gone : {"hunter2", "person 77", "ann@example", "Math.random"}) {
      EXPECT_THAT(text, Not(HasSubstr(gone))) << how;
    }
    EXPECT_THAT(text, HasSubstr("\"password\"")) << "the name of a property";
    EXPECT_EQ(instances(dump, "SecretHolder"), 1009);
  }
}

}  // namespace
}  // namespace tidemark
