#include "supervise/connections.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "base/file_descriptor.h"

namespace tidemark {
namespace {

// The states of a TCP socket, as the kernel numbers them.
constexpr unsigned kEstablished = 1;
constexpr unsigned kCloseWait = 8;
constexpr unsigned kListen = 10;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

bool ask(int netlink, int family, int port, SocketKind kind) {
  Request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = static_cast<std::uint8_t>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states =
      kind == SocketKind::kListening ? 1U << kListen : 1U << kEstablished | 1U << kCloseWait;
  if (kind == SocketKind::kOpen) request.body.idiag_ext = 1U << (INET_DIAG_INFO - 1);
  request.body.id.idiag_sport = htons(static_cast<std::uint16_t>(port));
  return send(netlink, &request, sizeof(request), 0) == sizeof(request);
}

bool waits_for_answer(const char* attributes, std::size_t left) {
  while (left >= sizeof(nlattr)) {
    nlattr attribute{};
    std::memcpy(&attribute, attributes, sizeof(attribute));
    if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > left) return false;
    if (attribute.nla_type == INET_DIAG_INFO) {
      tcp_info info{};
      std::memcpy(&info, attributes + sizeof(attribute),
                  std::min(sizeof(info), attribute.nla_len - sizeof(attribute)));
      if (info.tcpi_bytes_received == 0) return false;
      return info.tcpi_bytes_acked == 0 || info.tcpi_last_data_recv < info.tcpi_last_data_sent;
    }
    const std::size_t step = std::min<std::size_t>(NLA_ALIGN(attribute.nla_len), left);
    attributes += step;
    left -= step;
  }
  return false;
}

// Takes in one reply; false at the end of all.
bool read_reply(const char* data, std::size_t size, int port, std::vector<Connection>& found) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, data, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > size) return false;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return false;
    if (header.nlmsg_len >= NLMSG_HDRLEN + sizeof(inet_diag_msg)) {
      inet_diag_msg message{};
      std::memcpy(&message, data + NLMSG_HDRLEN, sizeof(message));
      const std::size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(message));
      const int local = ntohs(message.id.idiag_sport);
      if (port == 0 || local == port) {
        found.push_back({.inode = message.idiag_inode,
                         .port = local,
                         .pending = header.nlmsg_len > head &&
                                    waits_for_answer(data + head, header.nlmsg_len - head)});
      }
    }
    const std::size_t step = std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), size);
    data += step;
    size -= step;
  }
  return true;
}

}  // namespace

std::vector<Connection> connections_of_port(int port, SocketKind kind) {
  std::vector<Connection> found;
  const FileDescriptor netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.open()) return found;
  std::vector<char> buffer(32768);
  for (const int family : {AF_INET, AF_INET6}) {
    if (!ask(netlink.get(), family, port, kind)) continue;
    for (;;) {
      const ssize_t got = recv(netlink.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0 || !read_reply(buffer.data(), static_cast<std::size_t>(got), port, found)) break;
    }
  }
  return found;
}

}  // namespace tidemark
