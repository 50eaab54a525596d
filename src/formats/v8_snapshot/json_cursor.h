// Walks JSON text as it streams in: what stands between the large arrays of a heap snapshot is read
// value by value, and the arrays themselves are handed out as raw bytes.
//
// The first error sticks: every call fails after it, and error() tells it with its offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"
#include "base/result.h"

namespace tidemark::v8 {

constexpr bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Not thread-safe.
class JsonCursor {
 public:
  // `head`: bytes already taken from the source, which come first.
  JsonCursor(ByteSource& source, std::vector<char> head, Monitor& monitor);

  // The next byte that is no white space, not consumed; nothing at the end or after an error.
  std::optional<char> peek();
  // Consumes this byte, which must be next (but for white space).
  bool expect(char wanted);
  // Consumes the byte when it is next.
  bool accept(char wanted);

  // Steps through an object: the next member's name, behind its colon; nothing at the end of it.
  // `first` must be true for the first call on an object, and is then set to false.
  std::optional<std::string> member(bool& first);
  // Steps through an array in the same way: is there another value?
  bool element(bool& first);

  std::optional<std::string> string();    // a string, unescaped
  std::optional<std::uint64_t> number();  // a whole number
  bool skip_value();                      // any value, however deep

  // What has been read and not consumed. Empty at the end or after an error. refill() reads more
  // behind it; false when nothing more came.
  [[nodiscard]] std::string_view window() const { return {buffer_.data() + at_, end_ - at_}; }
  bool refill();
  void consume(std::size_t bytes) { at_ += bytes; }

  [[nodiscard]] std::uint64_t offset() const { return consumed_before_ + at_; }
  bool fail_at(std::uint64_t offset, std::string message);  // always false
  bool fail_here(std::string message) { return fail_at(offset(), std::move(message)); }
  // Of an error in what was read before: it counts instead of one behind it, and an input that is
  // broken is not merely cut. So the answer is the same, whichever thread finds what first.
  void fail_earlier(std::uint64_t offset, std::string message);
  bool fail_cut();  // the input ended before a value did
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  // The input ended, or its compression broke off, before the value did.
  [[nodiscard]] bool cut() const { return cut_; }
  [[nodiscard]] bool cancelled() const { return monitor_.cancelled(); }

 private:
  void skip_plain();

  ByteSource& source_;
  Monitor& monitor_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t consumed_before_ = 0;  // bytes that have left the buffer
  bool finished_ = false;
  bool cut_ = false;
  std::optional<Error> error_;
};

// Appends JSON string content (without the quotes) in UTF-8. Lone surrogates become three bytes
// each, as if they were characters; a broken escape stays as it is.
void append_unescaped(std::string& out, std::string_view escaped);

}  // namespace tidemark::v8
