// Names and peers of sockets in the file system.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>

namespace tidemark {

// Nothing for a path that does not fit, which is one of 108 bytes or more.
std::optional<sockaddr_un> unix_address(const std::string& path);

// The process at the other end of a connected stream socket, as it was when it connected; nothing,
// with errno set, where that cannot be asked.
std::optional<ucred> peer_of(int socket);

}  // namespace tidemark
