#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace tidemark {

std::string format_whole_bytes(std::int64_t bytes) {
  static constexpr std::array<const char*, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  double value = std::fabs(static_cast<double>(bytes));
  std::size_t unit = 0;
  // 999.95 would print as "1000.0": step up before rounding does.
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const char* sign = bytes < 0 ? "-" : "";
  if (unit == 0) return fmt::format("{}{} B", sign, static_cast<std::int64_t>(value));
  return fmt::format("{}{:.1f} {}", sign, value, kUnits[unit]);
}

std::string format_count(std::int64_t count) {
  const std::string digits = fmt::format(
      "{}", count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count));
  std::string out = count < 0 ? "-" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string format_percent(double part, double whole) {
  if (whole == 0) return "-";
  const double percent = 100 * part / whole;
  return percent >= 99.95 || percent == 0 ? fmt::format("{:.0f} %", percent)
                                          : fmt::format("{:.1f} %", percent);
}

std::string format_signed_bytes(std::int64_t bytes) {
  return bytes > 0 ? "+" + format_bytes(bytes) : format_bytes(bytes);
}

std::string format_signed_count(std::int64_t count) {
  return count > 0 ? "+" + format_count(count) : format_count(count);
}

std::string plural(std::uint64_t count, const char* noun) {
  const std::string_view word = noun;
  std::string out = format_count(static_cast<std::int64_t>(count)) + " " + noun;
  if (count == 1) return out;
  if (word.ends_with("s") || word.ends_with("x") || word.ends_with("ch")) return out + "es";
  if (word.ends_with("y") && !word.ends_with("ay") && !word.ends_with("ey")) {
    out.back() = 'i';
    return out + "es";
  }
  return out + "s";
}

}  // namespace tidemark
