// Heaps of live Ruby processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

// 10,007 objects of a class that nobody else has, threads that wait and one that works, and a
// sleep that must take as long as it says.
constexpr const char* kPrimes = R"(
  class PrimeThing; def initialize(i); @i = i; @name = "thing #{i}"; end; end
  class Odd; end
  KEEP = Array.new(10_007) { |i| PrimeThing.new(i) }
  trap("USR1") { $stdout.puts "usr1"; $stdout.flush }
  trap("TERM") { exit! }
  Thread.new { loop { sleep 0.005; Array.new(200) { Object.new } } }
  Thread.new { Queue.new.pop }
  reader, writer = IO.pipe
  Thread.new { reader.read }
  at_exit { puts "at_exit ran"; $stdout.flush }
  puts "ready"; $stdout.flush
  loop do
    begun = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    sleep 0.3
    taken = Process.clock_gettime(Process::CLOCK_MONOTONIC) - begun
    puts "woken early" if taken < 0.299
    $stdout.flush
  end
)";

TEST(RubyCapture, ADumpHoldsWhatTheProcessHolds) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kPrimes);
  const Traces before = ruby.traces();
  const std::string dump = ruby.folder() / "dump.zst";
  const auto json = tidemark_json("capture " + ruby.name() + " -o '" + dump + "'");
  EXPECT_EQ(json["schema"], "tidemark.capture/2");
  EXPECT_EQ(json["method"], "fork");
  EXPECT_EQ(json["process"]["runtime"], "ruby");
  EXPECT_EQ(json["process"]["pid"], ruby.pid());
  EXPECT_EQ(json["notices"].size(), 0U);
  EXPECT_EQ(json["ids_comparable"], true);
  EXPECT_GT(json["bytes"], json["stored_bytes"]);
  EXPECT_EQ(json["stored_bytes"], std::filesystem::file_size(dump));
  EXPECT_EQ(instances(dump, "PrimeThing"), 10'007);
  for (const std::string& path : {dump, dump + ".info.json"}) {
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0) << path;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << path;
  }
  auto beside = nlohmann::json::parse(read_file(dump + ".info.json"));
  beside["generated_at"] = json["generated_at"];
  EXPECT_EQ(beside, json);
  // The process is as it was, and still does what it did.
  EXPECT_TRUE(ruby.alive());
  EXPECT_EQ(ruby.traces(), before);
  kill(ruby.pid(), SIGUSR1);
  EXPECT_TRUE(ruby.prints("usr1"));
  EXPECT_THAT(ruby.output(), testing::Not(HasSubstr("woken early")));
  EXPECT_THAT(ruby.output(), testing::Not(HasSubstr("at_exit")));
}

// The dump of a process that does nothing, taken by ourselves and by the process.
TEST(RubyCapture, IsWhatTheProcessItselfWouldDump) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", std::string(R"(
    require "objspace"
    class PrimeThing; end
    KEEP = Array.new(5_003) { |i| [PrimeThing.new, "text #{i}", i.to_f, { i => :x }] }
    GC.start; GC.disable
    puts "ready"; $stdout.flush
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
    sleep 0.05 until File.exist?(ARGV[0])
    File.open(ARGV[1], "w") { |file| ObjectSpace.dump_all(output: file) }
    puts "dumped"; $stdout.flush
    sleep
  )"),
                         {"/tmp/tidemark-go-" + std::to_string(getpid()),
                          "/tmp/tidemark-own-" + std::to_string(getpid())});
  const std::string ours = ruby.folder() / "ours.json";
  ASSERT_EQ(tidemark("capture " + ruby.name() + " --plain -q -o '" + ours + "'").code, 0);
  const std::string go = "/tmp/tidemark-go-" + std::to_string(getpid());
  const std::string own = "/tmp/tidemark-own-" + std::to_string(getpid());
  write_file(go, "");
  ASSERT_TRUE(ruby.prints("dumped"));
  const auto a = tidemark_json("summary '" + ours + "' --no-index");
  const auto b = tidemark_json("summary '" + own + "' --no-index");
  std::filesystem::remove(go);
  std::filesystem::remove(own);
  const auto difference =
      std::abs(a["heap"]["objects"].get<std::int64_t>() - b["heap"]["objects"].get<std::int64_t>());
  EXPECT_LT(difference, 1500) << "the dump's own objects and those of polling are a few hundred";
  EXPECT_EQ(instances(ours, "PrimeThing"), 5'003);
}

