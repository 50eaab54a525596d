// The pool at work: descriptors, signals and clocks around the plain data of pool_view.h. Each
// turn of the loop takes in what happened, observes, decides (decide.h) and acts. One thread;
// nothing in it waits but the loop's own poll().
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/private_folder.h"
#include "base/result.h"
#include "supervise/channel.h"
#include "supervise/connections.h"
#include "supervise/decide.h"
#include "supervise/growth.h"
#include "supervise/launch.h"
#include "supervise/listener.h"
#include "supervise/run_pool.h"
#include "supervise/server_kind.h"
#include "supervise/state_file.h"

namespace tidemark {

// A process in which our part speaks.
struct Voice {
  int pid = 0;
  double served = 0;
  double busy = 0;
  double waiting = 0;
  double lag = 0;
  bool drains = false;
};

// A worker with what is needed to deal with it.
struct Member {
  Worker view;
  FileDescriptor handle;      // pidfd
  std::uint64_t started = 0;  // clock ticks since boot
  double born_wall = 0;       // seconds since 1970
  std::vector<int> pids;      // the process and all it started
  std::vector<int> servers;   // those that hold the socket and whose parent does not
  ServerKind kind = ServerKind::kOther;
  std::map<int, Voice> voices;  // by connection
  double served_before = 0;     // by voices that are gone
  double processor = -1;        // seconds, when last looked
  double processor_time = 0;
  double starved = 0;  // seconds, when last looked
  int quiet_looks = 0;
  bool asked_for_socket = false;
  bool warned = false;
  bool warm = false;
  Growth growth;
};

class Supervisor {
 public:
  Supervisor(const PoolSettings& settings, const PoolOutput& output);

  Result<int> run();

 private:
  // supervisor.cc: set-up, the loop, the end
  Result<void> set_up();
  Result<void> set_up_channel();
  Result<void> set_up_channel_in(const std::string& place);
  Result<void> set_up_external();
  Result<void> take_over(const std::string& text);
  void loop();
  void take_signals();
  void take_lines();
  void take_line(const ChannelLine& line);
  void collect_children();
  void member_ended(std::size_t index, const std::string& how);
  void failed_start(const std::string& why);
  void save_state();
  void pass_on(int signal);

  // supervisor_observe.cc: what is going on
  void observe();
  void observe_processes();
  void observe_cluster(const std::vector<ProcessInfo>& processes);
  void observe_memory();
  void observe_load();
  void observe_connections();
  void observe_voices(Member& member);
  void look_whether_ready(Member& member);
  void became_ready(Member& member, const char* proof);
  void find_servers(Member& member, const std::vector<ProcessInfo>& processes);
  void warn_of_silence(Member& member);
  void settle_recycles();
  [[nodiscard]] PoolView state() const;
  [[nodiscard]] PoolStatus status() const;
  [[nodiscard]] bool in_transition() const;
  [[nodiscard]] bool queue_is_stuck();

  // supervisor_act.cc: what is done
  void act(const Action& action);
  void start_worker(const Action& action);
  void drain_worker(Member& member, const Action& action, const char* order);
  void stop_worker(Member& member, const Action& action);
  void kill_worker(Member& member, const Action& action);
  void remember_recycle(const Member& member);

  void say(const std::string& line, bool alarm = false);
  [[nodiscard]] double now() const;
  Member* find(int number);
  Member* member_of(int pid);
  [[nodiscard]] std::string file(const char* suffix) const;

  const PoolSettings settings_;
  const PoolOutput& output_;
  PrivateFolder folder_;
  FileDescriptor lock_;
  bool lock_taken_ = false;
  FileDescriptor signals_;
  Listener listener_;
  Channel channel_;
  LaunchSettings launch_;
  std::vector<Member> members_;
  PoolView pool_;  // its workers are those of members_
  int next_number_ = 1;
  bool done_ = false;
  std::string fatal_;
  int exit_code_ = 0;

  // external
  FileDescriptor master_;
  int master_pid_ = 0;
  bool master_is_child_ = false;
  bool master_told_ = false;
  bool master_killed_ = false;
  bool master_warned_ = false;
  int port_ = 0;  // whose connections are counted
  ServerKind cluster_ = ServerKind::kOther;
  bool cluster_seen_ = false;

  double begun_ = 0;
  double looked_at_processes_ = -1e9;
  double looked_at_load_ = -1e9;
  double looked_at_memory_ = -1e9;
  double stuck_since_ = -1;
  double stuck_served_ = 0;
  double queue_limit_ = 0;
  double own_memory_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t replaced_ = 0;
  std::uint64_t crashed_ = 0;
  double served_before_ = 0;
  bool said_no_drain_ = false;
  bool said_no_state_ = false;
  std::vector<int> to_replace_;         // asked for by SIGHUP, by number
  std::map<int, Voice> strangers_;      // whose worker is not known yet, by connection
  std::vector<Recycle> open_recycles_;  // whose new worker is not warm yet
  std::deque<std::string> decisions_;
  std::mt19937 random_;
};

}  // namespace tidemark
