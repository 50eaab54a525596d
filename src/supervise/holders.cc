#include "supervise/holders.h"

#include <fmt/format.h>

#include <string_view>

#include "base/numbers.h"
#include "host/process.h"

namespace tidemark {
namespace {

// Calls `take(descriptor, inode)` for each socket until it says false.
template <class Take>
void each_socket(int pid, const Take& take) {
  const Host& host = this_machine();
  for (const int descriptor : numbered_entries(host, proc_path(pid, "fd"))) {
    const auto target = host.read_link(proc_path(pid, fmt::format("fd/{}", descriptor)));
    constexpr std::string_view kSocket = "socket:[";
    if (!target || !target->starts_with(kSocket)) continue;
    const auto inode =
        leading_number<std::uint64_t>(std::string_view(*target).substr(kSocket.size()));
    if (inode && !take(descriptor, *inode)) return;
  }
}

}  // namespace

std::set<std::uint64_t> socket_inodes(int pid) {
  std::set<std::uint64_t> inodes;
  each_socket(pid, [&inodes](int /*descriptor*/, std::uint64_t inode) {
    inodes.insert(inode);
    return true;
  });
  return inodes;
}

std::optional<int> descriptor_of(int pid, std::uint64_t inode) {
  std::optional<int> found;
  each_socket(pid, [&found, inode](int descriptor, std::uint64_t other) {
    if (other == inode) found = descriptor;
    return !found;
  });
  return found;
}

double processor_seconds(int pid) {
  const auto stat = read_stat(this_machine(), pid);
  return stat ? stat->processor_seconds() : 0;
}

double starved_seconds(int pid) {
  // Nanoseconds on a processor, nanoseconds of waiting for one, times that it got one.
  const std::string schedule = read_proc(this_machine(), pid, "schedstat");
  std::string_view words = schedule;
  if (!take_number<double>(words) || !words.starts_with(' ')) return 0;
  return leading_number<double>(words.substr(1)).value_or(0) * 1e-9;
}

}  // namespace tidemark
