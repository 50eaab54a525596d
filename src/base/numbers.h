// Numbers out of text, strictly: no leading blanks, no plus sign, no locale; what does not fit into
// the type, "inf" and "nan" are no numbers. Whole numbers in any base from 2 to 36; those with a
// fraction also with an exponent ("1e3") unless the caller says that it is none. Thread-safe.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

namespace tidemark {

// The number that the text begins with, which is taken off it. Nothing, and the text as it was,
// where it begins with none.
template <std::integral Number>
std::optional<Number> take_number(std::string_view& text, int base = 10) {
  Number number = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), number, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - begin));
  return number;
}

template <std::floating_point Number>
std::optional<Number> take_number(std::string_view& text,
                                  std::chars_format format = std::chars_format::general) {
  Number number = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), number, format);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - begin));
  return number;
}

// The same, of a text that is left as it is: "512" of "512 MB", "3" of "3 lines".
template <class Number, class... How>
std::optional<Number> leading_number(std::string_view text, How... how) {
  return take_number<Number>(text, how...);
}

// A text that is a number and nothing else.
template <class Number, class... How>
std::optional<Number> parse_number(std::string_view text, How... how) {
  const auto number = take_number<Number>(text, how...);
  return text.empty() ? number : std::nullopt;
}

}  // namespace tidemark
