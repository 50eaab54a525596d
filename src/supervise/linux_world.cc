#include "supervise/linux_world.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <random>
#include <thread>

#include "base/clock.h"
#include "host/control_group.h"
#include "host/process.h"
#include "preload/preload.h"
#include "supervise/holders.h"
#include "supervise/linux_control.h"
#include "supervise/pool_files.h"
#include "supervise/server_kind.h"

namespace tidemark {
namespace {

class LinuxClock final : public WorldClock {
 public:
  double now() override { return steady_seconds(); }
  double wall() override { return wall_seconds(); }
  void sleep(double seconds) override {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
};

class LinuxProcesses final : public WorldProcesses {
 public:
  int own_pid() override { return getpid(); }
  std::vector<ProcessInfo> list() override { return list_processes(this_machine()); }
  std::optional<ProcessInfo> read(int pid) override { return read_process(this_machine(), pid); }
  bool has_variable(int pid, const char* name) override {
    return tidemark::has_variable(pid, name);
  }
  ProcessorUse processor_use(int pid) override {
    return {.used = processor_seconds(pid), .starved = starved_seconds(pid)};
  }
  std::optional<ProportionalMemory> memory(int pid) override {
    return read_proportional_memory(this_machine(), pid);
  }
  ControlGroup control_group() override { return read_control_group(this_machine(), getpid()); }
};

class LinuxSockets final : public WorldSockets {
 public:
  // `launch`: what is started from now on gets the socket; as systemd hands it over, or not.
  LinuxSockets(LaunchSettings& launch, bool hand_over) : launch_(launch), hand_over_(hand_over) {}

  Result<ListeningSocket> listen(const std::string& host, int port) override {
    return keep(open_listener(host, port));
  }
  Result<ListeningSocket> copy_from(int pid, std::uint64_t inode) override {
    return keep(copy_listener(pid, inode));
  }
  QueueDepth queue() override {
    const QueueDepth queue = queue_depth(listener_);
    if (queue.limit != kBacklog) restore_backlog(listener_);
    return queue;
  }
  std::vector<Connection> connections(int port, SocketKind kind) override {
    return connections_of_port(port, kind);
  }
  std::set<std::uint64_t> inodes_of(int pid) override { return socket_inodes(pid); }
  bool holds(int pid, std::uint64_t inode) override {
    return descriptor_of(pid, inode).has_value();
  }

  [[nodiscard]] int descriptor() const { return listener_.socket.get(); }

 private:
  Result<ListeningSocket> keep(Result<Listener> listener) {
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
    launch_.port = listener_.port;
    if (hand_over_) launch_.listening = listener_.socket.get();
    return ListeningSocket{.inode = listener_.inode, .port = listener_.port};
  }

  LaunchSettings& launch_;
  bool hand_over_;
  Listener listener_;
};

class LinuxChannel final : public WorldChannel {
 public:
  LinuxChannel(Channel& channel, const LinuxSockets& sockets)
      : channel_(channel), sockets_(sockets) {}

  std::vector<ChannelLine> receive(std::vector<int>& closed) override {
    return channel_.receive(closed);
  }
  void send(int connection, std::string_view text) override { channel_.send(connection, text); }
  void send_listener(int connection) override {
    channel_.send_descriptor(connection, sockets_.descriptor());
  }
  void finish(int connection) override { channel_.finish(connection); }

 private:
  Channel& channel_;
  const LinuxSockets& sockets_;
};

class LinuxState final : public WorldState {
 public:
  explicit LinuxState(PoolFiles& files) : files_(files) {}
  std::optional<std::string> read() override { return files_.read_state(); }
  Result<void> write(const std::string& text) override { return files_.write_state(text); }

 private:
  PoolFiles& files_;
};

class LinuxEvents final : public WorldEvents {
 public:
  LinuxEvents(const Channel& channel, const LinuxControl& control)
      : channel_(channel), control_(control) {}

