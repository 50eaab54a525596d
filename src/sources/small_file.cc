#include "sources/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace tidemark {

std::optional<std::string> read_small_file(const std::string& path) {
  constexpr std::size_t kMost = 1 << 20;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return std::nullopt;
  std::string text;
  std::array<char, 8192> piece{};
  while (text.size() < kMost) {
    const ssize_t got = read(file, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      close(file);
      if (got < 0) return std::nullopt;
      return text;
    }
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(file);
  return text;
}

std::optional<double> value_after(std::string_view text, std::string_view key) {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    std::string_view rest = text.substr(at + key.size());
    if (rest.empty() || (rest[0] != ':' && rest[0] != ' ')) continue;
    rest.remove_prefix(1);
    const std::size_t digits = rest.find_first_not_of(" \t");
    if (digits == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(digits);
    double value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc()) return std::nullopt;
    const std::string_view unit(end, static_cast<std::size_t>(rest.data() + rest.size() - end));
    return unit.starts_with(" kB") ? value * 1024 : value;
  }
  return std::nullopt;
}

}  // namespace tidemark
