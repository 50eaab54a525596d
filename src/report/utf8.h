// Reading and writing UTF-8 that nobody has checked yet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

struct Utf8Character {
  char32_t code = kReplacementCharacter;
  std::size_t length = 1;  // bytes taken; at least 1
  bool valid = false;
};

// The first character of `bytes`, which must not be empty. Truncated, overlong, surrogate and
// out-of-range sequences are invalid; their first byte alone is taken.
Utf8Character decode_utf8(std::string_view bytes);

void append_utf8(std::string& out, char32_t code);

// Copies `bytes` with every invalid byte replaced by U+FFFD.
std::string valid_utf8(std::string_view bytes);

// Columns that the character takes on a terminal: 0 (combining), 1, or 2 (East Asian wide, emoji).
int display_width(char32_t code);

}  // namespace tidemark
