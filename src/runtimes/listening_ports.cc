#include "runtimes/listening_ports.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <thread>

#include "base/numbers.h"
#include "host/process.h"

namespace tidemark {

std::set<std::uint64_t> open_sockets(pid_t pid) {
  std::set<std::uint64_t> inodes;
  for (const pid_t descriptor : numbered_entries(this_machine(), proc_path(pid, "fd"))) {
    std::string target(64, '\0');
    const std::string path = proc_path(pid, fmt::format("fd/{}", descriptor));
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    target.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    constexpr std::string_view kSocket = "socket:[";
    if (!target.starts_with(kSocket)) continue;
    if (const auto inode = leading_number<std::uint64_t>(target.substr(kSocket.size())))
      inodes.insert(*inode);
  }
  return inodes;
}

namespace {

bool same_network(pid_t pid) {
  struct stat ours{};
  struct stat theirs{};
  return stat("/proc/self/ns/net", &ours) == 0 &&
         stat(proc_path(pid, "ns/net").c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

// Zero, or the errno of what failed.
int connect_here(const ListeningPort& port, FileDescriptor& out) {
  out = FileDescriptor(socket(port.six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!out.open()) return errno;
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port.port);
  four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port.port);
  six.sin6_addr = in6addr_loopback;
  const auto* const address =
      port.six ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  const socklen_t length = port.six ? sizeof six : sizeof four;
  return connect(out.get(), address, length) == 0 ? 0 : errno;
}

}  // namespace

// "  0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 12345 ..."
std::vector<ListeningPort> parse_listening(std::string_view text, bool six) {
  constexpr std::string_view kListen = "0A";
  std::vector<ListeningPort> ports;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::vector<std::string_view> words;
    while (words.size() < 10) {
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      if (line.empty()) break;
      const std::size_t blank = std::min(line.find(' '), line.size());
      words.push_back(line.substr(0, blank));
      line.remove_prefix(blank);
    }
    if (words.size() < 10 || words[3] != kListen) continue;
    const auto port = leading_number<std::uint64_t>(words[1].substr(words[1].find(':') + 1), 16);
    const auto inode = leading_number<std::uint64_t>(words[9]);
    if (!port || !inode || *port > UINT16_MAX) continue;
    ports.push_back({.port = static_cast<std::uint16_t>(*port), .inode = *inode, .six = six});
  }
  return ports;
}

std::vector<ListeningPort> listening_ports(pid_t pid) {
  const std::set<std::uint64_t> own = open_sockets(pid);
  std::vector<ListeningPort> ports =
      parse_listening(read_proc(this_machine(), pid, "net/tcp"), false);
  const auto six = parse_listening(read_proc(this_machine(), pid, "net/tcp6"), true);
  ports.insert(ports.end(), six.begin(), six.end());
  std::erase_if(ports, [&](const ListeningPort& port) { return !own.contains(port.inode); });
  return ports;
}

Result<FileDescriptor> connect_in_namespace(pid_t pid, const ListeningPort& port) {
  FileDescriptor connection;
  int problem = 0;
  bool entered = true;
  if (same_network(pid)) {
    problem = connect_here(port, connection);
  } else {
    // A namespace is entered by one thread; this one ends afterwards.
    std::jthread([&] {
      const FileDescriptor there(open(proc_path(pid, "ns/net").c_str(), O_RDONLY | O_CLOEXEC));
      entered = there.open() && setns(there.get(), CLONE_NEWNET) == 0;
      problem = entered ? connect_here(port, connection) : errno;
    }).join();
  }
  if (problem == 0) return connection;
  return fail(entered ? ErrorCode::kIo : ErrorCode::kUnsupported,
              fmt::format("cannot {} of process {}: {}",
                          entered ? "connect to the inspector" : "enter the network", pid,
                          system_reason(problem)),
              entered ? "try again" : "run it as root, or inside the container");
}

}  // namespace tidemark
