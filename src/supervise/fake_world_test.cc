#include "supervise/fake_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace tidemark {
namespace {

constexpr double kStep = 0.05;  // seconds; how finely time passes
constexpr double kWallOffset = 1.7e9;
constexpr std::uint64_t kClientInodes = 1'000'000;

bool booted(const FakeProcess& process, double time) {
  return time - process.born >= process.script.boots;
}

bool holds_socket(const FakeProcess& process, double time) {
  return booted(process, time) && process.script.takes_socket;
}

int clients_of(const FakeProcess& process, double time) {
  if (!holds_socket(process, time)) return 0;
  const bool gone = process.drained_at >= 0 && time >= process.drained_at;
  return gone ? 0 : process.script.clients;
}

}  // namespace

void FakeMachine::pass(double seconds) {
  const double until = time + seconds;
  while (time < until) {
    time = std::min(until, time + kStep);
    pass_moment();
  }
}

void FakeMachine::pass_moment() {
  for (const int pid : pids()) {
    FakeProcess& process = processes[pid];
    if (pid == master && process.ends_at < 0) continue;
    if (process.script.crashes >= 0 && time - process.born >= process.script.crashes) {
      crash(pid, process.script.crash_status);
    } else if (process.ends_at >= 0 && time >= process.ends_at) {
      end(pid, process.end_status);
    } else if (pid != master) {
      run_part(process);
    }
  }
  std::erase_if(master_starts_, [this](double at) {
    if (time < at || !processes.contains(master)) return false;
    start_app(master, {fmt::format("puma: cluster worker {}: {} [app]", apps_, master)});
    return true;
  });
}

void FakeMachine::run_part(FakeProcess& process) {
  const auto say = [&](const std::string& text) {
    lines.push_back({.connection = process.connection, .pid = process.info.pid, .text = text});
  };
  if (!process.script.speaks || !booted(process, time)) return;
  if (process.connection == 0) {
    process.connection = next_connection_++;
    say("hello 1");
    process.reported = 0;
  }
  if (process.told_to_drain && !process.said_draining) {
    process.said_draining = true;
    say("draining");
  }
  if (time - process.reported < 1) return;
  process.reported = time;
  const double served = process.script.served * (time - process.born - process.script.boots);
  say(fmt::format("stats served={:.0f} busy=0 waiting=0 lag=0", served));
}

FakeProcess& FakeMachine::start_app(int parent, std::vector<std::string> arguments) {
  const int pid = next_pid_++;
  FakeProcess& process = processes[pid];
  process.info.pid = pid;
  process.info.parent = parent;
  process.info.started = static_cast<std::uint64_t>(time * 100);
  process.info.command = arguments[0];
  process.info.arguments = std::move(arguments);
  process.script = next_app(++apps_);
  process.born = time;
  process.child = parent == kOwnPid;
  return process;
}

int FakeMachine::start_master(int workers) {
  FakeProcess& process = start_app(1, {"puma"});
  process.script = AppScript{};
  adopt_master(process.info.pid, workers);
  return master;
}

void FakeMachine::adopt_master(int pid, int workers) {
  FakeProcess& process = processes[pid];
  process.info.arguments = {"puma 5.6.5 (tcp://0.0.0.0:3000) [app]"};
  process.script.speaks = false;
  process.script.clients = 0;
  master = pid;
  apps_ = 0;
  for (int i = 0; i < workers; ++i) master_starts_.push_back(time);
}

void FakeMachine::crash(int pid, int status) {
  ++unasked_ends;
  end(pid, status);
}

void FakeMachine::end(int pid, int status) {
  const auto found = processes.find(pid);
  if (found == processes.end()) return;
  const FakeProcess process = found->second;
  processes.erase(found);
  if (process.child) {
    ended_.push_back({.pid = pid, .status = status});
  } else if (process.watched) {
    ended_.push_back({.pid = pid, .status = {}});
  }
  if (process.connection != 0) closed_.push_back(process.connection);
  if (pid == master) {
    for (const int other : pids()) {
      if (processes[other].info.parent == master) end(other, 0);
    }
  } else if (process.info.parent == master && master != 0 && master_restarts >= 0) {
    master_starts_.push_back(time + master_restarts);
  }
}