TEST(RubyCapture, SeveralInARowAndOneAtATime) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kPrimes);
  const Traces before = ruby.traces();
  const std::string line =
      "$TIDEMARK capture " + ruby.name() + " -q >/dev/null -o " + (ruby.folder() / "d");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(shell(line + std::to_string(i)).code, 0) << i;
  // Of two at once the second waits for the first.
  const Ran both = shell(line + "a & A=$!; " + line + "b; B=$?; wait $A; echo $? $B");
  EXPECT_EQ(both.out, "0 0\n") << both.err;
  EXPECT_EQ(ruby.traces(), before);
}

TEST(RubyCapture, StreamsIntoAnAnalysisWithoutADisk) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kPrimes);
  const Ran ran = shell("$TIDEMARK capture " + ruby.name() + " -o - | $TIDEMARK summary -");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("PrimeThing"));
  const Ran statistics =
      shell("$TIDEMARK capture " + ruby.name() + " --kind gc-stats --plain -o -");
  ASSERT_EQ(statistics.code, 0) << statistics.err;
  const auto json = nlohmann::json::parse(statistics.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << statistics.out;
  EXPECT_GT(json["all"]["heap_live_slots"], 10'007);
}

TEST(RubyCapture, AToolThatIsKilledLeavesNothingBehind) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kPrimes);
  const Traces before = ruby.traces();
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    const std::string pause = "0." + std::to_string(1000 + random() % 400).substr(1);
    shell("$TIDEMARK capture " + ruby.name() + " -q -o '" + (ruby.folder() / "d") +
          "' & P=$!; sleep " + pause + "; kill -9 $P; wait $P;" + kUntilClearedUp);
    ASSERT_TRUE(ruby.alive()) << i;
  }
  EXPECT_TRUE(ruby.childless());
  EXPECT_EQ(ruby.traces(), before);
  EXPECT_EQ(tidemark("capture " + ruby.name() + " -q -o '" + (ruby.folder() / "last") + "'").code,
            0);
  EXPECT_EQ(instances(ruby.folder() / "last", "PrimeThing"), 10'007);
}

TEST(RubyCapture, CtrlCEndsTheCopyAndTheFile) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby",
                         std::string("KEEP = Array.new(400_000) { |i| \"s#{i}\" }\n") + kPrimes);
  const std::string dump = ruby.folder() / "dump";
  const Ran ran = shell("set -m; $TIDEMARK capture " + ruby.name() + " -o '" + dump +
                        "' & P=$!; sleep 0.2; kill -INT $P; wait $P");
  if (ran.code != 0) {
    EXPECT_EQ(ran.code, 130) << ran.err;
    EXPECT_FALSE(std::filesystem::exists(dump));
  }
  EXPECT_FALSE(std::filesystem::exists(dump + ".partial"));
  EXPECT_TRUE(ruby.alive());
  EXPECT_TRUE(ruby.childless());
}

TEST(RubyCapture, AVmInNativeCodeIsWaitedForAndThenLeft) {
  SKIP_UNLESS_CAPTURE("ruby");
  // 2 s in which the lock is not given up, then a pause.
  const LiveProcess ruby(
      "ruby", "x = 7**4_000_000\nputs 'ready'; $stdout.flush\nloop { x.to_s.size; sleep 0.2 }\n");
  const Ran ran = tidemark("capture " + ruby.name() + " -q -o '" + (ruby.folder() / "d") + "'");
  EXPECT_TRUE(ran.code == 0 || ran.err.find("came to no safe point") != std::string::npos)
      << ran.err;
  EXPECT_TRUE(ruby.alive());
  EXPECT_TRUE(ruby.childless());
}

}  // namespace
}  // namespace tidemark
