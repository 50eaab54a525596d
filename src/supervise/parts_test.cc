// The small parts of the pool: growth, state file, environment, server kinds, sockets, channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "supervise/channel.h"
#include "supervise/connections.h"
#include "supervise/growth.h"
#include "supervise/holders.h"
#include "supervise/launch.h"
#include "supervise/linux_control.h"
#include "supervise/listener.h"
#include "supervise/server_kind.h"
#include "supervise/state_file.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Growth, IsTheSlopeOfALeakAndNothingElse) {
  Growth leak;
  Growth flat;
  Growth few;
  for (int i = 0; i < 500; ++i) {
    const double noise = (i * 7919) % 13 * 1e4;
    leak.add(i * 5, 1e8 + i * 5e4 + noise);
    flat.add(i * 5, 1e8 + noise);
    if (i < 5) few.add(i * 5, 1e8 + i * 1e6);
  }
  EXPECT_NEAR(leak.slope(), 1e4, 300);
  EXPECT_EQ(flat.slope(), 0);
  EXPECT_EQ(few.slope(), 0);
  EXPECT_EQ(Growth().slope(), 0);
}

TEST(StateFile, ReadsWhatItWrote) {
  KeptState state;
  state.listener = 12345;
  state.next_number = 7;
  state.workers.push_back({.number = 3,
                           .pid = 99,
                           .started = 1234567,
                           .born = 1769868123.5,
                           .served = 12345678,
                           .baseline = 8e7,
                           .servers = {101, 102}});
  const auto read = read_state(write_state(state));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->listener, 12345);
  EXPECT_EQ(read->next_number, 7);
  ASSERT_EQ(read->workers.size(), 1);
  EXPECT_EQ(read->workers[0].started, 1234567);
  EXPECT_EQ(read->workers[0].served, 12345678);
  EXPECT_THAT(read->workers[0].servers, ElementsAre(101, 102));
}

TEST(StateFile, RefusesWhatIsCutShortOrElse) {
  const std::string whole = write_state({.listener = 1, .next_number = 2, .workers = {}});
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    EXPECT_FALSE(read_state(whole.substr(0, length))) << length;
  }
  EXPECT_FALSE(read_state("tidemark-run 1\nworker 1 -5 1 1 1 1\nend\n"));
  EXPECT_FALSE(read_state("tidemark-run 1\nworker x\nend\n"));
}

TEST(LaunchEnvironment, AddsToWhatTheUserHas) {
  LaunchSettings settings;
  settings.port = 3000;
  settings.control_socket = "/t/run.sock";
  settings.ruby_preload = "/t/a.rb";
  settings.node_preload = "/t/a.js";
  settings.library_preload = "/t/a.so";
  const std::vector<std::string> inherited = {"RUBYOPT=-W0", "LD_PRELOAD=", "PORT=1",
                                              "LISTEN_PID=7", "NODE_ENV=production"};
  const auto environment = launch_environment(settings, inherited);
  EXPECT_THAT(environment, Contains("RUBYOPT=-W0 -r/t/a.rb"));
  EXPECT_THAT(environment, Contains("NODE_OPTIONS=--require=/t/a.js"));
  EXPECT_THAT(environment, Contains("LD_PRELOAD=/t/a.so"));
  EXPECT_THAT(environment, Contains("PORT=3000"));
  EXPECT_THAT(environment, Not(Contains("PORT=1")));
  EXPECT_THAT(environment, Not(Contains(HasSubstr("LISTEN_"))));
  EXPECT_THAT(environment, Contains("NODE_ENV=production"));
  // A pool within a pool.
  EXPECT_THAT(launch_environment(settings, environment),
              testing::UnorderedElementsAreArray(environment));
}

TEST(Launch, SaysWhatCannotBeRun) {
  LaunchSettings settings;
  settings.command = {"no-such-program-here"};
  const auto started = launch(settings);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("cannot run no-such-program-here"));
}

ProcessInfo process(int pid, int parent, std::vector<std::string> arguments) {
  ProcessInfo process;
  process.pid = pid;
  process.parent = parent;
  process.command = arguments[0].substr(0, 15);
  process.arguments = std::move(arguments);
  return process;
}

