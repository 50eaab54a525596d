#include "sources/amount_cell.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/numbers.h"
#include "sources/csv_columns.h"

namespace tidemark {
namespace {

constexpr double kKibi = 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether every separator stands before three digits, and a digit before the first.
bool groups_of_three(std::string_view digits, char separator) {
  const std::size_t first = digits.find(separator);
  if (first == 0 || first == std::string_view::npos || first > 3) return false;
  for (std::size_t at = first; at < digits.size(); at += 4) {
    if (digits[at] != separator || at + 4 > digits.size()) return false;
    for (std::size_t i = at + 1; i < at + 4; ++i) {
      if (!is_digit(digits[i])) return false;
    }
  }
  return true;
}

// The number in the words of from_chars: no separators of thousands, a point for decimals.
std::optional<std::string> plain_number(std::string_view text, DecimalMark mark) {
  const auto points = std::count(text.begin(), text.end(), '.');
  const auto commas = std::count(text.begin(), text.end(), ',');
  char decimal = '.';
  if (points > 0 && commas > 0) {
    decimal = text.rfind('.') > text.rfind(',') ? '.' : ',';
  } else if (commas > 1 ||
             (commas == 1 && groups_of_three(text, ',') && mark == DecimalMark::kPoint)) {
    decimal = '.';
    if (!groups_of_three(text, ',')) return std::nullopt;
  } else if (commas == 1) {
    decimal = ',';
  } else if (points > 1 ||
             (points == 1 && groups_of_three(text, '.') && mark == DecimalMark::kComma)) {
    decimal = ',';
    if (!groups_of_three(text, '.')) return std::nullopt;
  }
  if (std::count(text.begin(), text.end(), decimal) > 1) return std::nullopt;
  std::string out;
  for (const char c : text) {
    if (c == decimal) {
      out += '.';
    } else if (c != '.' && c != ',') {
      out += c;
    }
  }
  return out;
}

// What belongs to the number at the begin of `text`, with the separators of thousands left in but
// for blanks and apostrophes; they count only between digits, before three of them.
std::string take_digits(std::string_view& text) {
  std::string out;
  std::size_t at = 0;
  const auto group_follows = [&](std::size_t from) {
    std::size_t digits = 0;
    while (from + digits < text.size() && is_digit(text[from + digits])) ++digits;
    return digits == 3;
  };
  while (at < text.size()) {
    const char c = text[at];
    const bool after_digit = !out.empty() && is_digit(out.back());
    if (is_digit(c) || c == '.' || c == ',') {
      out += c;
      ++at;
    } else if ((c == 'e' || c == 'E') && after_digit && at + 1 < text.size() &&
               (is_digit(text[at + 1]) || ((text[at + 1] == '+' || text[at + 1] == '-') &&
                                           at + 2 < text.size() && is_digit(text[at + 2])))) {
      out.append(text.substr(at, 2));
      at += 2;
    } else if ((c == ' ' || c == '\'' || c == '_') && after_digit && group_follows(at + 1)) {
      ++at;
    } else if (text.substr(at).starts_with("\xC2\xA0") && after_digit && group_follows(at + 2)) {
      at += 2;
    } else if (text.substr(at).starts_with("\xE2\x80\xAF") && after_digit &&
               group_follows(at + 3)) {
      at += 3;
    } else {
      break;
    }
  }
  text.remove_prefix(at);
  return out;
}

}  // namespace

double unit_in_bytes(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, double>, 36> kUnits = {
      {{"b", 1},
       {"byte", 1},
       {"bytes", 1},
       {"kb", 1e3},
       {"kib", kKibi},
       {"kilobytes", 1e3},
       {"kilobyte", 1e3},
       {"kbytes", kKibi},
       {"kibibytes", kKibi},
       {"k", kKibi},
       {"ki", kKibi},
       {"mb", 1e6},
       {"mib", 1048576},
       {"megabytes", 1e6},
       {"megabyte", 1e6},
       {"mbytes", 1e6},
       {"mebibytes", 1048576},
       {"m", 1048576},
       {"mi", 1048576},
       {"gb", 1e9},
       {"gib", 1073741824},
       {"gigabytes", 1e9},
       {"gigabyte", 1e9},
       {"gbytes", 1e9},
       {"gibibytes", 1073741824},
       {"g", 1073741824},
       {"gi", 1073741824},
       {"tb", 1e12},
       {"tib", 1099511627776},
       {"terabytes", 1e12},
       {"t", 1099511627776},
       {"ti", 1099511627776},
       {"decbytes", 1},
       {"mbs", 1e6},
       {"meg", 1e6},
       {"megs", 1e6}}};
  const std::string lower = csv_lower(word);
  for (const auto& [name, bytes] : kUnits) {
    if (lower == name) return bytes;
  }
  return 0;
}

bool says_nothing(std::string_view text) {
  const std::string lower = csv_lower(csv_trim(text));
  static constexpr std::array<std::string_view, 11> kNothing = {
      "", "-", "--", "nan", "null", "nil", "n/a", "na", "none", "undefined", "<unknown>"};
  return std::find(kNothing.begin(), kNothing.end(), lower) != kNothing.end();
}

std::optional<CellAmount> parse_amount(std::string_view text, DecimalMark mark) {
  text = csv_trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string digits = take_digits(text);
  if (digits.empty() ||
      !is_digit(digits.front() == '.' && digits.size() > 1 ? digits[1] : digits.front())) {
    return std::nullopt;
  }
  const auto plain = plain_number(digits, mark);
  if (!plain) return std::nullopt;
  const auto number = parse_number<double>(std::string_view(*plain));
  if (!number) return std::nullopt;
  CellAmount out{.number = negative ? -*number : *number};
  if (const std::size_t slash = text.find(" / "); slash != std::string_view::npos) {
    text = text.substr(0, slash);
  }
  text = csv_trim(text);
  if (text.empty()) return out;
  if (text == "%") {
    out.percent = true;
    return out;
  }
  out.unit = unit_in_bytes(text);
  if (out.unit == 0) return std::nullopt;
  return out;
}

}  // namespace tidemark
