#include "supervise/pool_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>

#include "base/small_file.h"
#include "supervise/run_pool.h"

namespace tidemark {
namespace {

constexpr std::string_view kPrefix = "run-";
constexpr std::string_view kSocket = ".sock";
constexpr std::string_view kLock = ".lock";
constexpr std::string_view kState = ".state";

std::string file_of(const std::string& name, std::string_view suffix) {
  return fmt::format("{}{}{}", kPrefix, name, suffix);
}

std::string folder_in(const std::string& place) {
  return fmt::format("{}/tidemark-{}", place, geteuid());
}

}  // namespace

// A full disk is no reason to give up: there are several places.
Result<PoolFiles> PoolFiles::open(const std::string& name) {
  Result<PoolFiles> answer = fail(ErrorCode::kIo, "no folder for files of our own");
  for (bool first = true; const std::string& place : private_folder_places()) {
    bool lock_taken = false;
    auto files = open_in(place, name, lock_taken);
    if (files || lock_taken) return files;
    if (first) answer = std::move(files);
    first = false;
  }
  return answer;
}

Result<PoolFiles> PoolFiles::open_in(const std::string& place, const std::string& name,
                                     bool& lock_taken) {
  auto folder = open_private_folder(place);
  if (!folder) return std::unexpected(folder.error());
  PoolFiles files;
  files.name_ = name;
  files.folder_ = std::move(*folder);
  const std::string lock = file_of(name, kLock);
  files.lock_ = FileDescriptor(openat(files.folder_.descriptor.get(), lock.c_str(),
                                      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!files.lock_.open()) {
    return fail(ErrorCode::kIo, fmt::format("cannot make {}/{}: {}", files.folder_.path, lock,
                                            system_reason(errno)));
  }
  if (flock(files.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    lock_taken = true;
    return fail(ErrorCode::kIo, fmt::format("a tidemark already runs {}", name),
                fmt::format("`tidemark status {}` shows it; stop it, or choose another --port or "
                            "--name",
                            name));
  }
  auto channel = Channel::open(files.folder_.path + "/" + file_of(name, kSocket));
  if (!channel) return std::unexpected(channel.error());
  files.channel_ = std::move(*channel);
  return files;
}

std::optional<std::string> PoolFiles::read_state() const {
  auto text = read_small_file(folder_.path + "/" + file_of(name_, kState));
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

Result<void> PoolFiles::write_state(const std::string& text) {
  const auto written = keep_file(folder_, file_of(name_, kState), text);
  if (!written) return std::unexpected(written.error());
  return {};
}

void PoolFiles::remove() {
  for (const std::string_view suffix : {kSocket, kState}) {
    unlinkat(folder_.descriptor.get(), file_of(name_, suffix).c_str(), 0);
  }
}

std::vector<std::string> list_pools() {
  std::vector<std::string> names;
  for (const std::string& place : private_folder_places()) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_in(place), ignored)) {
      std::string name = entry.path().filename().string();
      if (!name.starts_with(kPrefix) || !name.ends_with(kSocket)) continue;
      name = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSocket.size());
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> find_pool(const std::string& name) {
  for (const std::string& place : private_folder_places()) {
    const std::string path = folder_in(place) + "/" + file_of(name, kSocket);
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return fail(ErrorCode::kNotFound, fmt::format("no tidemark runs {} for this user", name));
}

}  // namespace tidemark
