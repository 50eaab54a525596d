#include "base/quantities.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/numbers.h"

namespace tidemark {
namespace {

struct Amount {
  double number = 0;
  std::string unit;  // in lower case
};

std::optional<Amount> split(std::string_view text) {
  Amount amount;
  const auto number = take_number<double>(text, std::chars_format::fixed);
  if (!number || *number <= 0) return std::nullopt;
  amount.number = *number;
  for (const char c : text) {
    if (c != ' ') amount.unit += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return amount;
}

template <std::size_t Count>
std::optional<double> in_unit(std::string_view text,
                              const std::array<std::pair<std::string_view, double>, Count>& units,
                              double most) {
  const auto amount = split(text);
  if (!amount) return std::nullopt;
  for (const auto& [name, factor] : units) {
    if (amount->unit != name) continue;
    const double value = std::round(amount->number * factor);
    return value >= 1 && value <= most ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {
      {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86'400}, {"w", 604'800}}};
  const auto value = in_unit(text, kUnits, 366 * 86'400.0);
  if (!value) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(*value));
}

std::optional<double> parse_seconds(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {{{"", 1},
                                                                                 {"us", 1e-6},
                                                                                 {"ms", 1e-3},
                                                                                 {"s", 1},
                                                                                 {"m", 60},
                                                                                 {"min", 60},
                                                                                 {"h", 3600},
                                                                                 {"d", 86'400}}};
  const auto amount = split(text);
  if (!amount) return std::nullopt;
  for (const auto& [name, factor] : kUnits) {
    if (amount->unit != name) continue;
    const double value = amount->number * factor;
    return value > 0 && value <= 366 * 86'400.0 ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 16> kUnits = {
      {{"", 1},
       {"b", 1},
       {"k", 1e3},
       {"kb", 1e3},
       {"ki", 1024},
       {"kib", 1024},
       {"m", 1e6},
       {"mb", 1e6},
       {"mi", 1048576},
       {"mib", 1048576},
       {"g", 1e9},
       {"gb", 1e9},
       {"gi", 1073741824},
       {"gib", 1073741824},
       {"t", 1e12},
       {"tb", 1e12}}};
  const auto value = in_unit(text, kUnits, 1e15);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace tidemark
