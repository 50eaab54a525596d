// A machine for tests, whose clock and processes are a script: what the pool does to it has the
// effect that it would have, at the time that the script says. Nothing runs and nothing waits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "supervise/supervisor.h"
#include "supervise/world.h"

namespace tidemark {

// How one process of an app behaves. Seconds and bytes; -1: never.
struct AppScript {
  double boots = 0.4;  // until it accepts, on a whole processor until then
  bool takes_socket = true;
  int own_port = 0;      // that it listens on, beside our socket or in its place
  bool speaks = true;    // it holds the part that drains
  double drains = 0.2;   // until all its clients have gone, when it is told
  int clients = 1;       // that stay connected until then
  double stops = 0.1;    // from its signal to its end
  double crashes = -1;   // after its start
  int crash_status = 9;  // as of wait(); by default by SIGKILL
  double cpu = 0.01;     // cores, when it has booted
  double served = 0;     // requests a second
  double memory = 50e6;
  double leak = 0;  // a second
};

struct FakeProcess {
  ProcessInfo info;
  AppScript script;
  double born = 0;
  bool child = false;  // of tidemark's
  bool watched = false;
  bool told_to_drain = false;
  double drained_at = -1;  // -1: it has not been told
  bool said_draining = false;
  double ends_at = -1;
  int end_status = 0;
  int connection = 0;  // over which its part speaks
  double reported = 0;
};

class FakeMachine {
 public:
  static constexpr int kOwnPid = 50;
  static constexpr std::uint64_t kInode = 4242;
  static constexpr int kPort = 3000;

  // What the script decides.
  std::function<AppScript(int count)> next_app = [](int /*count*/) { return AppScript{}; };
  std::optional<Error> start_error;
  std::optional<Error> listen_error;
  std::optional<Error> copy_error;
  std::optional<Error> state_error;
  std::optional<std::string> state;
  double queue = 0;                       // connections that wait
  std::optional<double> group_limit;      // bytes
  std::vector<int> signals;               // that tidemark is sent, taken with the next wait
  std::vector<ChannelLine> lines;         // that somebody else sends
  std::function<double(double)> waiting;  // how much of a wait passes; none: all of it
  // External: the server starts a worker in place of one that ends, so much later; -1: it does not.
  double master_restarts = 0.5;
  int master = 0;

  // What has come of it.
  std::map<int, FakeProcess> processes;
  std::vector<std::string> done;    // "SIGTERM 101", "group SIGKILL 101", "listen", "socket to 7"
  std::map<int, std::string> sent;  // by connection
  int unasked_ends = 0;
  double time = 1000;

  // Passes time: boots, drains, reports and ends what is due.
  void pass(double seconds);
  FakeProcess& start_app(int parent, std::vector<std::string> arguments);
  // A server that keeps this many workers of its own.
  int start_master(int workers);
  // Of one that tidemark has started.
  void adopt_master(int pid, int workers);
  // Ends a process that nobody has asked to.
  void crash(int pid, int status);
  // As when tidemark has died: apps go on as orphans and look for the next one.
  void forget_connections();
  // Workers that accept connections now.
  [[nodiscard]] int accepting() const;
  [[nodiscard]] std::vector<int> pids() const;

 private:
  friend class FakeWorld;

  void pass_moment();
  void end(int pid, int status);
  void tell(int connection, const std::string& text);
  bool deliver(int pid, int signal);
  void run_part(FakeProcess& process);

  std::vector<EndedProcess> ended_;
  std::vector<int> closed_;
  std::vector<double> master_starts_;  // when the server starts another worker
  int next_pid_ = 101;
  int next_connection_ = 1;
  int apps_ = 0;
};

// The interfaces onto a machine.
class FakeWorld {
 public:
  explicit FakeWorld(FakeMachine& machine);
  ~FakeWorld();
  FakeWorld(const FakeWorld&) = delete;
  FakeWorld& operator=(const FakeWorld&) = delete;

  [[nodiscard]] World world();

  struct Parts;

 private:
  std::unique_ptr<Parts> parts_;
};

// A supervisor at work on a machine, and what it says.
class FakeRun {
 public:
  FakeRun(FakeMachine& machine, const PoolSettings& settings);

  // Turns for so long, `check` after each; until the end at most.
  void turn_for(double seconds, const std::function<void()>& check = nullptr);
  // Turns until the log holds `text`, for a minute at most; was it said?
  bool wait_for(const std::string& text, double seconds = 60);
  [[nodiscard]] bool said(const std::string& text) const;
  [[nodiscard]] int times_said(const std::string& text) const;
  [[nodiscard]] std::string log() const;
  [[nodiscard]] std::vector<const Worker*> in_phase(WorkerPhase phase) const;
  [[nodiscard]] const WorkerPool& pool() const { return supervisor_->pool(); }
  [[nodiscard]] bool done() const { return pool().outcome.done; }
  // When it has ended.
  Result<int> result() { return supervisor_->run(); }

  Result<void> ready;

 private:
  FakeMachine& machine_;
  FakeWorld world_;
  PoolSettings settings_;
  PoolOutput output_;
  std::vector<std::string> said_;
  std::unique_ptr<Supervisor> supervisor_;
};

// Two workers, none replaced but when it is asked for.
PoolSettings fake_settings(int workers = 2);

}  // namespace tidemark
