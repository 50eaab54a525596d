// Which TCP ports a process itself listens on: never those of another process with the same port
// in mind, such as a cluster's other workers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

struct ListeningPort {
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  bool six = false;  // IPv6
  friend bool operator==(const ListeningPort&, const ListeningPort&) = default;
};

// Inodes of all sockets that the process has open; none when we may not look.
std::set<std::uint64_t> open_sockets(pid_t pid);

// The listening sockets in the text of /proc/PID/net/tcp or tcp6.
std::vector<ListeningPort> parse_listening(std::string_view text, bool six);

// Those whose socket the process has open.
std::vector<ListeningPort> listening_ports(pid_t pid);

// A connection to a loopback port in the process's network namespace. Errors: kIo, kUnsupported
// when that namespace may not be entered.
Result<FileDescriptor> connect_in_namespace(pid_t pid, const ListeningPort& port);

}  // namespace tidemark
