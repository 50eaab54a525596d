// Heaps of live Node.js processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "capture/live_process.h"
#include "host/host.h"
#include "host/memory_map.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

constexpr const char* kPrimes = R"(
  const http = require('http');
  class PrimeThing { constructor(i) { this.i = i; this.name = 'thing ' + i; } }
  globalThis.keep = Array.from({ length: 10007 }, (_, i) => new PrimeThing(i));
  process.on('SIGUSR2', () => console.log('usr2'));
  setInterval(() => { globalThis.churn = Array.from({ length: 5000 }, (_, i) => ({ i })); }, 5);
  http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', function () {
    console.log('port ' + this.address().port + '\nready');
  });
)";

TEST(NodeCapture, ASnapshotHoldsWhatTheProcessHolds) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kPrimes);
  const Traces before = node.traces();
  const std::string dump = node.folder() / "dump.zst";
  const auto json = tidemark_json("capture " + node.name() + " -o '" + dump + "'");
  EXPECT_EQ(json["method"], "fork");
  EXPECT_EQ(json["process"]["runtime"], "node");
  EXPECT_EQ(json["ids_comparable"], false);
  EXPECT_EQ(json["notices"].size(), 0U);
  EXPECT_EQ(instances(dump, "PrimeThing"), 10'007);
  EXPECT_TRUE(node.alive());
  EXPECT_EQ(node.traces(), before);
  kill(node.pid(), SIGUSR2);
  EXPECT_TRUE(node.prints("usr2"));
  EXPECT_THAT(node.output(), testing::Not(HasSubstr("Debugger")));
}

// V8 takes its pages out of forks, and they are out again afterwards, all of them.
TEST(NodeCapture, V8sPagesAreKeptOutOfForksAsBefore) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node",
                         "globalThis.keep = Array.from({length: 50000}, (_, i) => ({i}));\n"
                         "setInterval(() => {}, 50); console.log('ready');");
  // Every mapping's begin, and whether it is kept out.
  const auto kept_out = [&] {
    std::map<std::uint64_t, bool> all;
    const auto smaps = read_smaps(this_machine(), node.pid());
    if (!smaps) return all;
    for (const Mapping& mapping : *smaps) all[mapping.begin] = mapping.not_forked;
    return all;
  };
  const auto before = kept_out();
  ASSERT_EQ(tidemark("capture " + node.name() + " -q -o '" + (node.folder() / "d") + "'").code, 0);
  std::size_t compared = 0;
  for (const auto& [begin, out] : kept_out()) {
    const auto was = before.find(begin);
    if (was == before.end()) continue;  // V8 maps and unmaps pages all the time
    EXPECT_EQ(out, was->second) << std::hex << begin;
    ++compared;
  }
  EXPECT_GT(compared, 50U);
}

TEST(NodeCapture, SeveralInARow) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kPrimes);
  const Traces before = node.traces();
  for (int i = 0; i < 5; ++i) {
    const std::string dump = node.folder() / ("d" + std::to_string(i));
    ASSERT_EQ(tidemark("capture " + node.name() + " -q -o '" + dump + "'").code, 0) << i;
    EXPECT_EQ(instances(dump, "PrimeThing"), 10'007);
  }
  EXPECT_EQ(node.traces(), before);
}

TEST(NodeCapture, AToolThatIsKilledLeavesNothingBehind) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kPrimes);
  const Traces before = node.traces();
  std::mt19937 random(9);
  for (int i = 0; i < 20; ++i) {
    const std::string pause = "0." + std::to_string(1000 + random() % 300).substr(1);
    shell("$TIDEMARK capture " + node.name() + " -q -o '" + (node.folder() / "d") +
          "' & P=$!; sleep " + pause + "; kill -9 $P; wait $P;" + kUntilClearedUp);
    ASSERT_TRUE(node.alive()) << i;
  }
  EXPECT_TRUE(node.childless());
  EXPECT_EQ(node.traces(), before);
  kill(node.pid(), SIGUSR2);
  EXPECT_TRUE(node.prints("usr2"));
}

// Never comes to its event loop, and checks its own results.
constexpr const char* kComputes = R"(
  class PrimeThing { constructor(i) { this.i = i; } }
  globalThis.keep = Array.from({ length: 10007 }, (_, i) => new PrimeThing(i));
  console.log('ready');
  setTimeout(() => {
    let first;
    for (let round = 0; ; round++) {
      let sum = 0.5;
      const rest = [];
      for (let i = 1; i < 300000; i++) { sum += Math.sqrt(i) * 1.0000001; if (i % 30 === 0) rest.push({ i }); }
      first ??= sum;
      if (sum !== first || rest.length !== 9999) console.log('wrong');
      if (round % 50 === 0) console.log('round ' + round);
    }
  }, 50);
)";

// Without the number of the last round it said.
bool goes_on(const LiveProcess& node) {
  const std::size_t said = node.output().size();
  for (int i = 0; i < 3000 && node.output().size() == said; ++i) usleep(10'000);
  return node.output().size() > said;
}

TEST(NodeCapture, OneThatOnlyComputesIsInterrupted) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kComputes);
  ASSERT_TRUE(node.prints("round 50"));
  const Traces before = node.traces();
  for (int i = 0; i < 3; ++i) {
    const std::string dump = node.folder() / ("d" + std::to_string(i));
    const Ran ran = tidemark("capture " + node.name() + " --method fork -q -o '" + dump + "'");
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(instances(dump, "PrimeThing"), 10'007);
  }
  EXPECT_TRUE(goes_on(node));
  EXPECT_THAT(node.output(), testing::Not(HasSubstr("wrong")));
  EXPECT_EQ(node.traces(), before);
}

TEST(NodeCapture, AToolThatIsKilledLeavesItComputing) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kComputes);
  ASSERT_TRUE(node.prints("round 50"));
  const Traces before = node.traces();
  std::mt19937 random(10);
  for (int i = 0; i < 10; ++i) {
    // Around the second and a half after which it is interrupted.
    const std::string pause = "1." + std::to_string(1400 + random() % 600).substr(1);
    shell("$TIDEMARK capture " + node.name() + " --method fork -q -o '" + (node.folder() / "d") +
          "' & P=$!; sleep " + pause + "; kill -9 $P; wait $P;" + kUntilClearedUp);
    ASSERT_TRUE(node.alive()) << i;
  }
  EXPECT_TRUE(goes_on(node));
  EXPECT_THAT(node.output(), testing::Not(HasSubstr("wrong")));
  EXPECT_TRUE(node.childless());
  EXPECT_EQ(node.traces(), before);
}

}  // namespace
}  // namespace tidemark
