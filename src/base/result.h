// Errors are values. Every fallible call of this project returns Result<T>: either the value or an
// Error that says what happened, where, and what to do next. Nothing here throws or prints.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace tidemark {

enum class ErrorCode : std::uint8_t {
  kIo,           // the operating system refused: open, read, write
  kNotADump,     // the bytes are of another kind than the caller asked for
  kDamaged,      // the bytes are of the right kind, but broken
  kTooLarge,     // more than 32-bit ids can number, or more than a stated limit
  kNotFound,     // a name or an address that the heap does not hold
  kUsage,        // options that contradict each other
  kCancelled,    // stopped by the user
  kUnsupported,  // known, and not possible here
};

struct Error {
  ErrorCode code = ErrorCode::kIo;
  std::string message;                  // one sentence, no final full stop
  std::string file;                     // empty: not about a file
  std::optional<std::uint64_t> offset;  // byte offset in the (uncompressed) content
  std::string hint;                     // what to do next; may be empty
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{.code = code,
                               .message = std::move(message),
                               .file = {},
                               .offset = {},
                               .hint = std::move(hint)});
}

}  // namespace tidemark