void FakeMachine::forget_connections() {
  lines.clear();
  closed_.clear();
  ended_.clear();
  sent.clear();
  for (auto& [pid, process] : processes) {
    process.connection = 0;
    process.watched = false;
    process.child = false;
    process.info.parent = process.info.parent == kOwnPid ? 1 : process.info.parent;
  }
}

void FakeMachine::tell(int connection, const std::string& text) {
  sent[connection] += text;
  if (text != "drain\n" && text != "finish\n") return;
  for (auto& [pid, process] : processes) {
    if (process.connection != connection || process.drained_at >= 0) continue;
    process.told_to_drain = text == "drain\n";
    process.drained_at = process.script.drains < 0 ? 1e18 : time + process.script.drains;
  }
}

bool FakeMachine::deliver(int pid, int signal) {
  const auto found = processes.find(pid);
  if (found == processes.end()) return false;
  FakeProcess& process = found->second;
  if (signal == SIGKILL) {
    process.ends_at = time;
    process.end_status = SIGKILL;
  } else if ((signal == SIGTERM || signal == SIGQUIT) && process.script.stops >= 0) {
    process.ends_at = process.ends_at < 0 ? time + process.script.stops : process.ends_at;
  }
  process.told_to_drain = true;  // it accepts no more
  return true;
}

int FakeMachine::accepting() const {
  return static_cast<int>(
      std::count_if(processes.begin(), processes.end(), [this](const auto& one) {
        return one.first != master && holds_socket(one.second, time) && !one.second.told_to_drain;
      }));
}

std::vector<int> FakeMachine::pids() const {
  std::vector<int> all;
  for (const auto& [pid, process] : processes) all.push_back(pid);
  return all;
}

struct FakeWorld::Parts {
  explicit Parts(FakeMachine& machine_to_use) : machine(machine_to_use) {}

  struct Clock final : WorldClock {
    explicit Clock(FakeMachine& on) : machine(on) {}
    double now() override { return machine.time; }
    double wall() override { return kWallOffset + machine.time; }
    void sleep(double seconds) override { machine.pass(seconds); }
    FakeMachine& machine;
  };

  struct Events final : WorldEvents {
    explicit Events(FakeMachine& on) : machine(on) {}
    std::vector<int> wait(double seconds) override {
      machine.pass(machine.waiting ? machine.waiting(seconds) : seconds);
      return std::exchange(machine.signals, {});
    }
    FakeMachine& machine;
  };

  struct Processes final : WorldProcesses {
    explicit Processes(FakeMachine& on) : machine(on) {}
    int own_pid() override { return FakeMachine::kOwnPid; }
    std::vector<ProcessInfo> list() override {
      std::vector<ProcessInfo> all;
      for (const auto& [pid, process] : machine.processes) all.push_back(process.info);
      return all;
    }
    std::optional<ProcessInfo> read(int pid) override {
      const auto found = machine.processes.find(pid);
      if (found == machine.processes.end()) return std::nullopt;
      return found->second.info;
    }
    bool has_variable(int /*pid*/, const char* /*name*/) override { return false; }
    ProcessorUse processor_use(int pid) override {
      const auto found = machine.processes.find(pid);
      if (found == machine.processes.end()) return {};
      const AppScript& script = found->second.script;
      const double age = machine.time - found->second.born;
      const double booting = std::min(age, script.boots);
      return {.used = booting + (age - booting) * script.cpu, .starved = 0};
    }
    std::optional<ProportionalMemory> memory(int pid) override {
      if (pid == FakeMachine::kOwnPid) return ProportionalMemory{.proportional = 3e6};
      const auto found = machine.processes.find(pid);
      if (found == machine.processes.end()) return std::nullopt;
      const AppScript& script = found->second.script;
      const double leaked = script.leak * (machine.time - found->second.born);
      return ProportionalMemory{.proportional = script.memory + leaked,
                                .unique = 0.8 * script.memory + leaked};
    }
    ControlGroup control_group() override {
      ControlGroup group;
      group.limit = machine.group_limit;
      return group;
    }
    FakeMachine& machine;
  };