TEST(FindCluster, KnowsTheServersByTheirTitles) {
  const auto no = [](int, const char*) { return false; };
  const auto yes = [](int, const char*) { return true; };
  const Cluster puma = find_cluster(
      {process(10, 1, {"sh", "-c", "puma"}),
       process(11, 10, {"puma 5.6.5 (tcp://0.0.0.0:3000) [app]"}),
       process(12, 11, {"puma: cluster worker 0: 11 [app]"}),
       process(13, 11, {"puma: cluster worker 1: 11 [app]"}), process(14, 12, {"convert"})},
      no);
  EXPECT_EQ(puma.kind, ServerKind::kPuma);
  EXPECT_EQ(puma.master, 11);
  EXPECT_THAT(puma.workers, ElementsAre(12, 13));

  const Cluster unicorn = find_cluster(
      {process(21, 1, {"unicorn master -l 3000"}), process(22, 21, {"unicorn worker[0] -l 3000"})},
      no);
  EXPECT_EQ(unicorn.kind, ServerKind::kUnicorn);
  EXPECT_EQ(graceful_signal(unicorn.kind), SIGQUIT);
  EXPECT_THAT(unicorn.workers, ElementsAre(22));

  const std::vector<std::string> python = {"/usr/bin/python3", "/usr/bin/gunicorn", "app:app"};
  const Cluster gunicorn = find_cluster({process(31, 1, python), process(32, 31, python)}, no);
  EXPECT_EQ(gunicorn.kind, ServerKind::kGunicorn);
  EXPECT_THAT(gunicorn.workers, ElementsAre(32));

  const std::vector<ProcessInfo> node = {process(41, 1, {"node", "cluster.js"}),
                                         process(42, 41, {"node", "cluster.js"})};
  EXPECT_THAT(find_cluster(node, yes).workers, ElementsAre(42));
  EXPECT_EQ(find_cluster(node, no).master, 0);
}

TEST(Listener, CountsWhatWaits) {
  auto listener = open_listener("127.0.0.1", 0);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_GT(listener->port, 0);
  EXPECT_EQ(queue_depth(*listener).waiting, 0);
  EXPECT_EQ(queue_depth(*listener).limit, kBacklog);
  EXPECT_TRUE(descriptor_of(getpid(), listener->inode));
  EXPECT_TRUE(socket_inodes(getpid()).contains(listener->inode));
  const auto listening = connections_of_port(listener->port, SocketKind::kListening);
  ASSERT_EQ(listening.size(), 1);
  EXPECT_EQ(listening[0].inode, listener->inode);

  const auto again = open_listener("127.0.0.1", listener->port);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().hint, HasSubstr(std::to_string(getpid())));
  EXPECT_FALSE(open_listener("localhost", 0));
}

// What take_ended() tells of, within five seconds.
std::vector<EndedProcess> wait_for_end(LinuxControl& control) {
  for (int i = 0; i < 500; ++i) {
    auto ended = control.take_ended();
    if (!ended.empty()) return ended;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return {};
}

TEST(LinuxControl, StartsSignalsAndReaps) {
  LinuxControl control;
  control.take_ended();  // what other tests have left
  control.launch.command = {"no-such-program-here"};
  EXPECT_FALSE(control.start());
  ASSERT_EQ(wait_for_end(control).size(), 1);  // of the child that could not become it

  control.launch.command = {"sleep", "100"};
  const auto pid = control.start();
  ASSERT_TRUE(pid) << pid.error().message;
  EXPECT_EQ(control.take_ended().size(), 0);
  EXPECT_TRUE(control.signal(*pid, SIGTERM));
  const auto ended = wait_for_end(control);
  ASSERT_EQ(ended.size(), 1);
  EXPECT_EQ(ended[0].pid, *pid);
  ASSERT_TRUE(ended[0].status);
  EXPECT_EQ(*ended[0].status, SIGTERM);
  EXPECT_FALSE(control.signal(*pid, 0));

  // One that is gone before it is watched is told of as well.
  control.watch(*pid);
  EXPECT_EQ(wait_for_end(control).size(), 1);
}

TEST(Channel, AnswersWhomItMayThread) {
  const TemporaryFolder folder;
  auto channel = Channel::open(folder / "c.sock");
  ASSERT_TRUE(channel) << channel.error().message;
  Result<std::string> answer = fail(ErrorCode::kIo, "none");
  std::thread client([&] { answer = ask_channel(channel->path(), "status text"); });
  std::vector<ChannelLine> lines;
  for (int i = 0; i < 500 && lines.empty(); ++i) {
    std::vector<int> closed;
    lines = channel->receive(closed);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ASSERT_EQ(lines.size(), 1);
  EXPECT_EQ(lines[0].text, "status text");
  EXPECT_EQ(lines[0].pid, getpid());
  channel->send(lines[0].connection, std::string(100'000, 'x'));
  channel->finish(lines[0].connection);
  client.join();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->size(), 100'000);
  EXPECT_FALSE(ask_channel(folder / "none.sock", "status text"));
  EXPECT_FALSE(channel->listen_for_metrics("0.0.0.0:1"));
  EXPECT_FALSE(channel->listen_for_metrics("127.0.0.1:x"));
}

}  // namespace
}  // namespace tidemark
