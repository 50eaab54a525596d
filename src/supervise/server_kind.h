// Which web server a process is, and how each wants its workers to be stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "host/process.h"

namespace tidemark {

enum class ServerKind : std::uint8_t {
  kPuma,
  kUnicorn,
  kPitchfork,
  kGunicorn,
  kThin,
  kNode,  // a cluster of its own, or PM2
  kOther,
};

const char* server_name(ServerKind kind);

// The signal after which it finishes what it has begun, as its own manual says.
int graceful_signal(ServerKind kind);

ServerKind kind_of_server(const ProcessInfo& process);

// A server that keeps its own workers.
struct Cluster {
  ServerKind kind = ServerKind::kOther;
  int master = 0;  // 0: none was found
  std::vector<int> workers;
};

// Among these processes, a server and all that it started. `has_variable(pid, name)`: does its
// environment hold this variable? (Node marks its workers so.)
Cluster find_cluster(const std::vector<ProcessInfo>& processes,
                     const std::function<bool(int, const char*)>& has_variable);
// The same by /proc/PID/environ.
bool has_variable(int pid, const char* name);

}  // namespace tidemark
