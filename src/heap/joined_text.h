// The text of strings that a runtime keeps as two parts until somebody needs them joined (V8's
// ropes: "concatenated string" nodes with a "first" and a "second").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "heap/graph.h"

namespace tidemark {

// Is it one whose parts were never joined, so that it has no text of its own?
bool is_rope(const HeapGraph& graph, std::uint32_t node);

struct JoinedText {
  std::string text;          // its beginning
  std::uint64_t length = 0;  // bytes of all of it, as far as was looked
  bool whole = true;         // false: too many parts to look at each
};

// Of any string. At most `most` bytes of text, or a few more: a character is not divided. Looks at
// `parts` strings at most: parts may be shared so often that all together are beyond counting.
JoinedText joined_text(const HeapGraph& graph, std::uint32_t node, std::size_t most,
                       std::size_t parts = 100'000);

}  // namespace tidemark
