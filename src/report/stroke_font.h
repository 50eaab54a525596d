// Letters made of lines, on a grid of 4 by 8 with the baseline at 2.
#pragma once

#include <string_view>

namespace tidemark {

inline constexpr double kGlyphAdvance = 5.6;  // grid units from one letter to the next
inline constexpr double kGlyphHeight = 8;     // from the lowest descender to the top of a capital
inline constexpr double kGlyphBaseline = 2;

// The strokes of a character: pairs of digits (x, y upwards), strokes parted by spaces. A box for
// what is not printable ASCII.
std::string_view glyph_strokes(char32_t character);

}  // namespace tidemark
