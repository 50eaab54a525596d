#include "supervise/channel.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/numbers.h"
#include "base/unix_socket.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostPeers = 512;
constexpr std::size_t kLongestLine = 8192;

Result<sockaddr_un> local_address(const std::string& path) {
  if (const auto address = unix_address(path)) return *address;
  return fail(ErrorCode::kIo, fmt::format("the name of the socket {} is too long", path),
              "set TMPDIR to a folder with a shorter name");
}

}  // namespace

Result<Channel> Channel::open(const std::string& path) {
  const auto address = local_address(path);
  if (!address) return std::unexpected(address.error());
  Channel channel;
  channel.path_ = path;
  channel.local_ = FileDescriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  unlink(path.c_str());
  if (!channel.local_.open() ||
      bind(channel.local_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) !=
          0 ||
      listen(channel.local_.get(), 128) != 0) {
    return fail(ErrorCode::kIo,
                fmt::format("cannot make the socket {}: {}", path, system_reason(errno)));
  }
  return channel;
}

Result<void> Channel::listen_for_metrics(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::string host = colon == std::string::npos ? "127.0.0.1" : text.substr(0, colon);
  const std::string number = text.substr(colon == std::string::npos ? 0 : colon + 1);
  const auto port = parse_number<std::uint16_t>(number).value_or(0);
  if (port == 0 || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return fail(ErrorCode::kUsage, fmt::format("{} is no address for metrics", text),
                "such as 127.0.0.1:9394");
  }
  if (ntohl(address.sin_addr.s_addr) >> 24 != 127) {
    return fail(ErrorCode::kUsage,
                fmt::format("metrics are given on loopback only, not on {}", host),
                "let an agent on this host fetch them from 127.0.0.1");
  }
  address.sin_port = htons(port);
  metrics_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int one = 1;
  setsockopt(metrics_.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (!metrics_.open() ||
      bind(metrics_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(metrics_.get(), 16) != 0) {
    return fail(ErrorCode::kIo,
                fmt::format("cannot give metrics on {}: {}", text, system_reason(errno)));
  }
  return {};
}

void Channel::add_to(std::vector<pollfd>& waits) const {
  if (local_.open()) waits.push_back({.fd = local_.get(), .events = POLLIN, .revents = 0});
  if (metrics_.open()) waits.push_back({.fd = metrics_.get(), .events = POLLIN, .revents = 0});
  for (const auto& [number, peer] : peers_) {
    waits.push_back({.fd = peer.socket.get(), .events = POLLIN, .revents = 0});
  }
}

void Channel::accept_from(int listening, bool local) {
  for (;;) {
    FileDescriptor socket(accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.open()) return;
    int pid = 0;
    if (local) {
      const auto who = peer_of(socket.get());
      if (!who || (who->uid != geteuid() && who->uid != 0)) continue;
      pid = who->pid;
    }
    if (peers_.size() >= kMostPeers) continue;
    peers_.emplace(next_++, Peer{.socket = std::move(socket), .pid = pid, .buffer = {}});
  }
}

std::vector<ChannelLine> Channel::receive(std::vector<int>& closed) {
  if (local_.open()) accept_from(local_.get(), true);
  if (metrics_.open()) accept_from(metrics_.get(), false);
  std::vector<ChannelLine> lines;
  for (auto& [number, peer] : peers_) {
    std::array<char, 4096> piece{};
    for (;;) {
      const ssize_t got = recv(peer.socket.get(), piece.data(), piece.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got == 0 || (got < 0 && errno != EAGAIN) || peer.buffer.size() > kLongestLine) {
        closed.push_back(number);
      }
      if (got <= 0) break;
      peer.buffer.append(piece.data(), static_cast<std::size_t>(got));
      if (static_cast<std::size_t>(got) < piece.size()) break;
    }
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = peer.buffer.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      lines.push_back(
          {.connection = number, .pid = peer.pid, .text = peer.buffer.substr(begin, end - begin)});
    }
    peer.buffer.erase(0, begin);
  }
  for (const int number : closed) peers_.erase(number);
  return lines;
}

void Channel::send(int connection, std::string_view text) {
  const auto peer = peers_.find(connection);
  if (peer == peers_.end()) return;
  while (!text.empty()) {
    const ssize_t sent =
        ::send(peer->second.socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return;  // who does not read gets no answer
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Channel::send_descriptor(int connection, int descriptor) {
  const auto peer = peers_.find(connection);
  if (peer == peers_.end()) return;
  char byte = '1';
  iovec part{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
  sendmsg(peer->second.socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Channel::finish(int connection) {
  const auto peer = peers_.find(connection);
  if (peer != peers_.end()) shutdown(peer->second.socket.get(), SHUT_WR);
}

Result<std::string> ask_channel(const std::string& path, std::string_view line) {
  const auto address = local_address(path);
  if (!address) return std::unexpected(address.error());
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval timeout{.tv_sec = 5, .tv_usec = 0};
  if (socket.open()) {
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  }
  if (!socket.open() ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    return fail(ErrorCode::kNotFound,
                "no tidemark answers on " + path + ": " + system_reason(errno));
  }
  const std::string request = std::string(line) + "\n";
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return fail(ErrorCode::kIo, "cannot ask the tidemark that runs: " + system_reason(errno));
  }
  std::string answer;
  std::array<char, 16384> piece{};
  for (;;) {
    const ssize_t got = recv(socket.get(), piece.data(), piece.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return fail(ErrorCode::kIo,
                  "the tidemark that runs does not answer: " + system_reason(errno));
    }
    if (got == 0) return answer;
    answer.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace tidemark
