// The TCP sockets of one local port, as the kernel lists them (SOCK_DIAG). Nothing is asked of the
// processes that own them.
#pragma once

#include <cstdint>
#include <vector>

namespace tidemark {

struct Connection {
  std::uint64_t inode = 0;  // 0: nobody has accepted it yet
  int port = 0;             // its local one
  // The last bytes came from the client: it waits for an answer. With clients that send the next
  // request as soon as they have an answer this sees a part only, both falling into one tick.
  bool pending = false;
};

enum class SocketKind : std::uint8_t {
  kListening,
  kOpen,  // established, or closed by the client only
};

// `port` 0: of all.
std::vector<Connection> connections_of_port(int port, SocketKind kind);

}  // namespace tidemark
