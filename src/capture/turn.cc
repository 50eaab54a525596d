#include "capture/turn.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

// A name in the kernel's abstract socket space: taken by one process at a time, and given back by
// the kernel when that ends, however it does. Zero, or the errno of what failed.
int take_name(const std::string& name, FileDescriptor& out) {
  out = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (!out.open()) return errno;
  return bind(out.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
}

Result<FileDescriptor> wait_for_name(const std::string& name, const std::string& busy,
                                     const Monitor& monitor, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (true) {
    FileDescriptor taken;
    const int problem = take_name(name, taken);
    if (problem == 0) return taken;
    if (problem != EADDRINUSE) return FileDescriptor();  // no sockets here: nothing to keep apart
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    if (Clock::now() >= deadline) {
      return fail(ErrorCode::kUnsupported, busy,
                  "one copy at a time is gentle: wait until it is done; one that was killed is "
                  "cleared up after within seconds");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Result<FileDescriptor> take_turn(const Monitor& monitor, std::chrono::milliseconds patience) {
  return wait_for_name("tidemark-capture", "another capture runs on this host", monitor, patience);
}

Result<FileDescriptor> take_turn() { return take_turn(Monitor(), std::chrono::milliseconds(0)); }

Result<FileDescriptor> take_turn_with(pid_t pid, const Monitor& monitor,
                                      std::chrono::milliseconds patience) {
  return wait_for_name(fmt::format("tidemark-capture-{}", pid),
                       fmt::format("another capture of process {} runs", pid), monitor, patience);
}

}  // namespace tidemark
