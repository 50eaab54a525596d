// Cuts a byte stream into blocks of whole lines for several threads to parse at the same time.
//
// Each thread asks for a block, parses it, asks again. Reading (and decompressing) happens under a
// lock by whichever thread asks, so one thread reads while the others parse, and a pipe is
// treated like a file. A line longer than a block makes the block grow to hold it.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "base/byte_source.h"
#include "base/monitor.h"

namespace tidemark {

struct LineBlock {
  std::vector<char> bytes;     // whole lines, then kPadding readable bytes that mean nothing
  std::size_t size = 0;        // bytes of lines; the last may lack its newline at the end of input
  std::uint64_t offset = 0;    // of the first byte in the uncompressed content
  std::uint32_t sequence = 0;  // 0, 1, 2... in input order
  static constexpr std::size_t kPadding = 64;
};

struct LineLimits {
  std::size_t block_size = std::size_t{1} << 20;
  std::size_t longest_line = std::size_t{1} << 30;  // longer ones are read past, but not kept
  // Does a record begin at `line`? When given, a block ends before such a line wherever it can, so
  // that a record which a stray newline splits stays in one piece.
  bool (*begins_record)(const char* line, const char* end) = nullptr;
};

// Thread-safe.
class LineBlocks {
 public:
  // `head`: bytes already taken from the source, which come first.
  LineBlocks(ByteSource& source, std::vector<char> head, Monitor& monitor, LineLimits limits);

  // Refills `block` with the next lines; false at the end, on an error and when cancelled.
  bool next(LineBlock& block);

  // The error that ended the stream, if one did (all sound bytes before it were handed out).
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return position_; }
  [[nodiscard]] std::uint64_t dropped_lines() const { return dropped_lines_; }
  [[nodiscard]] std::uint64_t first_dropped_offset() const { return first_dropped_; }

 private:
  bool fill_until_newline(LineBlock& block);
  [[nodiscard]] std::size_t whole_records(const char* begin, std::size_t size) const;

  std::mutex mutex_;
  ByteSource& source_;
  Monitor& monitor_;
  LineLimits limits_;
  std::vector<char> carry_;  // the start of the next line, read with the block before
  std::uint64_t position_ = 0;
  std::uint32_t sequence_ = 0;
  bool finished_ = false;
  bool dropping_ = false;  // inside a line that is too long to keep
  std::uint64_t dropped_lines_ = 0;
  std::uint64_t first_dropped_ = 0;
  std::optional<Error> failure_;
};

}  // namespace tidemark
