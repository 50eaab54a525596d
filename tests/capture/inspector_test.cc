// Captures by the debugger of a live Node.js process, which is closed again on every path.
#include "runtimes/node/inspector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

constexpr const char* kPrimes = R"(
  // A function that V8 has put into its caller has no name in a profile.
  require('v8').setFlagsFromString('--no-turbo-inlining');
  class PrimeThing { constructor(i) { this.i = i; } }
  globalThis.keep = Array.from({ length: 5003 }, (_, i) => new PrimeThing(i));
  globalThis.churn = [];
  let n = 0;
  // Kept for a while: V8's profile has only what has not been collected.
  function allocate() { for (let i = 0; i < 4; i++) churn[n++ % 128] = new Array(10000).fill(n); }
  setInterval(allocate, 5);
  require('http').createServer((q, r) => { console.log('request ' + q.url); r.end(); }).listen(0, '127.0.0.1', () => console.log('ready'));
)";

bool inspector_is_open(const LiveProcess& node) {
  return inspector_port(node.pid(), app_ports(node.pid())).has_value();
}

TEST(InspectorCapture, GivesEveryKindAndCloses) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kPrimes);
  const std::string line =
      "capture " + node.name() + " --method inspector --plain --seconds 1 --kind ";
  for (const std::string kind :
       {"heap", "gc-stats", "alloc-profile", "alloc-timeline", "cpu-profile"}) {
    const std::string path = node.folder() / kind;
    const auto json = tidemark_json(line + kind + " -o '" + path + "'");
    EXPECT_EQ(json["method"], "inspector");
    std::string word = kind;
    std::ranges::replace(word, '-', '_');
    EXPECT_EQ(json["kind"], word);
    EXPECT_FALSE(nlohmann::json::parse(read_file(path), nullptr, false).is_discarded()) << kind;
    EXPECT_FALSE(inspector_is_open(node)) << kind;
  }
  EXPECT_EQ(instances(node.folder() / "heap", "PrimeThing"), 5'003);
  EXPECT_THAT(read_file(node.folder() / "alloc-profile"), HasSubstr("allocate"));
  EXPECT_THAT(read_file(node.folder() / "cpu-profile"), HasSubstr("\"nodes\""));
  EXPECT_TRUE(node.alive());
  EXPECT_THAT(node.output(), testing::Not(HasSubstr("request ")))
      << "the app's own port is not asked";
}

TEST(InspectorCapture, OneThatWasOpenStaysOpen) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node(
      {"bash", "-c",
       "exec node --inspect=127.0.0.1:9300 -e \"setInterval(()=>{},50);console.log('ready')\""},
      "ready");
  if (!inspector_is_open(node)) GTEST_SKIP() << "port 9300 is taken";
  EXPECT_EQ(
      tidemark("capture " + node.name() + " --kind gc-stats -o '" + (node.folder() / "g") + "'")
          .code,
      0);
  EXPECT_TRUE(inspector_is_open(node));
}

TEST(InspectorCapture, AKilledToolLeavesItClosed) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kPrimes);
  std::mt19937 random(3);
  for (int i = 0; i < 5; ++i) {
    const std::string pause = "0." + std::to_string(1000 + random() % 900).substr(1);
    shell("$TIDEMARK capture " + node.name() + " --kind cpu-profile --seconds 30 -q -o '" +
          (node.folder() / "d") + "' & P=$!; sleep " + pause + "; kill -9 $P; wait $P;" +
          kUntilClearedUp);
    ASSERT_TRUE(node.alive());
  }
  for (int i = 0; i < 400 && inspector_is_open(node); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(inspector_is_open(node));
}

TEST(InspectorCapture, SomeAreRefused) {
  SKIP_UNLESS_CAPTURE("node");
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", "puts 'ready'; $stdout.flush; sleep");
  const Ran profile = tidemark("capture " + ruby.name() + " --kind cpu-profile");
  EXPECT_EQ(profile.code, 1);
  EXPECT_THAT(profile.err, HasSubstr("--kind cpu-profile is not for Ruby"));
  const Ran method = tidemark("capture " + ruby.name() + " --method inspector");
  EXPECT_THAT(method.err, HasSubstr("not taken by --method inspector"));
  // One that would die of SIGUSR1: the bit is missing, and no signal is sent.
  if (shell("node --disable-sigusr1 -e 0").code != 0) GTEST_SKIP() << "this Node.js always listens";
  const LiveProcess deaf(
      {"node", "--disable-sigusr1", "-e", "setInterval(()=>{},50);console.log('ready')"}, "ready");
  const Ran refused = tidemark("capture " + deaf.name() + " --method inspector");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("does not listen for SIGUSR1"));
  EXPECT_TRUE(deaf.alive());
}

TEST(CaptureSeries, GoesIntoAFolderAndSaysWhatNext) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby(
      "ruby", "K = []\nputs 'ready'; $stdout.flush\nloop { K << 'x' * 400_000; sleep 0.05 }");
  std::filesystem::create_directory(ruby.folder() / "dumps");
  const Ran ran = tidemark("capture " + ruby.name() + " --count 3 --grow 1MB -o '" +
                           (ruby.folder() / "dumps") + "'");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Next: tidemark suspects "));
  std::size_t dumps = 0;
  std::size_t grown = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ruby.folder() / "dumps")) {
    const std::string name = entry.path().filename();
    dumps += name.ends_with(".zst") ? 1 : 0;
    grown += name.ends_with(".zst") && name.find("-plus-") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(dumps, 3U);
  EXPECT_EQ(grown, 2U);
  EXPECT_EQ(tidemark("capture 1 --count 3").code, 2);
  EXPECT_EQ(tidemark("capture 1 --every 5m").code, 2);
  EXPECT_EQ(tidemark("capture 1 --count 3 --every soon").code, 2);
  EXPECT_EQ(tidemark("capture 1 --count 3 --every 5m -o one-file").code, 2);
}

}  // namespace
}  // namespace tidemark
