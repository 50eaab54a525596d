// Text of unknown origin made fit for a terminal: names out of a dump may hold anything, and must
// neither move the cursor, recolour the screen, reorder the line, nor break a table's columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

// Escapes control characters (\n, \t, \r, \x1b...), invalid UTF-8 (\xff), and invisible or
// direction-changing characters (\u{202e}). At most three combining marks stay on one character.
// The result is valid UTF-8 on one line. A backslash stays as it is: the result is for reading.
std::string safe_text(std::string_view bytes);

// Columns that text takes on a terminal. Colour sequences (those of TextStyle) take none.
std::size_t display_width(std::string_view text);

enum class Shorten : std::uint8_t {
  kEnd,     // "ActiveSupport::Cac…"
  kMiddle,  // "ActiveSu…oryStore"
  kFront,   // "…/app/request_audit.rb:19": at a slash when there is one that leaves enough
};

// `text` in at most `width` columns, with "…" for what was left out. For safe text without colour.
std::string shorten(std::string_view text, std::size_t width, Shorten where = Shorten::kEnd);

}  // namespace tidemark
