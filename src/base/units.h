// How numbers are shown to a person; the only place that decides it.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <string>

namespace tidemark {

std::string format_whole_bytes(std::int64_t bytes);
// "1.5 MB" (decimal units); a fraction of a byte is rounded.
std::string format_bytes(std::integral auto bytes) {
  return format_whole_bytes(static_cast<std::int64_t>(bytes));
}
std::string format_bytes(std::floating_point auto bytes) {
  return format_whole_bytes(std::llround(bytes));
}
std::string format_count(std::int64_t count);               // "1,234,567"
std::string format_percent(double part, double whole);      // "12.3 %"; "-" when whole is 0
std::string format_signed_bytes(std::int64_t bytes);        // "+1.5 MB"
std::string format_signed_count(std::int64_t count);        // "+1,234"
std::string plural(std::uint64_t count, const char* noun);  // "1 object", "1,234 objects"

}  // namespace tidemark
