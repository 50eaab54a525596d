// Sentences broken into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

inline constexpr std::size_t kTextWidth = 100;  // columns that every text output fits in

struct WrapOptions {
  std::size_t width = kTextWidth;
  std::string_view first = {};    // before the first line: "  1. "
  std::string_view hanging = {};  // before the others, as wide as `first` for a hanging indent
};

// Breaks at spaces so that each line fits; every line ends with a newline. Newlines in the text
// begin a new line with the hanging indent. A number stays with its unit ("1.5 MB"), a word wider
// than a line stays whole, so that a path can still be copied, and colour takes no room. Names out
// of a dump must have gone through safe_text() and, where they can be long, shorten().
std::string wrap(std::string_view text, const WrapOptions& options = {});

}  // namespace tidemark
