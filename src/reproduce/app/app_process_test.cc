#include "reproduce/app/app_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/small_file.h"
#include "host/host.h"
#include "host/process.h"
#include "reproduce/app/app_port.h"
#include "support/temporary_folder.h"

namespace tidemark {
namespace {

bool runs(pid_t pid) {
  const auto status = read_status(this_machine(), pid);
  return status && status->state != 'Z';
}

template <class Condition>
bool soon(const Condition& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// A shell that starts one child in a session of its own, one that hears no SIGTERM, and waits.
AppCommand family(const TemporaryFolder& folder) {
  return {
      .words =
          {"sh", "-c",
           "setsid sleep 1000 & sh -c 'trap \"\" TERM; sleep 1000; sleep 1000' & echo up; wait"},
      .environment = {},
      .log = folder / "log",
      .patience = 0.2};
}

std::vector<pid_t> whole_family(const AppProcess& app) {
  std::vector<pid_t> all;
  EXPECT_TRUE(soon([&] {
    all = app.processes();
    return all.size() >= 4;
  }));
  return all;
}

TEST(AppProcess, EndsWithAllThatItStarted) {
  const TemporaryFolder folder;
  auto app = AppProcess::start(family(folder));
  ASSERT_TRUE(app);
  const auto all = whole_family(*app);
  EXPECT_FALSE(app->ended());
  app->stop();
  for (const pid_t pid : all) EXPECT_FALSE(runs(pid)) << pid;
}

// What a killed tidemark leaves: nothing.
TEST(AppProcess, EndsWhenItsOwnerIsKilled) {
  const TemporaryFolder folder;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t owner = fork();
  if (owner == 0) {
    auto app = AppProcess::start(family(folder));
    std::vector<pid_t> all;
    soon([&] {
      all = app->processes();
      return all.size() >= 4;
    });
    all.resize(8, 0);
    if (write(ends[1], all.data(), 8 * sizeof(pid_t)) < 0) _exit(1);
    pause();
    _exit(0);
  }
  std::vector<pid_t> all(8, 0);
  ASSERT_EQ(read(ends[0], all.data(), 8 * sizeof(pid_t)), static_cast<ssize_t>(8 * sizeof(pid_t)));
  close(ends[0]);
  close(ends[1]);
  std::erase(all, 0);
  EXPECT_GE(all.size(), 4);
  kill(owner, SIGKILL);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(soon([&] { return std::ranges::none_of(all, runs); }));
}

TEST(AppProcess, EndsWhenItsKeeperIsKilled) {
  const TemporaryFolder folder;
  auto app = AppProcess::start(family(folder));
  ASSERT_TRUE(app);
  const auto all = whole_family(*app);
  kill(read_status(this_machine(), app->pid())->parent, SIGKILL);
  EXPECT_TRUE(soon([&] { return app->ended().has_value(); }));
  app->stop();
  // But for the one that left the session, which nobody can tell from others any more.
  EXPECT_FALSE(runs(app->pid()));
  const auto alive = std::ranges::count_if(all, runs);
  EXPECT_LE(alive, 1);
  for (const pid_t pid : all) kill(pid, SIGKILL);
}

TEST(AppProcess, SaysHowItEnded) {
  const TemporaryFolder folder;
  auto app = AppProcess::start({.words = {"sh", "-c", "echo $GREETING; exit 7"},
                                .environment = {{"GREETING", "hello"}},
                                .log = folder / "log"});
  ASSERT_TRUE(app);
  EXPECT_TRUE(soon([&] { return app->ended().has_value(); }));
  EXPECT_EQ(*app->ended(), "exit code 7");
  EXPECT_EQ(read_small_file(folder / "log").value(), "hello\n");
}

TEST(AppProcess, RefusesWhatIsNoProgram) {
  const TemporaryFolder folder;
  const auto app =
      AppProcess::start({.words = {"no-such-program"}, .environment = {}, .log = folder / "log"});
  ASSERT_FALSE(app);
  EXPECT_EQ(app.error().code, ErrorCode::kNotFound);
}

TEST(AppPort, IsReadFromWhatServersSay) {
  using Ports = std::vector<std::uint16_t>;
  EXPECT_EQ(ports_in_text("* Listening on http://127.0.0.1:9292\n"), Ports{9292});
  EXPECT_EQ(ports_in_text("App listening on port 3000!"), Ports{3000});
  EXPECT_EQ(ports_in_text("WEBrick::HTTPServer#start: pid=31 port=4567 at 12:30:45"),
            (Ports{4567, 30, 45}));
  EXPECT_EQ(ports_in_text("Puma 5.6.5, Ruby 3.1.2, 99999, :99999999999999999999"), Ports{});
}

TEST(AppPort, SaysWhyTheAppDidNotStart) {
  const TemporaryFolder folder;
  const std::string log = folder / "log";
  auto app = AppProcess::start(
      {.words = {"sh", "-c", "echo cannot load such file; exit 1"}, .environment = {}, .log = log});
  ASSERT_TRUE(app);
  ReadinessCheck check;
  check.log = log;
  check.request.target = "/";
  check.processes = [&] { return app->processes(); };
  check.ended = [&] { return app->ended(); };
  Monitor monitor;
  const auto server = wait_until_ready(check, monitor);
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().message.find("exit code 1"), std::string::npos);
  EXPECT_NE(server.error().message.find("cannot load such file"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
