// Captures by the file that an app has loaded, for where nobody may attach to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"
#include "support/places.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kRuby = R"(
  class PrimeThing; end
  KEEP = Array.new(1_009) { PrimeThing.new }
  at_exit { puts "at_exit ran"; $stdout.flush }
  Thread.new { loop { sleep 0.005; Array.new(200) { Object.new } } }
  if ARGV[0] == "fork"
    pid = fork { WORKER = Array.new(503) { PrimeThing.new }; puts "worker #{$$}"; $stdout.flush; sleep }
    at_exit { Process.kill(:KILL, pid) }
  end
  trap("TERM") { exit }
  puts "ready"; $stdout.flush
  sleep
)";

constexpr const char* kNode = R"(
  class PrimeThing {}
  globalThis.keep = Array.from({ length: 1009 }, () => new PrimeThing());
  require('http').createServer((q, s) => s.end('ok')).listen(0, '127.0.0.1', () => console.log('ready'));
  setInterval(() => { globalThis.rest = Array.from({ length: 1000 }, () => ({})); }, 5);
)";

std::vector<std::string> with_file(const LiveProcess* folder, const std::string& program,
                                   const std::string& script, const std::string& more = {}) {
  const std::string path = folder->folder() / ("app-" + program);
  write_file(path, script);
  const std::string file =
      in_source(program == "ruby" ? "src/preload/ruby/capture.rb" : "src/preload/node/capture.js");
  const std::string loaded =
      program == "ruby" ? "RUBYOPT=-r" + file : "NODE_OPTIONS=--require " + file;
  std::vector<std::string> words = {"env", loaded, program, path};
  if (!more.empty()) words.push_back(more);
  return words;
}

std::string socket_of(const LiveProcess& process) {
  const std::string sockets = read_file("/proc/net/unix");
  const std::size_t at = sockets.find("/capture-" + process.name() + ".sock");
  if (at == std::string::npos) return {};
  const std::size_t begin = sockets.rfind(' ', at) + 1;
  return sockets.substr(begin, sockets.find('\n', at) - begin);
}

TEST(Preload, RubyDumpsFromACopyOfItsOwn) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess ruby(with_file(&folder, "ruby", kRuby), "ready");
  const Traces before = ruby.traces();
  const std::string dump = folder.folder() / "dump";
  const auto json = tidemark_json("capture " + ruby.name() + " --method preload -o '" + dump + "'");
  EXPECT_EQ(json["method"], "preload");
  EXPECT_GT(json["pause_milliseconds"], 0.0);
  EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  const Ran statistics =
      tidemark("capture " + ruby.name() + " --method preload --kind gc-stats --gc --plain -q -o -");
  const auto numbers = nlohmann::json::parse(statistics.out, nullptr, false);
  ASSERT_FALSE(numbers.is_discarded()) << statistics.out << statistics.err;
  // The same document as the injection's.
  const auto injected = nlohmann::json::parse(
      tidemark("capture " + ruby.name() + " --kind gc-stats --plain -q -o -").out, nullptr, false);
  if (!injected.is_discarded()) {
    for (const auto& [name, value] : injected.items()) EXPECT_TRUE(numbers.contains(name)) << name;
    EXPECT_EQ(numbers["heap_bytes"], injected["heap_bytes"]);
  }
  const std::string sample = folder.folder() / "sample";
  ASSERT_EQ(tidemark("capture " + ruby.name() +
                     " --method preload --kind alloc-profile --seconds 1 -q -o '" + sample + "'")
                .code,
            0);
  EXPECT_THAT(tidemark("summary '" + sample + "' --by site --limit 0 --no-index").out,
              HasSubstr("app-ruby:"));
  EXPECT_TRUE(ruby.childless());
  EXPECT_EQ(ruby.traces(), before);
  EXPECT_THAT(ruby.output(), Not(HasSubstr("at_exit")));
  const std::string socket = socket_of(ruby);
  EXPECT_TRUE(std::filesystem::exists(socket)) << socket;
  EXPECT_EQ(std::filesystem::status(std::filesystem::path(socket).parent_path()).permissions(),
            std::filesystem::perms::owner_all);
  kill(ruby.pid(), SIGTERM);
  EXPECT_TRUE(ruby.prints("at_exit ran"));
  for (int i = 0; i < 500 && std::filesystem::exists(socket); ++i) usleep(10'000);
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST(Preload, AForkedRubyWorkerListensForItself) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess ruby(with_file(&folder, "ruby", kRuby, "fork"), "ready");
  ASSERT_TRUE(ruby.prints("worker "));
  const std::string out = ruby.output();
  const std::string worker = std::to_string(std::stoi(out.substr(out.find("worker ") + 7)));
  const std::string dump = folder.folder() / "dump";
  const Ran ran = tidemark("capture " + worker + " --method preload -q -o '" + dump + "'");
  kill(std::stoi(worker), SIGKILL);
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(instances(dump, "PrimeThing"), 1009 + 503);
}

TEST(Preload, AToolThatIsKilledEndsTheCopy) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess ruby(
      with_file(&folder, "ruby",
                "MORE = Array.new(200_000) { |i| [i.to_s] }\n" + std::string(kRuby)),
      "ready");
  for (int i = 0; i < 5; ++i) {
    shell("$TIDEMARK capture " + ruby.name() + " --method preload -q -o '" +
          (folder.folder() / "d") + "' & P=$!; sleep 0." + std::to_string(i + 1) +
          "; kill -9 $P; wait $P; " + kUntilClearedUp);
  }
  EXPECT_TRUE(ruby.alive());
  EXPECT_TRUE(ruby.childless());
}

TEST(Preload, NodeGivesWhatItsInspectorWould) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess node(with_file(&folder, "node", kNode), "ready");
  const Traces before = node.traces();
  for (const std::string kind :
       {"heap", "gc-stats", "alloc-profile", "cpu-profile", "alloc-timeline"}) {
    const std::string file = folder.folder() / kind;
    const Ran ran = tidemark("capture " + node.name() + " --method preload --kind " + kind +
                             " --seconds 1 --plain -q -o '" + file + "'");
    ASSERT_EQ(ran.code, 0) << kind << ": " << ran.err;
    EXPECT_FALSE(nlohmann::json::parse(read_file(file), nullptr, false).is_discarded()) << kind;
  }
  EXPECT_EQ(instances(folder.folder() / "heap", "PrimeThing"), 1009);
  EXPECT_EQ(node.traces().children, before.children);
  EXPECT_EQ(node.traces().signals, before.signals);
}

TEST(Preload, WhereItIsNotLoadedTheLineToPasteIsTold) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", "puts 'ready'; $stdout.flush; sleep");
  const Ran ran = tidemark("capture " + ruby.name() + " --method preload");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("has not loaded tidemark's file"));
}

}  // namespace
}  // namespace tidemark