  struct Control final : WorldControl {
    explicit Control(FakeMachine& on) : machine(on) {}
    Result<int> start() override {
      if (machine.start_error) return std::unexpected(*machine.start_error);
      FakeProcess& process = machine.start_app(FakeMachine::kOwnPid, {"node", "app.js"});
      process.watched = true;
      return process.info.pid;
    }
    void watch(int pid) override { machine.processes[pid].watched = true; }
    std::vector<EndedProcess> take_ended() override { return std::exchange(machine.ended_, {}); }
    bool signal(int pid, int signal) override {
      machine.done.push_back(fmt::format("SIG{} {}", sigabbrev_np(signal), pid));
      return machine.deliver(pid, signal);
    }
    void signal_group(int pid, int signal) override {
      machine.done.push_back(fmt::format("group SIG{} {}", sigabbrev_np(signal), pid));
      machine.deliver(pid, signal);
    }
    FakeMachine& machine;
  };

  struct Sockets final : WorldSockets {
    explicit Sockets(FakeMachine& on) : machine(on) {}
    Result<ListeningSocket> listen(const std::string& /*host*/, int port) override {
      if (machine.listen_error) return std::unexpected(*machine.listen_error);
      machine.done.emplace_back("listen");
      return ListeningSocket{.inode = FakeMachine::kInode, .port = port};
    }
    Result<ListeningSocket> copy_from(int pid, std::uint64_t inode) override {
      if (machine.copy_error) return std::unexpected(*machine.copy_error);
      if (!holds(pid, inode)) return fail(ErrorCode::kNotFound, "it does not hold the socket");
      return ListeningSocket{.inode = inode, .port = FakeMachine::kPort};
    }
    QueueDepth queue() override { return {.waiting = machine.queue, .limit = kBacklog}; }
    std::vector<Connection> connections(int port, SocketKind kind) override {
      std::vector<Connection> all;
      for (const auto& [pid, process] : machine.processes) {
        if (kind == SocketKind::kListening) {
          if (process.script.own_port != 0 && booted(process, machine.time)) {
            all.push_back({.inode = own_inode(pid), .port = process.script.own_port});
          }
          continue;
        }
        for (int i = 0; i < clients_of(process, machine.time); ++i) {
          all.push_back({.inode = client_inode(pid, i), .port = port});
        }
      }
      if (kind == SocketKind::kListening) {
        all.push_back({.inode = FakeMachine::kInode, .port = FakeMachine::kPort});
      }
      return all;
    }
    std::set<std::uint64_t> inodes_of(int pid) override {
      std::set<std::uint64_t> inodes;
      const auto found = machine.processes.find(pid);
      if (found == machine.processes.end()) return inodes;
      const FakeProcess& process = found->second;
      if (holds(pid, FakeMachine::kInode)) inodes.insert(FakeMachine::kInode);
      if (process.script.own_port != 0) inodes.insert(own_inode(pid));
      for (int i = 0; i < clients_of(process, machine.time); ++i) {
        inodes.insert(client_inode(pid, i));
      }
      return inodes;
    }
    bool holds(int pid, std::uint64_t inode) override {
      const auto found = machine.processes.find(pid);
      return found != machine.processes.end() && inode == FakeMachine::kInode &&
             holds_socket(found->second, machine.time);
    }
    static std::uint64_t client_inode(int pid, int number) {
      return kClientInodes + static_cast<std::uint64_t>(pid) * 100 +
             static_cast<std::uint64_t>(number);
    }
    static std::uint64_t own_inode(int pid) { return 10'000 + static_cast<std::uint64_t>(pid); }
    FakeMachine& machine;
  };

