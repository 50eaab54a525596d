// One cell of a table as a point in time, in the forms that tools and dashboards write.
#pragma once

#include <optional>
#include <string_view>

namespace tidemark {

// Whether 03/02/2026 is the third of February or the second of March.
enum class DateOrder { kUnknown, kDayFirst, kMonthFirst };

struct TimeCell {
  double time = 0;
  bool zoned = false;       // the cell says its zone, or is a number of seconds
  bool number = false;      // a plain number, as it stands: seconds, or whatever the name says
  bool clock_only = false;  // a time of day without a day
  // The date was D/M/Y or M/D/Y: which of both is certain from this cell alone. kUnknown beside
  // `slashed`: from nothing.
  bool slashed = false;
  DateOrder order = DateOrder::kUnknown;
};

// "2026-03-02T00:00:00Z", "2026/03/02 00:00", "1772409600", "Mon Mar  2 00:00:00 UTC 2026",
// "Mar 2, 2026, 12:00:00 AM", "02-Mar-2026 00:00:00", "03/02/2026 12:00 AM", "02.03.2026 00:00",
// "00:00:01". A date of two readings is read in `order`; where that is unknown, as month first.
// Nothing for a text that is anything else. Thread-safe.
std::optional<TimeCell> parse_time_cell(std::string_view text,
                                        DateOrder order = DateOrder::kUnknown);

// The same, of the longest part at the begin of a line that is a time, "[" and "<" before it
// skipped; sets `length` to the characters it took. Only with a day.
std::optional<TimeCell> parse_time_begin(std::string_view line, DateOrder order,
                                         std::size_t& length);

}  // namespace tidemark
