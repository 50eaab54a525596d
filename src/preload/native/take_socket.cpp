// Loaded by LD_PRELOAD into a server that `tidemark run` starts. When the server binds the port
// that it was told, it gets tidemark's listening socket instead, over tidemark's Unix socket; and
// its listen() on that does nothing, which would change the backlog for everybody. All other
// sockets are left alone, and so is this one when tidemark cannot be asked.
//
// It does without a C++ runtime and is linked to no C library: what it calls is in glibc and musl
// alike. (.cpp, not .cc: it belongs to no room's library.)
//
// TIDEMARK_SOCKET: the Unix socket. TIDEMARK_PORT: the port.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

// 0: none was given.
int wanted_port() {
  const char* text = getenv("TIDEMARK_PORT");
  int port = 0;
  while (text != nullptr && *text >= '0' && *text <= '9' && port < 65536) {
    port = port * 10 + (*text++ - '0');
  }
  return port;
}

int port_of(const sockaddr* address, socklen_t length) {
  if (address == nullptr || length < sizeof(sockaddr_in)) return -1;
  if (address->sa_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(address)->sin6_port);
  }
  return -1;
}

int option(int socket, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  return getsockopt(socket, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

// The descriptor that comes with the answer; -1: none.
int receive_descriptor(int connection) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t got = 0;
  do {
    got = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
    return -1;
  }
  int descriptor = -1;
  __builtin_memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
  return descriptor;
}

int ask_for_socket() {
  const char* path = getenv("TIDEMARK_SOCKET");
  if (path == nullptr) return -1;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  for (unsigned i = 0; path[i] != '\0'; ++i) {
    if (i + 1 >= sizeof(address.sun_path)) return -1;
    address.sun_path[i] = path[i];
  }
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return -1;
  // A tidemark that hangs must not hang the server.
  const timeval patience{5, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  int descriptor = -1;
  const char request[] = "socket\n";
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      send(connection, request, sizeof(request) - 1, MSG_NOSIGNAL) == sizeof(request) - 1) {
    descriptor = receive_descriptor(connection);
  }
  close(connection);
  return descriptor;
}

// Puts tidemark's socket in the place of this one, with this one's flags.
bool replace(int socket) {
  const int taken = ask_for_socket();
  if (taken < 0) return false;
  const int flags = fcntl(socket, F_GETFL);
  const int descriptor_flags = fcntl(socket, F_GETFD);
  const bool done = syscall(SYS_dup3, taken, socket,
                            (descriptor_flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) == socket;
  close(taken);
  if (done && (flags & O_NONBLOCK) != 0)
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  return done;
}

bool is_ours(int socket) {
  if (option(socket, SO_ACCEPTCONN) != 1) return false;
  sockaddr_in6 address{};
  socklen_t length = sizeof(address);
  return getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
         port_of(reinterpret_cast<const sockaddr*>(&address), length) == wanted_port();
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int bind(int socket, const sockaddr* address,
                                                socklen_t length) {
  const int port = wanted_port();
  if (port > 0 && port_of(address, length) == port && option(socket, SO_TYPE) == SOCK_STREAM) {
    const int before = errno;
    if (replace(socket)) {
      errno = before;
      return 0;
    }
  }
  return static_cast<int>(syscall(SYS_bind, socket, address, length));
}

__attribute__((visibility("default"))) int listen(int socket, int backlog) {
  const int before = errno;
  if (wanted_port() > 0 && is_ours(socket)) {
    errno = before;
    return 0;
  }
  errno = before;
  return static_cast<int>(syscall(SYS_listen, socket, backlog));
}
}
