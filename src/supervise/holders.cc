#include "supervise/holders.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <sstream>
#include <string_view>

#include "sources/small_file.h"

namespace tidemark {
namespace {

// Calls `take(descriptor, inode)` for each socket until it says false.
template <class Take>
void each_socket(int pid, const Take& take) {
  const std::string path = fmt::format("/proc/{}/fd", pid);
  const auto closer = [](DIR* folder) { closedir(folder); };
  const std::unique_ptr<DIR, decltype(closer)> folder(opendir(path.c_str()), closer);
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): own DIR
    std::array<char, 64> target{};
    const ssize_t length =
        readlinkat(dirfd(folder.get()), entry->d_name, target.data(), target.size());
    if (length <= 0) continue;
    std::string_view text(target.data(), static_cast<std::size_t>(length));
    constexpr std::string_view kSocket = "socket:[";
    if (!text.starts_with(kSocket)) continue;
    text.remove_prefix(kSocket.size());
    std::uint64_t inode = 0;
    int descriptor = -1;
    const std::string_view name(entry->d_name);
    std::from_chars(text.data(), text.data() + text.size(), inode);
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (!take(descriptor, inode)) return;
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
  const auto stat = read_small_file(fmt::format("/proc/{}/stat", pid));
  if (!stat) return 0;
  // The name, in parentheses, may hold anything; utime and stime are the 12th and 13th after it.
  std::istringstream words(stat->substr(std::min(stat->rfind(')') + 1, stat->size())));
  std::string skipped;
  for (int i = 0; i < 11; ++i) words >> skipped;
  double user = 0;
  double system = 0;
  words >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double starved_seconds(int pid) {
  // Nanoseconds on a processor, nanoseconds of waiting for one, times that it got one.
  const auto schedule = read_small_file(fmt::format("/proc/{}/schedstat", pid));
  if (!schedule) return 0;
  std::istringstream words(*schedule);
  double ran = 0;
  double waited = 0;
  words >> ran >> waited;
  return waited * 1e-9;
}

}  // namespace tidemark
