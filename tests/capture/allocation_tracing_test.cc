// Where objects of a live Ruby process are made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;

// Makes objects that stay and objects that go, and says on USR2 whether they are traced.
constexpr const char* kRuby = R"(
  class Leaked; end
  KEEP = []
  trap("USR2") do
    object = Object.new
    on = ObjectSpace.respond_to?(:allocation_sourcefile) && ObjectSpace.allocation_sourcefile(object)
    $stdout.puts "traced #{on ? 'yes' : 'no'} #{Thread.list.size}"; $stdout.flush
  end
  Thread.new { loop { sleep 0.01; KEEP << Leaked.new; Array.new(100) { "gone" } } }
  puts "ready"; $stdout.flush
  loop { sleep 1 }
)";

// Whether it is traced, by its own word.
std::string own_word(const LiveProcess& ruby, int times) {
  kill(ruby.pid(), SIGUSR2);
  std::string last;
  for (int i = 0; i < 3000; ++i) {
    int seen = 0;
    for (const std::string& line : lines_of(ruby.output())) {
      if (!line.starts_with("traced")) continue;
      ++seen;
      last = line;
    }
    if (seen == times) return last;
    usleep(10'000);
  }
  return "no answer";
}

TEST(AllocationTracing, IsSwitchedOnAndOff) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kRuby);
  const Traces before = ruby.traces();
  const Ran on = tidemark("capture " + ruby.name() + " --trace-allocations on");
  ASSERT_EQ(on.code, 0) << on.err;
  EXPECT_THAT(on.out, HasSubstr("a third of its work"));
  EXPECT_EQ(own_word(ruby, 1), "traced yes 2");
  EXPECT_THAT(tidemark("capture " + ruby.name() + " --trace-allocations on").out,
              HasSubstr("is already on"));
  const std::string dump = ruby.folder() / "traced";
  ASSERT_EQ(tidemark("capture " + ruby.name() + " -q -o '" + dump + "'").code, 0);
  EXPECT_THAT(tidemark("summary '" + dump + "' --by site --limit 0 --no-index").out,
              HasSubstr("target.rb:"));
  const Ran off = tidemark("capture " + ruby.name() + " --trace-allocations off");
  ASSERT_EQ(off.code, 0) << off.err;
  EXPECT_EQ(own_word(ruby, 2), "traced no 2");
  EXPECT_EQ(ruby.traces().signals, before.signals);
}

TEST(AllocationTracing, ASampleHasWhereObjectsCameFromAndEndsIt) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kRuby);
  const std::string dump = ruby.folder() / "sample";
  const Ran ran =
      tidemark("capture " + ruby.name() + " --kind alloc-profile --seconds 1 -o '" + dump + "'");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("--by site"));
  EXPECT_THAT(tidemark("summary '" + dump + "' --by site --limit 0 --no-index").out,
              HasSubstr("target.rb:"));
  for (int i = 1; i < 100 && own_word(ruby, i) != "traced no 2"; ++i) usleep(20'000);
  EXPECT_THAT(ruby.output(), HasSubstr("traced no 2"));
}

TEST(AllocationTracing, AToolThatIsKilledLeavesItOff) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kRuby);
  shell("$TIDEMARK capture " + ruby.name() + " --kind alloc-profile --seconds 30 -q -o '" +
        (ruby.folder() / "d") + "' & P=$!; sleep 0.7; kill -9 $P; wait $P; " + kUntilClearedUp);
  ASSERT_TRUE(ruby.alive());
  for (int i = 1; i < 200 && own_word(ruby, i) != "traced no 2"; ++i) usleep(20'000);
  EXPECT_THAT(ruby.output(), HasSubstr("traced no 2"));
}

TEST(AllocationTracing, IsForRuby) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", "setInterval(() => {}, 1000); console.log('ready');");
  const Ran ran = tidemark("capture " + node.name() + " --trace-allocations on");
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("--trace-allocations is for Ruby"));
}

}  // namespace
}  // namespace tidemark
