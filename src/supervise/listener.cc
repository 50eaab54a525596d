#include "supervise/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "host/process.h"
#include "host/process_name.h"
#include "supervise/connections.h"
#include "supervise/holders.h"

namespace tidemark {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

std::optional<Address> parse_address(const std::string& host, int port) {
  Address address;
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(static_cast<std::uint16_t>(port));
    in.sin_addr = four;
    std::memcpy(&address.storage, &in, sizeof(in));
    address.length = sizeof(in);
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), &six) == 1) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(static_cast<std::uint16_t>(port));
    in.sin6_addr = six;
    std::memcpy(&address.storage, &in, sizeof(in));
    address.length = sizeof(in);
    return address;
  }
  return std::nullopt;
}

int port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof(in));
    return ntohs(in.sin6_port);
  }
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof(in));
  return ntohs(in.sin_port);
}

}  // namespace

Result<Listener> take_listener(FileDescriptor socket) {
  struct stat status{};
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (fstat(socket.get(), &status) != 0 ||
      getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return fail(ErrorCode::kIo, "cannot use the listening socket: " + system_reason(errno));
  }
  Listener listener;
  listener.socket = std::move(socket);
  listener.inode = status.st_ino;
  listener.port = port_of(address);
  return listener;
}

Result<Listener> open_listener(const std::string& host, int port) {
  const auto address = parse_address(host, port);
  if (!address) {
    return fail(ErrorCode::kUsage, fmt::format("{} is no numeric address", host),
                "such as 0.0.0.0, 127.0.0.1 or ::");
  }
  FileDescriptor socket(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int one = 1;
  if (socket.open()) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (!socket.open() ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->length) !=
          0 ||
      listen(socket.get(), kBacklog) != 0) {
    const int problem = errno;
    std::string hint;
    if (problem == EADDRINUSE) {
      const auto who = who_listens(port);
      hint = who ? fmt::format("{} has it; stop it, or choose another --port", *who)
                 : "another program has it; choose another --port";
    } else if (problem == EACCES) {
      hint = "ports below 1024 are root's; choose another --port";
    }
    return fail(ErrorCode::kIo,
                fmt::format("cannot listen on {} port {}: {}", host, port, system_reason(problem)),
                hint);
  }
  return take_listener(std::move(socket));
}

Result<Listener> copy_listener(int pid, std::uint64_t inode) {
  const FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  const auto number = descriptor_of(pid, inode);
  if (!process.open() || !number) {
    return fail(ErrorCode::kNotFound, fmt::format("process {} does not hold the socket", pid));
  }
  FileDescriptor copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), *number, 0)));
  if (!copy.open()) {
    return fail(ErrorCode::kIo, fmt::format("cannot take the socket from process {}: {}", pid,
                                            system_reason(errno)));
  }
  return take_listener(std::move(copy));
}

QueueDepth queue_depth(const Listener& listener) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (getsockopt(listener.socket.get(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return {};
  // Of a listening socket these two are its queue and its backlog.
  return {.waiting = static_cast<double>(info.tcpi_unacked),
          .limit = static_cast<double>(info.tcpi_sacked)};
}

void restore_backlog(const Listener& listener) { listen(listener.socket.get(), kBacklog); }

std::optional<std::string> who_listens(int port) {
  for (const Connection& socket : connections_of_port(port, SocketKind::kListening)) {
    for (const ProcessInfo& process : list_processes(this_machine())) {
      if (descriptor_of(process.pid, socket.inode)) {
        return fmt::format("{} (pid {})", process_title(process), process.pid);
      }
    }
  }
  return std::nullopt;
}

}  // namespace tidemark
