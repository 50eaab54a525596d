// Reads a flat array of records of whole numbers, the bulk of a heap snapshot, with several
// threads: each takes a block of text that ends with a record, knows the number of its first
// record, and parses it on its own.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

#include "base/threads.h"
#include "formats/v8_snapshot/json_cursor.h"

namespace tidemark::v8 {

inline constexpr std::size_t kMostFields = 64;  // of one record

// Text of whole records, but for the last block of an array, which may end in the middle of one.
// It ends with the comma behind its last number, or where the array does; zeros follow.
struct RecordBlock {
  std::vector<char> text;
  std::size_t size = 0;
  std::uint64_t first = 0;   // number of its first record
  std::uint64_t count = 0;   // records
  std::uint64_t rest = 0;    // numbers behind them
  std::uint64_t offset = 0;  // in the input
};

// Hands the blocks of one array out. Thread-safe.
class RecordBlocks {
 public:
  RecordBlocks(JsonCursor& cursor, std::size_t width) : cursor_(cursor), width_(width) {}
  // False at the end of the array, of the input, or after an error.
  bool next(RecordBlock& block);
  void fail(const RecordBlock& block);
  // In the blocks that were handed out.
  [[nodiscard]] std::uint64_t numbers() const { return numbers_; }

 private:
  struct Extent {
    std::size_t size = 0;
    std::uint64_t numbers = 0;
    bool last = false;  // the array ends behind it
  };
  [[nodiscard]] Extent whole_records(std::string_view window) const;
  void take(RecordBlock& block, const Extent& extent);

  std::mutex mutex_;
  JsonCursor& cursor_;
  std::size_t width_;
  std::uint64_t numbers_ = 0;
  bool done_ = false;
};

// Steps over the number at `p`, behind which eight bytes more must be readable. False where there
// is none, or one of more than 19 digits.
inline bool parse_number(const char*& p, std::uint64_t& value) {
  // Eight characters at once: where the first is that is no digit, and the value of those before.
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  word ^= 0x3030303030303030U;
  const std::uint64_t others = ((word + 0x7676767676767676U) | word) & 0x8080808080808080U;
  if (others == 0) [[unlikely]] {
    const char* const digits = p;
    value = 0;
    for (std::uint64_t digit = 0;
         (digit = static_cast<unsigned char>(*p) - std::uint64_t{'0'}) <= 9; ++p) {
      value = value * 10 + digit;
    }
    return p - digits <= 19;
  }
  const auto bits = static_cast<unsigned>(std::countr_zero(others)) & ~7U;
  if (bits == 0) return false;
  word <<= 64 - bits;
  word = (word * 10) + (word >> 8);
  word = (((word & 0x000000ff000000ffU) * 0x000f424000000064U) +
          (((word >> 16) & 0x000000ff000000ffU) * 0x0000271000000001U)) >>
         32;
  value = word;
  p += bits / 8;
  return true;
}

// Calls take(record, fields) for the records of a block; false where it is broken.
template <class Take>
bool parse_records(const RecordBlock& block, std::size_t width, const Take& take) {
  std::array<std::uint64_t, kMostFields> fields{};
  const char* p = block.text.data();
  const char* const end = p + block.size;
  const auto number = [&](std::uint64_t& value) {
    while (is_blank(*p)) ++p;
    if (!parse_number(p, value)) return false;
    while (is_blank(*p)) ++p;
    return *p == ',' ? ++p <= end : p == end;
  };
  for (std::uint64_t record = block.first; record < block.first + block.count; ++record) {
    for (std::size_t field = 0; field < width; ++field) {
      if (!number(fields[field])) return false;
    }
    take(record, fields.data());
  }
  for (std::uint64_t i = 0; i < block.rest; ++i) {
    if (!number(fields[0])) return false;
  }
  while (p < end && is_blank(*p)) ++p;
  return p == end;
}

// `take(record, fields)` is called by any thread, in any order, with the `width` numbers of one
// record. The cursor must stand before the "[", and stands behind the "]" afterwards. False when
// the array is broken, cut or cancelled; what was sound before has been given to `take`. `numbers`:
// how many there were.
template <class Take>
bool read_records(JsonCursor& cursor, unsigned threads, std::size_t width, std::uint64_t& numbers,
                  const Take& take) {
  numbers = 0;
  if (width == 0 || width > kMostFields) return cursor.fail_here("records of no sensible width");
  if (!cursor.expect('[')) return false;
  RecordBlocks blocks(cursor, width);
  std::atomic<bool> sound{true};
  const auto work = [&](unsigned, std::size_t, std::size_t) {
    RecordBlock block;
    while (blocks.next(block)) {
      if (parse_records(block, width, take)) continue;
      sound = false;
      blocks.fail(block);
    }
  };
  constexpr std::size_t kAlwaysParallel = std::size_t{1} << 20;
  parallel_slices(threads, kAlwaysParallel, work);
  numbers = blocks.numbers();
  return sound && !cursor.error() && !cursor.cancelled();
}

}  // namespace tidemark::v8
