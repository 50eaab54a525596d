// What the pool sees and does outside of itself. All that `tidemark run` reads from the system and
// does to it goes through these interfaces, so that its rules can be tested against a world whose
// clock and processes are a script; linux_world.h is the real one.
//
// The pid of a process that was started or watched stands for that process: no signal reaches
// another one that got the number later. Nothing waits but WorldEvents::wait() and
// WorldClock::sleep(). Not thread-safe: one thread owns it all.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/control_group.h"
#include "host/process.h"
#include "supervise/channel.h"
#include "supervise/connections.h"
#include "supervise/listener.h"

namespace tidemark {

class WorldClock {
 public:
  virtual ~WorldClock() = default;
  virtual double now() = 0;   // seconds, on a clock that is never set
  virtual double wall() = 0;  // seconds since 1970
  virtual void sleep(double seconds) = 0;
};

// When to look again.
class WorldEvents {
 public:
  virtual ~WorldEvents() = default;
  // Returns when a signal or a line has come or a process has ended, at the latest after so many
  // seconds. The signals that tidemark itself was sent since, SIGCHLD left out.
  virtual std::vector<int> wait(double seconds) = 0;
};

// Of a process since it began, in seconds.
struct ProcessorUse {
  double used = 0;
  double starved = 0;  // its first thread was ready to run and had no processor
};

// The processes of this machine; reading changes nothing.
class WorldProcesses {
 public:
  virtual ~WorldProcesses() = default;
  virtual int own_pid() = 0;
  virtual std::vector<ProcessInfo> list() = 0;
  virtual std::optional<ProcessInfo> read(int pid) = 0;
  virtual bool has_variable(int pid, const char* name) = 0;
  virtual ProcessorUse processor_use(int pid) = 0;
  virtual std::optional<ProportionalMemory> memory(int pid) = 0;
  virtual ControlGroup control_group() = 0;  // tidemark's own
};

struct EndedProcess {
  int pid = 0;
  std::optional<int> status;  // as of wait(); none: it was no child of ours
};

// What is done to processes.
class WorldControl {
 public:
  virtual ~WorldControl() = default;
  // Starts the command, which gets our socket and the part that drains, in a process group of its
  // own; its pid, watched. Errors: kIo when it cannot be run.
  virtual Result<int> start() = 0;
  // From now on take_ended() tells of it.
  virtual void watch(int pid) = 0;
  // Children of ours, started or inherited, and watched ones that have ended since.
  virtual std::vector<EndedProcess> take_ended() = 0;
  // False when there is no such process.
  virtual bool signal(int pid, int signal) = 0;
  virtual void signal_group(int pid, int signal) = 0;
};

struct ListeningSocket {
  std::uint64_t inode = 0;  // 0: there is none
  int port = 0;
};

// The socket that workers accept from, and who is connected.
class WorldSockets {
 public:
  virtual ~WorldSockets() = default;
  // Errors: kUsage for the host, kIo with who has the port.
  virtual Result<ListeningSocket> listen(const std::string& host, int port) = 0;
  // The same out of a process that holds it. Errors: kNotFound, kIo.
  virtual Result<ListeningSocket> copy_from(int pid, std::uint64_t inode) = 0;
  // Of our socket, whose backlog is put back where a server has changed it.
  virtual QueueDepth queue() = 0;
  virtual std::vector<Connection> connections(int port, SocketKind kind) = 0;
  virtual std::set<std::uint64_t> inodes_of(int pid) = 0;
  virtual bool holds(int pid, std::uint64_t inode) = 0;
};

// The parts inside apps, and who asks for the status; see channel.h.
class WorldChannel {
 public:
  virtual ~WorldChannel() = default;
  virtual std::vector<ChannelLine> receive(std::vector<int>& closed) = 0;
  virtual void send(int connection, std::string_view text) = 0;
  virtual void send_listener(int connection) = 0;
  virtual void finish(int connection) = 0;
};

// What is kept for the tidemark after this one; see state_file.h.
class WorldState {
 public:
  virtual ~WorldState() = default;
  virtual std::optional<std::string> read() = 0;
  virtual Result<void> write(const std::string& text) = 0;
};

struct World {
  WorldClock& clock;
  WorldEvents& events;
  WorldProcesses& processes;
  WorldControl& control;
  WorldSockets& sockets;
  WorldChannel& channel;
  WorldState& state;
  unsigned cpus = 1;
  unsigned seed = 1;                 // of what is left to chance
  std::vector<std::string> notices;  // what is not as it should be, to be said
};

}  // namespace tidemark
