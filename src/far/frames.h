// What goes between this program and its copy on the far side: frames of a kind, a length and
// bytes. Over a channel that only keeps text, each frame is a line of base64.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

enum class FrameKind : char {
  kArguments = 'a',  // to the far side: words, each ended by a zero byte
  kOutput = 'o',     // from there: standard output
  kError = 'e',      // standard error
  kEnd = 'x',        // the exit code, in digits; the last
};

struct Frame {
  FrameKind kind = FrameKind::kEnd;
  std::string bytes;
};

inline constexpr std::size_t kMostFrame = std::size_t{1} << 20;

std::string to_base64(std::string_view bytes);
// Nothing when it is no base64.
std::optional<std::string> from_base64(std::string_view text);

std::string pack_frame(FrameKind kind, std::string_view bytes, bool text_only);

// Bytes as they come, in any pieces. Not thread-safe.
class FrameReader {
 public:
  explicit FrameReader(bool text_only) : text_only_(text_only) {}

  void add(std::string_view bytes) { buffer_ += bytes; }
  // The next whole frame, or nothing yet. Errors: kDamaged when the bytes are no frames.
  Result<std::optional<Frame>> next();

 private:
  Result<std::optional<Frame>> next_line();
  void drop(std::size_t count);

  bool text_only_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

}  // namespace tidemark
