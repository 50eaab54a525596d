#include "formats/v8_snapshot/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace tidemark::v8 {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kLongestName = std::size_t{1} << 20;  // of what is read as a small string
constexpr std::size_t kDeepest = 100'000;

std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  text = text.substr(0, 4);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

// The bytes of text that a \u escape takes behind the backslash; 0 when it is broken.
std::size_t append_code_point(std::string& out, std::string_view text) {
  const auto first = hex4(text.substr(1));
  if (!first) return 0;
  constexpr std::size_t kEscape = 5;
  if (*first >= 0xd800 && *first < 0xdc00 && text.size() >= 2 * kEscape + 1 &&
      text.substr(kEscape, 2) == "\\u") {
    const auto second = hex4(text.substr(kEscape + 2));
    if (second && *second >= 0xdc00 && *second < 0xe000) {
      append_utf8(out, 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00));
      return 2 * kEscape + 1;
    }
  }
  append_utf8(out, *first);
  return kEscape;
}

}  // namespace

void append_unescaped(std::string& out, std::string_view escaped) {
  constexpr std::string_view kFrom = "\"\\/bfnrt";
  constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  while (!escaped.empty()) {
    const std::size_t plain = std::min(escaped.find('\\'), escaped.size());
    out.append(escaped.substr(0, plain));
    escaped.remove_prefix(plain);
    if (escaped.empty()) return;
    escaped.remove_prefix(1);
    const std::size_t known = escaped.empty() ? kFrom.npos : kFrom.find(escaped.front());
    std::size_t taken = 0;
    if (known != kFrom.npos) {
      out.push_back(kTo[known]);
      taken = 1;
    } else if (escaped.starts_with('u')) {
      taken = append_code_point(out, escaped);
    }
    if (taken == 0) out.push_back('\\');
    escaped.remove_prefix(taken);
  }
}

JsonCursor::JsonCursor(ByteSource& source, std::vector<char> head, Monitor& monitor)
    : source_(source), monitor_(monitor), buffer_(std::move(head)), end_(buffer_.size()) {}

bool JsonCursor::fail_at(std::uint64_t offset, std::string message) {
  if (!error_) {
    error_ = Error{.code = ErrorCode::kDamaged,
                   .message = std::move(message),
                   .file = source_.info().name,
                   .offset = offset,
                   .hint = {}};
  }
  at_ = end_;
  return false;
}

void JsonCursor::fail_earlier(std::uint64_t offset, std::string message) {
  cut_ = false;
  if (error_ && error_->offset.value_or(0) > offset) error_.reset();
  fail_at(offset, std::move(message));
}

bool JsonCursor::fail_cut() {
  if (error_) return false;
  cut_ = true;
  return fail_here("the snapshot ends in the middle: it was cut, or is still being written");
}

bool JsonCursor::refill() {
  if (finished_ || error_) return false;
  if (monitor_.cancelled()) {
    finished_ = true;
    return false;
  }
  if (at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    consumed_before_ += at_;
    end_ -= at_;
    at_ = 0;
  }
  const std::size_t room = std::max(kPiece, end_);
  if (buffer_.size() < end_ + room) buffer_.resize(end_ + room);
  const auto got = source_.read(std::span(buffer_).subspan(end_, room));
  monitor_.advance(source_.stored_position());
  if (!got) {
    finished_ = true;
    cut_ = got.error().code != ErrorCode::kIo;
    const std::size_t kept = end_;
    error_ = got.error();
    error_->file = source_.info().name;
    error_->offset = offset() + kept;
    at_ = end_;
    return false;
  }
  finished_ = *got == 0;
  end_ += *got;
  return *got > 0;
}

std::optional<char> JsonCursor::peek() {
  while (true) {
    while (at_ < end_ && is_blank(buffer_[at_])) ++at_;
    if (at_ < end_) return buffer_[at_];
    if (!refill()) {
      fail_cut();
      return std::nullopt;
    }
  }
}

bool JsonCursor::expect(char wanted) {
  const auto next = peek();
  if (!next) return false;
  if (*next != wanted) {
    return fail_here(fmt::format("broken JSON: expected {} and found {}", wanted, *next));
  }
  ++at_;
  return true;
}

bool JsonCursor::accept(char wanted) {
  const auto next = peek();
  if (!next || *next != wanted) return false;
  ++at_;
  return true;
}

std::optional<std::string> JsonCursor::member(bool& first) {
  if (accept('}') || error_) return std::nullopt;
  if (!std::exchange(first, false) && !expect(',')) return std::nullopt;
  auto name = string();
  if (!name || !expect(':')) return std::nullopt;
  return name;
}

bool JsonCursor::element(bool& first) {
  if (accept(']') || error_) return false;
  return std::exchange(first, false) || expect(',');
}

std::optional<std::string> JsonCursor::string() {
  if (!expect('"')) return std::nullopt;
  std::size_t length = 0;
  while (true) {
    const std::string_view rest = window();
    while (length < rest.size() && rest[length] != '"') length += rest[length] == '\\' ? 2 : 1;
    if (length < rest.size()) break;
    if (length > kLongestName) {
      fail_here("broken JSON: a name without an end");
      return std::nullopt;
    }
    if (!refill()) {
      fail_cut();
      return std::nullopt;
    }
  }
  std::string text;
  append_unescaped(text, window().substr(0, length));
  consume(length + 1);
  return text;
}

std::optional<std::uint64_t> JsonCursor::number() {
  const auto next = peek();
  if (!next) return std::nullopt;
  constexpr std::size_t kLongest = 20;
  while (window().size() <= kLongest && refill()) {
  }
  const std::string_view rest = window();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) {
    fail_here("broken JSON: expected a whole number");
    return std::nullopt;
  }
  consume(static_cast<std::size_t>(end - rest.data()));
  return value;
}

// Past numbers, words and what stands between values: to the next bracket or quote.
void JsonCursor::skip_plain() {
  static constexpr auto kStops = [] {
    std::array<bool, 256> stops{};
    for (const char c : {'"', '[', ']', '{', '}'}) stops[static_cast<unsigned char>(c)] = true;
    return stops;
  }();
  do {
    while (at_ < end_ && !kStops[static_cast<unsigned char>(buffer_[at_])]) ++at_;
  } while (at_ == end_ && refill());
}

// Brackets are counted, not matched: what is skipped means nothing here.
bool JsonCursor::skip_value() {
  std::size_t depth = 0;
  do {
    if (depth > 0) skip_plain();
    const auto next = peek();
    if (!next) return false;
    if (*next == '"') {
      if (!string()) return false;
    } else if (*next == '{' || *next == '[') {
      ++at_;
      if (++depth > kDeepest) return fail_here("JSON nested too deeply");
    } else if (*next == '}' || *next == ']') {
      if (depth == 0) return fail_here("broken JSON: a value is missing");
      ++at_;
      --depth;
    } else if (*next == ',' || *next == ':') {
      if (depth == 0) return fail_here("broken JSON: a value is missing");
      ++at_;
    } else {
      const auto ends = [](char c) {
        return is_blank(c) || c == ',' || c == '}' || c == ']' || c == ':';
      };
      while (at_ < end_ ? !ends(buffer_[at_]) : refill()) {
        if (at_ < end_) ++at_;
      }
    }
  } while (depth > 0);
  return true;
}

}  // namespace tidemark::v8
