#include "base/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "base/file_descriptor.h"

namespace tidemark {
namespace {

std::unexpected<Error> cannot_read(const std::string& path) {
  const bool gone = errno == ENOENT || errno == ESRCH;
  return fail(gone ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("cannot read {}: {}", path, system_reason(errno)));
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
  // A pipe in its place must not make us wait.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.open()) return cannot_read(path);
  std::string text;
  std::array<char, 8192> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  while (text.size() < most) {
    const ssize_t got = read(file.get(), piece.data(), std::min(piece.size(), most - text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path);
    if (got == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

bool write_small_file(const std::string& path, std::string_view text) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.open() && write(file.get(), text.data(), text.size()) == std::ssize(text);
}

}  // namespace tidemark
