// The few byte-level loops in which a dump's reading time is spent. All of them may look up to 16
// bytes past the position they are given: blocks are padded for that. None steps over a newline.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

namespace tidemark::ruby {

inline std::uint32_t load32(const char* p) {
  std::uint32_t value = 0;
  std::memcpy(&value, p, sizeof value);
  return value;
}

inline std::uint64_t load64(const char* p) {
  std::uint64_t value = 0;
  std::memcpy(&value, p, sizeof value);
  return value;
}

// Four or eight characters as load32 and load64 would read them.
template <std::size_t N>
  requires(N == 5 || N == 9)
constexpr auto tag(const char (&text)[N]) {
  std::conditional_t<N == 5, std::uint32_t, std::uint64_t> value = 0;
  for (std::size_t i = N - 1; i-- > 0;) {
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

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

inline const char* skip_blanks(const char* p, const char* end) {
  while (p < end && is_blank(*p)) ++p;
  return p;
}

// Steps over a member's name, its colon and white space; `name` ends with its closing quote, the
// opening one is behind us already.
template <std::size_t N>
inline bool eat_key(const char*& p, const char (&name)[N]) {
  if (std::memcmp(p, name, N - 1) != 0) return false;
  const char* q = p + N - 1;
  if (*q != ':' || is_blank(q[1])) [[unlikely]] {
    while (is_blank(*q)) ++q;
    if (*q != ':') return false;
    while (is_blank(q[1])) ++q;
  }
  p = q + 1;
  return true;
}

// First position of `byte` in [p, end), or `end`.
inline const char* find_byte(const char* p, char byte, const char* end) {
  if (p >= end) return end;
  const void* place = std::memchr(p, byte, static_cast<std::size_t>(end - p));
  return place == nullptr ? end : static_cast<const char*>(place);
}

inline const char* line_end(const char* p, const char* end) { return find_byte(p, '\n', end); }

// First position at or after `p` of kStop, kOther or a newline; `end` when there is none.
template <char kStop, char kOther = kStop>
inline const char* scan_to(const char* p, const char* end) {
#if defined(__SSE4_1__)
  const __m128i stop = _mm_set1_epi8(kStop);
  const __m128i other = _mm_set1_epi8(kOther);
  const __m128i newline = _mm_set1_epi8('\n');
  for (; p < end; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(bytes, stop), _mm_cmpeq_epi8(bytes, newline));
    if constexpr (kOther != kStop) hit = _mm_or_si128(hit, _mm_cmpeq_epi8(bytes, other));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) {
      const char* place = p + std::countr_zero(mask);
      return place < end ? place : end;
    }
  }
  return end;
#else
  while (p < end && *p != kStop && *p != kOther && *p != '\n') ++p;
  return p < end ? p : end;
#endif
}

// The closing quote of a JSON string whose content begins at `p`; a newline or `end` if it is open.
inline const char* closing_quote(const char* p, const char* end) {
  for (;;) {
    p = scan_to<'"', '\\'>(p, end);
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
    const auto digit = static_cast<std::uint64_t>(*p - '0');
    constexpr std::uint64_t kMost = ~std::uint64_t{0};
    if (v >= kMost / 10 && (v > kMost / 10 || digit > kMost % 10)) return false;
    v = v * 10 + digit;
  }
  value = v;
  return p != begin;
}

}  // namespace tidemark::ruby
