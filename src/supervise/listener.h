// The listening socket that the pool owns and its workers accept from. As long as anybody holds it,
// connections wait in its queue and none is refused, whichever process ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

struct Listener {
  FileDescriptor socket;
  std::uint64_t inode = 0;  // how /proc names it
  int port = 0;             // the one asked for, or the one that the system chose for 0
};

inline constexpr int kBacklog = 1024;

// Binds and listens; IPv4 or IPv6 by the form of `host`, a numeric address. Errors: kIo; where the
// port is taken, with the process that has it.
Result<Listener> open_listener(const std::string& host, int port);
// Of a socket that is open already.
Result<Listener> take_listener(FileDescriptor socket);
// Takes it out of a process of this user (pidfd_getfd), which goes on holding it. Errors: kIo when
// the kernel refuses, as it does where processes may not be traced (yama, a container).
Result<Listener> copy_listener(int pid, std::uint64_t inode);

struct QueueDepth {
  double waiting = 0;  // connections to be accepted
  double limit = 0;    // the backlog
};
QueueDepth queue_depth(const Listener& listener);
// Servers call listen() again and change the backlog for everybody.
void restore_backlog(const Listener& listener);

// The process that listens on this port, as "puma (pid 17)"; none when it cannot be told.
std::optional<std::string> who_listens(int port);

}  // namespace tidemark
