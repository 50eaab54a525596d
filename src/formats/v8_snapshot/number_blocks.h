// Reads a flat array of whole numbers, the bulk of a heap snapshot, with several threads: each
// takes a block of text, knows the position of its first number, and parses it on its own.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "formats/v8_snapshot/json_cursor.h"

namespace tidemark::v8 {

struct Numbers {
  std::uint64_t first = 0;  // position of the first in the array
  std::vector<std::uint32_t> values;
  // Those that 32 bits do not hold, by position in `values`, where they are 0xffffffff.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> large;
};

// `take` is called by any thread with some of the numbers, in any order. The cursor must stand
// before the "[", and stands behind the "]" afterwards. False when the array is broken, cut or
// cancelled; what was sound before has been given to `take`. `count`: how many there were.
bool read_numbers(JsonCursor& cursor, unsigned threads, std::uint64_t& count,
                  const std::function<void(const Numbers&)>& take);

}  // namespace tidemark::v8
