// How files begin, for those who recognise formats.
#pragma once

#include <cstddef>
#include <string_view>

namespace tidemark {

constexpr bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Does text begin so, white space in front aside?
constexpr bool text_begins(std::string_view head, std::string_view beginning) {
  while (!head.empty() && is_white_space(head.front())) head.remove_prefix(1);
  return head.starts_with(beginning);
}

// Does JSON begin so, white space anywhere aside? `beginning` has none.
constexpr bool json_begins(std::string_view head, std::string_view beginning) {
  std::size_t matched = 0;
  for (const char c : head) {
    if (matched == beginning.size()) break;
    if (is_white_space(c)) continue;
    if (c != beginning[matched]) return false;
    ++matched;
  }
  return matched == beginning.size();
}

}  // namespace tidemark
