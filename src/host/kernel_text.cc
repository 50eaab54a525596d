#include "host/kernel_text.h"

#include <algorithm>

#include "base/numbers.h"

namespace tidemark {

std::string_view status_field(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    std::string_view rest = text.substr(at + name.size());
    if (rest.empty() || (rest.front() != ':' && rest.front() != ' ')) continue;
    rest = rest.substr(1, std::min(rest.find('\n'), rest.size()) - 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return rest;
  }
  return {};
}

std::optional<std::uint64_t> status_number(std::string_view text, std::string_view name, int base) {
  return leading_number<std::uint64_t>(status_field(text, name), base);
}

std::optional<double> status_bytes(std::string_view text, std::string_view name) {
  std::string_view value = status_field(text, name);
  const auto number = take_number<double>(value);
  if (!number) return std::nullopt;
  return value.starts_with(" kB") ? *number * 1024 : *number;
}

bool next_line(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const std::size_t end = std::min(text.find('\n'), text.size());
  line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return true;
}

}  // namespace tidemark
