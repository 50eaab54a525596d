// Captures of servers as people run them, while they answer requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/live_process.h"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kRack =
    "class PrimeThing; end\n"
    "KEEP = Array.new(1_009) { PrimeThing.new }\n"
    "run ->(env) { [200, { 'content-type' => 'text/plain' }, ['ok']] }\n";

// Asks the unix socket again and again while `command` runs; says how many answers failed.
std::string asked_while(const std::string& socket, const std::string& command) {
  return "( while [ -e '" + socket + ".on' ]; do curl -sf -m 20 --unix-socket '" + socket +
         "' http://app/ >/dev/null || echo failed; done ) & A=$!; " + command + "; C=$?; rm -f '" +
         socket + ".on'; wait $A; exit $C";
}

void capture_under_load(const LiveProcess& folder, const std::string& pid, int times = 3) {
  const std::string socket = folder.folder() / "socket";
  for (int i = 0; i < times; ++i) {
    const std::string dump = folder.folder() / ("dump" + std::to_string(i));
    write_file(socket + ".on", "");
    const Ran ran =
        shell(asked_while(socket, "$TIDEMARK capture " + pid + " -q -o '" + dump + "' >/dev/null"));
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.out, Not(HasSubstr("failed")));
    EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  }
}

TEST(Servers, PumaUnderLoad) {
  SKIP_UNLESS_CAPTURE("puma");
  SKIP_UNLESS_CAPTURE("curl");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  write_file(folder.folder() / "config.ru", kRack);
  const LiveProcess puma({"puma", "-t", "4:4", "-b", "unix://" + (folder.folder() / "socket"),
                          folder.folder() / "config.ru"},
                         "Ctrl-C");
  const Traces before = puma.traces();
  capture_under_load(folder, puma.name());
  EXPECT_TRUE(puma.alive());
  EXPECT_EQ(puma.traces().signals, before.signals);
  EXPECT_EQ(puma.traces().children, before.children);
}

// What a C extension does that computes or waits without giving up the lock: no thread of Ruby runs
// for 1.5 of each two seconds, in which no safe point comes.
TEST(Servers, PumaWhoseNativeCodeHoldsTheLock) {
  SKIP_UNLESS_CAPTURE("puma");
  SKIP_UNLESS_CAPTURE("curl");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  write_file(folder.folder() / "config.ru",
             R"(require "fiddle"
                HOLD = Fiddle::Function.new(Fiddle.dlopen(nil)["usleep"], [Fiddle::TYPE_INT],
                                            Fiddle::TYPE_INT, need_gvl: true)
                Thread.new { loop { HOLD.call(1_500_000); sleep 0.5 } }
               )" +
                 kRack);
  const LiveProcess puma({"puma", "-t", "4:4", "-b", "unix://" + (folder.folder() / "socket"),
                          folder.folder() / "config.ru"},
                         "Ctrl-C");
  const Traces before = puma.traces();
  capture_under_load(folder, puma.name(), 1);
  EXPECT_TRUE(puma.alive());
  EXPECT_EQ(puma.traces().signals, before.signals);
  EXPECT_EQ(puma.traces().children, before.children);
}

TEST(Servers, AUnicornWorker) {
  SKIP_UNLESS_CAPTURE("unicorn");
  SKIP_UNLESS_CAPTURE("curl");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  write_file(folder.folder() / "config.ru", kRack);
  const LiveProcess master(
      {"unicorn", "-l", folder.folder() / "socket", folder.folder() / "config.ru"},
      "worker=0 ready");
  const std::string task = "/proc/" + master.name() + "/task/" + master.name() + "/children";
  const int worker = std::stoi(read_file(task));
  capture_under_load(folder, std::to_string(worker));
  EXPECT_EQ(kill(worker, 0), 0);
  EXPECT_EQ(read_file(task), std::to_string(worker) + " ") << "the master has not replaced it";
}

