// The few byte-level loops in which a dump's reading time is spent. All of them may look up to 16
// bytes past the position they are given: blocks are padded for that. None steps over a newline.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

namespace tidemark::ruby {

inline std::uint32_t load32(const char* p) {
  std::uint32_t value = 0;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Four characters as load32 would read them.
constexpr std::uint32_t tag(const char (&text)[5]) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(text[i]);
  }
  return value;
}

// Steps over `literal` if it stands at `p`.
template <std::size_t N>
inline bool eat(const char*& p, const char (&literal)[N]) {
  if (std::memcmp(p, literal, N - 1) != 0) return false;
  p += N - 1;
  return true;
}

// First position at or after `p` of `stop` or a newline. There must be one within the block or its
// padding (which ends the scan as if it were a newline: it is all NUL, and a NUL at `end` stops).
template <char kStop, bool kEscapes>
inline const char* scan_to(const char* p, const char* end) {
#if defined(__SSE4_1__)
  const __m128i stop = _mm_set1_epi8(kStop);
  const __m128i newline = _mm_set1_epi8('\n');
  const __m128i escape = _mm_set1_epi8('\\');
  for (; p < end; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(bytes, stop), _mm_cmpeq_epi8(bytes, newline));
    if constexpr (kEscapes) hit = _mm_or_si128(hit, _mm_cmpeq_epi8(bytes, escape));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) {
      const char* place = p + std::countr_zero(mask);
      return place < end ? place : end;
    }
  }
  return end;
#else
  while (p < end && *p != kStop && *p != '\n' && !(kEscapes && *p == '\\')) ++p;
  return p;
#endif
}

// The closing quote of a JSON string whose content begins at `p`; a newline or `end` if it is open.
inline const char* closing_quote(const char* p, const char* end) {
  for (;;) {
    p = scan_to<'"', true>(p, end);
    if (p >= end || *p != '\\') return p;
    p += p + 1 < end && p[1] == '\n' ? 1 : 2;
    if (p > end) return end;
  }
}

namespace detail {
inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

inline bool parse_hex_slowly(const char*& p, std::uint64_t& value) {
  std::uint64_t v = 0;
  int digits = 0;
  for (int d = 0; (d = hex_digit(*p)) >= 0; ++p) {
    if ((v >> 60) != 0) return false;
    v = (v << 4) | static_cast<std::uint64_t>(d);
    ++digits;
  }
  (void)digits;  // MRI writes a zero address as "0x"
  value = v;
  return *p == '"';
}
}  // namespace detail

// Reads hexadecimal digits up to a quote; leaves `p` at the quote. No digit at all is zero.
inline bool parse_hex(const char*& p, std::uint64_t& value) {
#if defined(__SSE4_1__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const auto quotes =
      static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'))));
  if (quotes == 0) return detail::parse_hex_slowly(p, value);
  const int length = std::countr_zero(quotes);
  // Every byte before the quote must be a digit.
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const auto between = [](__m128i x, char low, char high) {
    return _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8(static_cast<char>(low - 1))),
                         _mm_cmplt_epi8(x, _mm_set1_epi8(static_cast<char>(high + 1))));
  };
  const __m128i letters = between(lower, 'a', 'f');
  const auto valid =
      static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(between(bytes, '0', '9'), letters)));
  const unsigned wanted = (1U << length) - 1;
  if ((valid & wanted) != wanted) return false;
  const __m128i nibbles = _mm_add_epi8(_mm_and_si128(bytes, _mm_set1_epi8(0x0f)),
                                       _mm_and_si128(letters, _mm_set1_epi8(9)));
  // Move the digits to the end of the register, zeros before them.
  const __m128i index =
      _mm_add_epi8(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                   _mm_set1_epi8(static_cast<char>(length - 16)));  // negative index: zero
  const __m128i aligned = _mm_shuffle_epi8(nibbles, index);
  const __m128i pairs = _mm_maddubs_epi16(aligned, _mm_set1_epi16(0x0110));
  const __m128i packed = _mm_packus_epi16(pairs, pairs);
  value = __builtin_bswap64(static_cast<std::uint64_t>(_mm_cvtsi128_si64(packed)));
  p += length;
  return true;
#else
  return detail::parse_hex_slowly(p, value);
#endif
}

// Reads decimal digits; false when there is none or they exceed 64 bits.
inline bool parse_number(const char*& p, std::uint64_t& value) {
  const char* begin = p;
  std::uint64_t v = 0;
  for (; *p >= '0' && *p <= '9'; ++p) {
    if (v > (~std::uint64_t{0} - 9) / 10) return false;
    v = v * 10 + static_cast<std::uint64_t>(*p - '0');
  }
  value = v;
  return p != begin;
}

}  // namespace tidemark::ruby