  struct Messages final : WorldChannel {
    explicit Messages(FakeMachine& on) : machine(on) {}
    std::vector<ChannelLine> receive(std::vector<int>& closed) override {
      closed = std::exchange(machine.closed_, {});
      return std::exchange(machine.lines, {});
    }
    void send(int connection, std::string_view text) override {
      machine.tell(connection, std::string(text));
    }
    void send_listener(int connection) override {
      machine.done.push_back(fmt::format("socket to {}", connection));
    }
    void finish(int connection) override {
      machine.done.push_back(fmt::format("finish {}", connection));
    }
    FakeMachine& machine;
  };

  struct State final : WorldState {
    explicit State(FakeMachine& on) : machine(on) {}
    std::optional<std::string> read() override { return machine.state; }
    Result<void> write(const std::string& text) override {
      if (machine.state_error) return std::unexpected(*machine.state_error);
      machine.state = text;
      return {};
    }
    FakeMachine& machine;
  };

  FakeMachine& machine;
  Clock clock{machine};
  Events events{machine};
  Processes processes{machine};
  Control control{machine};
  Sockets sockets{machine};
  Messages channel{machine};
  State state{machine};
};

FakeWorld::FakeWorld(FakeMachine& machine) : parts_(std::make_unique<Parts>(machine)) {}
FakeWorld::~FakeWorld() = default;

World FakeWorld::world() {
  return {.clock = parts_->clock,
          .events = parts_->events,
          .processes = parts_->processes,
          .control = parts_->control,
          .sockets = parts_->sockets,
          .channel = parts_->channel,
          .state = parts_->state,
          .cpus = 8,
          .seed = 1,
          .notices = {}};
}

FakeRun::FakeRun(FakeMachine& machine, const PoolSettings& settings)
    : machine_(machine), world_(machine), settings_(settings) {
  machine.forget_connections();
  output_.say = [this](std::string_view line, bool alarm) {
    said_.push_back(fmt::format("{:.2f} {}{}", machine_.time, alarm ? "! " : "", line));
  };
  output_.render = [](const PoolStatus& status, std::string_view format) {
    return fmt::format("{} of {} workers", format, status.state.workers.size());
  };
  supervisor_ = std::make_unique<Supervisor>(settings_, output_, world_.world());
  ready = supervisor_->set_up();
}

void FakeRun::turn_for(double seconds, const std::function<void()>& check) {
  const double until = machine_.time + seconds;
  while (machine_.time < until && !done()) {
    supervisor_->turn();
    if (check) check();
  }
}

bool FakeRun::wait_for(const std::string& text, double seconds) {
  const double until = machine_.time + seconds;
  while (!said(text) && machine_.time < until && !done()) supervisor_->turn();
  return said(text);
}

bool FakeRun::said(const std::string& text) const { return times_said(text) > 0; }

int FakeRun::times_said(const std::string& text) const {
  return static_cast<int>(std::count_if(
      said_.begin(), said_.end(),
      [&text](const std::string& line) { return line.find(text) != std::string::npos; }));
}

std::string FakeRun::log() const {
  std::string all = "\n";
  for (const std::string& line : said_) all += line + '\n';
  return all;
}

std::vector<const Worker*> FakeRun::in_phase(WorkerPhase phase) const {
  std::vector<const Worker*> all;
  for (const Member& member : pool().members) {
    if (member.view.phase == phase) all.push_back(&member.view);
  }
  return all;
}

PoolSettings fake_settings(int workers) {
  PoolSettings settings;
  settings.command = {"node", "app.js"};
  settings.name = "test";
  settings.port = FakeMachine::kPort;
  settings.min_workers = settings.max_workers = workers;
  settings.min_life = 0;
  settings.pause = 0;
  settings.sample = 1;
  return settings;
}

}  // namespace tidemark