// As Sidekiq does it: a title of its own, threads that wait for work, a main thread that reads
// signals from a pipe.
TEST(Servers, ASleepLoopFoundByItsTitle) {
  SKIP_UNLESS_CAPTURE("ruby");
  const LiveProcess ruby("ruby", R"(
    class PrimeThing; end
    KEEP = Array.new(1_009) { PrimeThing.new }
    jobs = Queue.new
    5.times { Thread.new { loop { jobs.pop.call } } }
    Thread.new { loop { sleep 0.01; jobs << -> { Array.new(500) { Object.new } } } }
    reader, writer = IO.pipe
    trap("TERM") { writer.puts "TERM" }
    $0 = "sidekiq#{$$} 7.2.4 shop [0 of 5 busy]"
    puts "ready"; $stdout.flush
    loop do
      puts "heard #{reader.gets}"; $stdout.flush
    end
  )");
  const Traces before = ruby.traces();
  for (int i = 0; i < 3; ++i) {
    const std::string dump = ruby.folder() / ("dump" + std::to_string(i));
    const Ran ran = tidemark("capture sidekiq" + ruby.name() + " -q -o '" + dump + "'");
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  }
  EXPECT_EQ(ruby.traces(), before);
  kill(ruby.pid(), SIGTERM);
  EXPECT_TRUE(ruby.prints("heard TERM"));
}

TEST(Servers, AWorkerOfANodeCluster) {
  SKIP_UNLESS_CAPTURE("node");
  SKIP_UNLESS_CAPTURE("curl");
  const LiveProcess folder({"sh", "-c", "echo ready; sleep 600"}, "ready");
  const LiveProcess primary("node", R"(
    const cluster = require('cluster');
    if (cluster.isPrimary) {
      const worker = cluster.fork();
      worker.on('listening', () => console.log('worker ' + worker.process.pid + '\nready'));
    } else {
      class PrimeThing {}
      globalThis.keep = Array.from({ length: 1009 }, () => new PrimeThing());
      require('http').createServer((q, s) => s.end('ok')).listen(process.argv[2]);
    }
  )",
                            {folder.folder() / "socket"});
  const std::string out = primary.output();
  const int worker = std::stoi(out.substr(out.find("worker ") + 7));
  capture_under_load(folder, std::to_string(worker));
  EXPECT_EQ(kill(worker, 0), 0);
  EXPECT_TRUE(primary.alive());
}

TEST(Servers, NodeWithWorkerThreadsAndItsOwnHandlerOfSigusr1) {
  SKIP_UNLESS_CAPTURE("node");
  const LiveProcess node("node", R"(
    const { Worker } = require('worker_threads');
    class PrimeThing {}
    globalThis.keep = Array.from({ length: 1009 }, () => new PrimeThing());
    process.on('SIGUSR1', () => console.log('usr1'));
    const worker = new Worker(`let sum = 0;
      setInterval(() => { for (let i = 0; i < 1e5; i++) sum += i; require('worker_threads').parentPort.postMessage(sum); }, 20);`,
      { eval: true });
    let heard = 0;
    worker.on('message', () => { if (++heard === 3) console.log('ready'); if (heard % 20 === 0) console.log('heard ' + heard); });
  )");
  const Traces before = node.traces();
  for (int i = 0; i < 3; ++i) {
    const std::string dump = node.folder() / ("dump" + std::to_string(i));
    const Ran ran = tidemark("capture " + node.name() + " --method fork -q -o '" + dump + "'");
    ASSERT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(instances(dump, "PrimeThing"), 1009);
  }
  EXPECT_EQ(tidemark("capture " + node.name() + " --kind gc-stats -q -o /dev/null").code, 0);
  EXPECT_THAT(node.output(), Not(HasSubstr("usr1")));
  EXPECT_EQ(node.traces(), before);
  const std::size_t said = node.output().size();
  for (int i = 0; i < 3000 && node.output().size() == said; ++i) usleep(10'000);
  EXPECT_GT(node.output().size(), said) << "the worker goes on";
}

}  // namespace
}  // namespace tidemark
