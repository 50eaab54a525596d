#include "base/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file_descriptor.h"

namespace tidemark {

std::string read_small_file(const std::string& path, std::size_t most) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text;
  if (!file.open()) return text;
  constexpr std::size_t kStep = 16'384;
  while (text.size() < most) {
    const std::size_t before = text.size();
    const std::size_t step = std::min(kStep, most - before);
    text.resize(before + step);
    const ssize_t got = read(file.get(), text.data() + before, step);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
  }
  return text;
}

bool write_small_file(const std::string& path, std::string_view text) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.open() && write(file.get(), text.data(), text.size()) == std::ssize(text);
}

}  // namespace tidemark
