// The collector's numbers of live processes, read without a copy and without the inspector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;

// Works, sleeps and says what it finds wrong. On SIGUSR2 it prints its own view.
constexpr const char* kRuby = R"(
  KEEP = Array.new(50_000) { |i| "text #{i}" }
  trap("USR2") { $stdout.puts "own #{GC.stat(:old_objects)} #{GC.stat(:major_gc_count)}"; $stdout.flush }
  Thread.new { loop { sleep 0.005; Array.new(200) { Object.new } } }
  Thread.new do
    loop do
      begin
        raise ArgumentError, "mine"
      rescue ArgumentError => error
        puts "lost its exception" unless $!.equal?(error) && error.message == "mine"
      end
      sleep 0.001
    end
  end
  puts "ready"; $stdout.flush
  loop do
    begun = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    sleep 0.3
    puts "woken early" if Process.clock_gettime(Process::CLOCK_MONOTONIC) - begun < 0.299
    $stdout.flush
  end
)";

constexpr const char* kNode = R"(
  const http = require('http');
  const keep = [];
  for (let i = 0; i < 50000; i++) keep.push({ i, text: 'text ' + i });
  const server = http.createServer((request, response) => {
    keep.push({ url: request.url });
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => {
    const agent = new http.Agent({ keepAlive: true });
    const again = () => http.get({ port: server.address().port, path: '/', agent }, (response) => {
      response.resume();
      response.on('end', () => setImmediate(again));
    }).on('error', (error) => console.log('request failed', error.message));
    again();
    setTimeout(() => console.log('ready'), 100);
  });
)";

nlohmann::json statistics(const LiveProcess& process, const std::string& more = {}) {
  const Ran ran =
      shell("$TIDEMARK capture " + process.name() + " --kind gc-stats --plain -q -o - " + more);
  EXPECT_EQ(ran.code, 0) << ran.err;
  auto json = nlohmann::json::parse(ran.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << ran.out;
  return json;
}

TEST(GcStats, OfRubyAreWhatItSaysItself) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", kRuby);
  const Traces before = ruby.traces();
  const auto collected = statistics(ruby, "--gc");
  kill(ruby.pid(), SIGUSR2);
  ASSERT_TRUE(ruby.prints("own "));
  EXPECT_THAT(ruby.output(), HasSubstr("own " + collected["old_objects"].dump() + " "));
  EXPECT_GT(collected["old_objects"], 50'000);
  EXPECT_GT(collected["after_gc_bytes"], 50'000 * 40);
  EXPECT_GE(collected["heap_bytes"], collected["used_bytes"]);
  const auto next = statistics(ruby, "--gc");
  EXPECT_EQ(next["major_collections"].get<int>(), collected["major_collections"].get<int>() + 1);
  for (int i = 0; i < 40; ++i) EXPECT_GT(statistics(ruby)["used_bytes"], 0);
  EXPECT_EQ(ruby.traces(), before);
  EXPECT_THAT(ruby.output(), testing::Not(HasSubstr("woken early")));
  EXPECT_THAT(ruby.output(), testing::Not(HasSubstr("lost its exception")));
}

TEST(GcStats, OfNodeUnderLoadAgreeWithItsInspector) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", kNode);
  const Traces before = node.traces();
  for (int i = 0; i < 20; ++i) {
    const auto json = statistics(node);
    EXPECT_GT(json["used_bytes"], 1'000'000);
    EXPECT_GT(json["all"]["old_space.used_size"], 500'000);
    EXPECT_GE(json["heap_bytes"], json["used_bytes"]);
  }
  const auto collected = statistics(node, "--gc");
  const auto inspected = statistics(node, "--method inspector");
  EXPECT_EQ(collected["after_gc_bytes"], collected["used_bytes"]);
  EXPECT_EQ(collected["all"]["heap_size_limit"], inspected["all"]["heap_size_limit"]);
  EXPECT_EQ(collected["version"], inspected["version"]);
  for (const auto& [name, value] : collected["all"].items()) {
    EXPECT_TRUE(inspected["all"].contains(name)) << name;
  }
  EXPECT_TRUE(node.alive());
  EXPECT_THAT(node.output(), testing::Not(HasSubstr("request failed")));
  EXPECT_EQ(node.traces().signals, before.signals);
  EXPECT_EQ(node.traces().tracer, before.tracer);
}

TEST(GcStats, AToolThatIsKilledLeavesTheProcessAsItIs) {
  SKIP_UNLESS_CAPTURE("ruby");
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess ruby("ruby", kRuby);
  const LiveProcess node("node", kNode);
  std::mt19937 random(11);
  for (int i = 0; i < 20; ++i) {
    const LiveProcess& process = i % 2 == 0 ? ruby : node;
    const std::string pause = "0." + std::to_string(1000 + random() % 60).substr(1);
    shell("$TIDEMARK capture " + process.name() + " --kind gc-stats --gc -q -o /dev/null & P=$!; " +
          "sleep " + pause + "; kill -9 $P; wait $P; " + kUntilClearedUp);
    ASSERT_TRUE(process.alive()) << i;
  }
  EXPECT_GT(statistics(ruby)["used_bytes"], 0);
  EXPECT_GT(statistics(node)["used_bytes"], 0);
  EXPECT_THAT(ruby.output(), testing::Not(HasSubstr("lost its exception")));
  EXPECT_THAT(node.output(), testing::Not(HasSubstr("request failed")));
}

// A runtime is never given a capture of another kind under the name that was asked for.
TEST(CaptureKinds, ThoseThatARuntimeDoesNotHaveAreRefused) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", "puts 'ready'; $stdout.flush; sleep");
  const std::string folder = ruby.folder() / "dumps";
  std::filesystem::create_directory(folder);
  for (const std::string kind : {"alloc-timeline", "cpu-profile"}) {
    for (const std::string more : {"", " --method fork", " --method injection", " --force"}) {
      const Ran ran =
          tidemark("capture " + ruby.name() + " --kind " + kind + more + " -o '" + folder + "/'");
      EXPECT_EQ(ran.code, 1) << kind << more;
      EXPECT_THAT(ran.err, HasSubstr("--kind " + kind + " is not for Ruby")) << more;
      EXPECT_THAT(ran.err, HasSubstr("heap, gc-stats")) << more;
    }
  }
  const Ran method = tidemark("capture " + ruby.name() + " --kind gc-stats --method fork");
  EXPECT_THAT(method.err, HasSubstr("is not taken by --method fork"));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

}  // namespace
}  // namespace tidemark
