#include "report/safe_text.h"

#include <fmt/format.h>

#include <iterator>

#include "report/utf8.h"

namespace tidemark {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr int kMostMarks = 3;  // combining marks on one character, before the rest is escaped

// Invisible, or able to reorder or break what stands around it.
bool is_disruptive(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0xAD || code == 0x61C ||
         code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
         code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
         (code >= 0xE0000 && code <= 0xE007F);
}

void append_escaped(std::string& out, char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  switch (number) {
    case '\n':
      out += "\\n";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\r':
      out += "\\r";
      break;
    default:
      out += number < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
  }
}

// Length of the colour sequence that `text` starts with, or 0.
std::size_t color_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

// Bytes of the longest prefix that takes at most `width` columns.
std::size_t prefix_within(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  std::size_t used = 0;
  while (at < text.size()) {
    const Utf8Character next = decode_utf8(text.substr(at));
    used += static_cast<std::size_t>(display_width(next.code));
    if (used > width) break;
    at += next.length;
  }
  return at;
}

// Where the longest suffix begins that takes at most `width` columns.
std::size_t suffix_within(std::string_view text, std::size_t width) {
  std::size_t excess = display_width(text);
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Character next = decode_utf8(text.substr(at));
    const auto columns = static_cast<std::size_t>(display_width(next.code));
    if (excess <= width && columns > 0) break;
    excess -= columns;
    at += next.length;
  }
  return at;
}

}  // namespace

std::string safe_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  int marks = 0;
  while (!bytes.empty()) {
    const Utf8Character next = decode_utf8(bytes);
    marks = next.valid && display_width(next.code) == 0 ? marks + 1 : 0;
    if (!next.valid) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    } else if (is_disruptive(next.code) || marks > kMostMarks) {
      append_escaped(out, next.code);
    } else {
      out += bytes.substr(0, next.length);
    }
    bytes.remove_prefix(next.length);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (const std::size_t color = color_sequence(text); color > 0) {
      text.remove_prefix(color);
      continue;
    }
    const Utf8Character next = decode_utf8(text);
    width += static_cast<std::size_t>(display_width(next.code));
    text.remove_prefix(next.length);
  }
  return width;
}

std::string shorten(std::string_view text, std::size_t width, Shorten where) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  const std::size_t room = width - 1;  // beside the ellipsis
  const std::size_t head = where == Shorten::kMiddle ? (room + 1) / 2 : 0;
  std::string out;
  if (where == Shorten::kEnd) {
    out = text.substr(0, prefix_within(text, room));
    return out.append(kEllipsis);
  }
  std::size_t tail = suffix_within(text, room - head);
  if (where == Shorten::kFront) {
    const std::size_t slash = text.find('/', tail);
    if (slash != std::string_view::npos && slash - tail <= room / 2) tail = slash;
  }
  out = text.substr(0, prefix_within(text, head));
  return out.append(kEllipsis).append(text.substr(tail));
}

}  // namespace tidemark
