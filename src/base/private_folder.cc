#include "base/private_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace tidemark {
namespace {

std::unexpected<Error> refuse(const std::string& path, std::string message, std::string hint = {}) {
  return std::unexpected(Error{.code = ErrorCode::kIo,
                               .message = std::move(message),
                               .file = path,
                               .offset = {},
                               .hint = std::move(hint)});
}

// Is it our own plain file, that nobody else may write, with this content?
bool holds(int folder, const std::string& name, std::string_view content) {
  const FileDescriptor file(
      openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (!file.open() || fstat(file.get(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 022U) != 0 ||
      static_cast<std::size_t>(status.st_size) != content.size()) {
    return false;
  }
  std::string found(content.size(), '\0');
  std::size_t done = 0;
  while (done < found.size()) {
    const ssize_t got = read(file.get(), found.data() + done, found.size() - done);
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return found == content;
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::vector<std::string> private_folder_places() {
  std::vector<std::string> places;
  const auto add = [&places](const char* place) {
    if (place == nullptr || place[0] != '/') return;
    const std::string path(place);
    if (path.find_first_of(" :\"'\\\t\n") == std::string::npos &&
        std::find(places.begin(), places.end(), path) == places.end()) {
      places.push_back(path);
    }
  };
  add(std::getenv("TMPDIR"));  // NOLINT(concurrency-mt-unsafe): nothing of ours sets it
  add("/tmp");
  add("/dev/shm");
  add(std::getenv("XDG_RUNTIME_DIR"));  // NOLINT(concurrency-mt-unsafe)
  return places;
}

Result<PrivateFolder> open_private_folder(const std::string& place) {
  const std::string path = fmt::format("{}/tidemark-{}", place, geteuid());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return refuse(path, "cannot make this folder: " + system_reason(errno));
  }
  FileDescriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder.open()) {
    return refuse(path, "cannot open this folder: " + system_reason(errno),
                  "tidemark uses it for files of its own; it must be no symbolic link");
  }
  struct stat status{};
  if (fstat(folder.get(), &status) != 0 || status.st_uid != geteuid()) {
    return refuse(path, "this folder is another user's", "set TMPDIR to a folder of your own");
  }
  if ((status.st_mode & 077U) != 0 && fchmod(folder.get(), 0700) != 0) {
    return refuse(path, "others can enter this folder: " + system_reason(errno));
  }
  return PrivateFolder{.path = path, .descriptor = std::move(folder)};
}

Result<PrivateFolder> open_private_folder() {
  Result<PrivateFolder> first = fail(ErrorCode::kIo, "no folder for files of our own");
  bool tried = false;
  for (const std::string& place : private_folder_places()) {
    auto folder = open_private_folder(place);
    if (folder || !tried) first = std::move(folder);
    if (first) return first;
    tried = true;
  }
  return first;
}

Result<std::string> keep_file(const PrivateFolder& folder, const std::string& name,
                              std::string_view content) {
  const std::string path = folder.path + "/" + name;
  const int at = folder.descriptor.get();
  if (holds(at, name, content)) return path;
  const std::string half = fmt::format("{}.{}.new", name, getpid());
  unlinkat(at, half.c_str(), 0);
  FileDescriptor file(
      openat(at, half.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.open()) return refuse(path, "cannot write this file: " + system_reason(errno));
  if (!write_all(file.get(), content)) {
    const int problem = errno;
    unlinkat(at, half.c_str(), 0);
    return refuse(path, "cannot write this file: " + system_reason(problem),
                  "make room on that disk, or set TMPDIR to a folder with some");
  }
  if (renameat(at, half.c_str(), at, name.c_str()) != 0) {
    const int problem = errno;
    unlinkat(at, half.c_str(), 0);
    return refuse(path, "cannot write this file: " + system_reason(problem));
  }
  return path;
}

}  // namespace tidemark
