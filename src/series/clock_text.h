// Points in time and lengths of time as text. A time is seconds since 1970, UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// "2026-01-31T14:02:03.25+02:00", "2026-01-31 14:02:03 UTC", "2026-01-31", "1769868123.5",
// "1769868123500" (milliseconds). A time without a zone is UTC. Nothing else may follow.
std::optional<double> parse_time(std::string_view text);

// Seconds since 1970 of a number that may count thousandths of them, or millionths, or billionths:
// those of the year 5138 and beyond do.
double seconds_of_epoch(double number);

// The ISO 8601 time that begins `text`; sets `length` to the characters it took. For log lines.
std::optional<double> parse_time_prefix(std::string_view text, std::size_t& length);

// "Jan 08 10:55:11" as old syslog writes it, which has no year: the last such day before `now`.
// `length` as above.
std::optional<double> parse_syslog_time_prefix(std::string_view text, double now,
                                               std::size_t& length);

std::string format_time(double time);          // "2026-01-31 14:02"
std::string format_clock(double time);         // "14:02"
std::string format_precise_time(double time);  // "2026-01-31T14:02:03Z"

// For programs: the same, with milliseconds where there are any.
std::string format_iso_time(double time);

std::string format_hours(double hours);  // "40 s", "12 min", "3.5 h", "26 h", "9 days"

}  // namespace tidemark
