#include "report/source_lines.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "report/safe_text.h"

namespace tidemark {

std::string source_line(std::string_view path, std::uint32_t line) {
  static constexpr std::array<std::string_view, 9> kEndings = {
      ".rb", ".ru", ".rake", ".erb", ".js", ".mjs", ".cjs", ".ts", ".jsx"};
  const bool is_source = std::ranges::any_of(
      kEndings, [&](std::string_view ending) { return path.ends_with(ending); });
  std::error_code error;
  if (!is_source || line == 0 || !std::filesystem::is_regular_file(path, error)) return {};
  std::ifstream file{std::string(path)};
  constexpr std::streamoff kMost = 1 << 20;
  std::string text;
  for (std::uint32_t number = 0; number < line; ++number) {
    if (!std::getline(file, text) || file.tellg() > kMost) return {};
  }
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return safe_text(
      std::string_view(text).substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

}  // namespace tidemark
