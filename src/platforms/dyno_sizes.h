// What a Heroku dyno may use: the one table of its sizes, and the one meaning of Heroku's units.
//
// Heroku counts in binary units and writes them as decimal ones: a dyno of "512 MB" has a quota of
// 536,870,912 bytes (that number stands in the dyno's own memory.limit_in_bytes), and the MB of its
// logs, in samples (`sample#memory_total=520.00MB`), quotas (`sample#memory_quota=512.00MB`) and
// warnings (`mem=590M(115.2%)`), are the same 1,048,576 bytes. All that reads or judges memory of a
// dyno takes its bytes from here, so that a series and its quota are in one unit.
//
// Sources: Heroku Dev Center, "Dyno Types" (June 2024) and "Dyno Memory Behavior" (October 2024).
// Thread-safe: nothing here changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

inline constexpr std::uint64_t kDynoKilobyte = 1024;
inline constexpr std::uint64_t kDynoMegabyte = 1024 * kDynoKilobyte;
inline constexpr std::uint64_t kDynoGigabyte = 1024 * kDynoMegabyte;

struct DynoSize {
  std::string name;           // "standard-2x", in lower case
  std::uint64_t quota = 0;    // bytes; above them R14: warnings and swap
  std::uint64_t kill_at = 0;  // bytes at which R15 kills; the quota where there is no swap
  int cores = 0;              // 0: shared, or not said by the name
};

// By the name as Heroku's tools and logs write it, in upper or lower case: those of the common
// runtime and of private spaces (private-, shield-), of Fir ("dyno-2c-4gb"), and the names that
// are gone and that old logs have (free, hobby, 1x, 2x, px). Nothing for any other.
std::optional<DynoSize> dyno_size(std::string_view name);

// The smallest dyno of the common runtime that can be ordered today with at least so many bytes.
std::optional<DynoSize> dyno_with(double bytes);

// The names that can be ordered today, for an error's help.
std::string dyno_names();

// Bytes, rounded, of an amount as Heroku's logs write it: "103.50MB", "590M(115.2%)", "512.00kB",
// "2.50GB", "77bytes". Nothing for a text of another form, a negative amount or no unit.
std::optional<double> dyno_bytes(std::string_view text);

}  // namespace tidemark
