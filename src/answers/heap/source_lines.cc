#include "answers/heap/source_lines.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace tidemark {

std::string source_line(std::string_view path, std::uint32_t line) {
  static constexpr std::array<std::string_view, 9> kEndings = {
      ".rb", ".ru", ".rake", ".erb", ".js", ".mjs", ".cjs", ".ts", ".jsx"};
  const bool is_source = std::ranges::any_of(
      kEndings, [&](std::string_view ending) { return path.ends_with(ending); });
  std::error_code error;
  // What stands before a NUL is all that the system would look at.
  if (!is_source || line == 0 || path.contains('\0') ||
      !std::filesystem::is_regular_file(path, error)) {
    return {};
  }
  std::ifstream file{std::string(path), std::ios::binary};
  constexpr std::size_t kMost = 1 << 20;
  std::string start(kMost, '\0');
  file.read(start.data(), kMost);
  std::string_view rest(start.data(), static_cast<std::size_t>(file.gcount()));
  for (std::uint32_t number = 1; number < line; ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  const std::size_t end = rest.find('\n');
  // The line that the limit cuts is none.
  if (end == std::string_view::npos && file) return {};
  const std::string_view text = rest.substr(0, end);
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

}  // namespace tidemark
