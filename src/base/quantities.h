// Amounts as users type them in options.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

// "90", "90s", "5m", "2h", "1d", "2w"; nothing when it is none of these, zero, or above a year.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
// Seconds, as fine as a request needs: "80ms", "1.5s", "200us", "2", and longer ones as above.
// Nothing when it is none of these, zero, or above a year.
std::optional<double> parse_seconds(std::string_view text);
// "500", "500kB", "3MB", "1.5GB" in decimal units, as they are shown; "512MiB", "1Gi" in binary
// ones. Nothing when it is none of these, zero, or above 1 PB.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace tidemark
