// Which process holds which socket, by its descriptors in /proc, and what processors it has used.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace tidemark {

// The inodes of a process' sockets. Empty when it is gone or is another user's.
std::set<std::uint64_t> socket_inodes(int pid);
// The number of its first descriptor of this socket.
std::optional<int> descriptor_of(int pid, std::uint64_t inode);
// Seconds of processor time that it has used since it began; 0 when it is gone.
double processor_seconds(int pid);
// Seconds that its first thread has been ready to run and had no processor; 0 where the kernel does
// not say.
double starved_seconds(int pid);

}  // namespace tidemark