  // From now on these come as events. Children get them as ever (launch.h).
  void take_signals(const PoolSettings& settings) {
    sigset_t taken;
    sigemptyset(&taken);
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD}) sigaddset(&taken, signal);
    // What a server that keeps its own workers may know, and is passed on to it.
    if (settings.external) {
      for (const int signal : {SIGUSR1, SIGUSR2}) sigaddset(&taken, signal);
    }
    if (settings.attach == 0) {
      for (const int signal : {SIGTTIN, SIGTTOU}) sigaddset(&taken, signal);
    }
    sigprocmask(SIG_BLOCK, &taken, nullptr);
    signals_ = FileDescriptor(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  std::vector<int> wait(double seconds) override {
    std::vector<pollfd> waits;
    waits.push_back({.fd = signals_.get(), .events = POLLIN, .revents = 0});
    channel_.add_to(waits);
    control_.add_to(waits);
    poll(waits.data(), waits.size(), static_cast<int>(std::lround(seconds * 1000)));
    std::vector<int> signals;
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
      const int signal = static_cast<int>(info.ssi_signo);
      if (signal != SIGCHLD) signals.push_back(signal);
    }
    return signals;
  }

 private:
  const Channel& channel_;
  const LinuxControl& control_;
  FileDescriptor signals_;
};

// What a worker loads, as paths. Errors: where it could not take our socket.
Result<void> lay_out_preload(const PoolSettings& settings, LaunchSettings& launch,
                             std::vector<std::string>& notices) {
  if (settings.preload) {
    for (const auto& [path, name] : {std::pair{&launch.ruby_preload, "ruby/supervised.rb"},
                                     std::pair{&launch.node_preload, "node/supervised.js"}}) {
      if (auto file = preload_file(name)) {
        *path = *file;
      } else {
        notices.push_back("workers cannot be drained: " + file.error().message);
      }
    }
  }
  if (settings.external || settings.listen_fds) return {};
  auto library = preload_file("native/take_socket.so");
  if (!library) return std::unexpected(library.error());
  launch.library_preload = *library;
  return {};
}

}  // namespace

struct LinuxWorld::Parts {
  Parts(PoolFiles files_to_keep, const PoolSettings& settings)
      : files(std::move(files_to_keep)), sockets(control.launch, settings.listen_fds) {}

  PoolFiles files;
  std::vector<std::string> notices;
  LinuxClock clock;
  LinuxProcesses processes;
  LinuxControl control;
  LinuxSockets sockets;
  LinuxChannel channel{files.channel(), sockets};
  LinuxState state{files};
  LinuxEvents events{files.channel(), control};
};

LinuxWorld::LinuxWorld(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LinuxWorld::LinuxWorld(LinuxWorld&&) noexcept = default;
LinuxWorld& LinuxWorld::operator=(LinuxWorld&&) noexcept = default;
LinuxWorld::~LinuxWorld() = default;

Result<LinuxWorld> LinuxWorld::open(const PoolSettings& settings) {
  auto files = PoolFiles::open(settings.name);
  if (!files) return std::unexpected(files.error());
  if (!settings.metrics_listen.empty()) {
    auto listening = files->channel().listen_for_metrics(settings.metrics_listen);
    if (!listening) return std::unexpected(listening.error());
  }
  auto parts = std::make_unique<Parts>(std::move(*files), settings);
  parts->events.take_signals(settings);
  LaunchSettings& launch = parts->control.launch;
  launch.command = settings.command;
  launch.control_socket = parts->files.channel().path();
  auto laid_out = lay_out_preload(settings, launch, parts->notices);
  if (!laid_out) return std::unexpected(laid_out.error());
  return LinuxWorld(std::move(parts));
}

World LinuxWorld::world() {
  return {.clock = parts_->clock,
          .events = parts_->events,
          .processes = parts_->processes,
          .control = parts_->control,
          .sockets = parts_->sockets,
          .channel = parts_->channel,
          .state = parts_->state,
          .cpus = std::max(1U, std::thread::hardware_concurrency()),
          .seed = std::random_device{}(),
          .notices = parts_->notices};
}

void LinuxWorld::remove_files() { parts_->files.remove(); }

}  // namespace tidemark
