#include "series/clock_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "base/numbers.h"

namespace tidemark {
namespace {

constexpr double kDay = 86400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads text from the front; every function says whether what it wanted was there.
struct Scanner {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] char peek() const { return at < text.size() ? text[at] : '\0'; }

  bool literal(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }

  bool number(std::size_t digits, int& out) {
    if (at + digits > text.size()) return false;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(text[at + i])) return false;
      value = value * 10 + (text[at + i] - '0');
    }
    at += digits;
    out = value;
    return true;
  }

  bool fraction(double& seconds) {
    if (!literal('.') && !literal(',')) return true;
    double unit = 0.1;
    if (!is_digit(peek())) return false;
    for (; is_digit(peek()); ++at, unit /= 10) seconds += unit * (peek() - '0');
    return true;
  }
};

// Seconds east of UTC; 0 when no zone is written.
bool scan_zone(Scanner& scan, double& offset) {
  offset = 0;
  if (scan.literal('Z') || scan.literal('z')) return true;
  if (scan.text.substr(scan.at).starts_with(" UTC")) {
    scan.at += 4;
    return true;
  }
  const char sign = scan.peek();
  if (sign != '+' && sign != '-') return true;
  ++scan.at;
  int hours = 0;
  int minutes = 0;
  if (!scan.number(2, hours)) return false;
  scan.literal(':');
  if (is_digit(scan.peek()) && !scan.number(2, minutes)) return false;
  if (hours > 15 || minutes > 59) return false;
  offset = (sign == '-' ? -1 : 1) * (hours * 3600.0 + minutes * 60.0);
  return true;
}

// Hours, minutes and, where they are written, seconds.
bool scan_clock(Scanner& scan, double& seconds) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!scan.number(2, hour) || !scan.literal(':') || !scan.number(2, minute)) return false;
  if (scan.literal(':') && !scan.number(2, second)) return false;
  if (hour > 24 || minute > 59 || second > 60) return false;
  seconds = hour * 3600.0 + minute * 60.0 + second;
  return scan.fraction(seconds);
}

std::optional<double> days_since_1970(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
}

struct CalendarTime {
  std::chrono::year_month_day date;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

CalendarTime calendar(double time) {
  // What a calendar can show; a hostile number must not overflow the conversion.
  const double clipped = std::clamp(std::isfinite(time) ? time : 0.0, -6e10, 2.5e11);
  const auto whole = static_cast<std::int64_t>(std::floor(clipped));
  const std::chrono::sys_seconds instant{std::chrono::seconds(whole)};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto second = static_cast<int>((instant - day).count());
  return {std::chrono::year_month_day(day), second / 3600, second / 60 % 60, second % 60};
}

}  // namespace

std::optional<double> parse_time_prefix(std::string_view text, std::size_t& length) {
  Scanner scan{text};
  int year = 0;
  int month = 0;
  int day = 0;
  if (!scan.number(4, year) || !scan.literal('-') || !scan.number(2, month) || !scan.literal('-') ||
      !scan.number(2, day)) {
    return std::nullopt;
  }
  const auto days = days_since_1970(year, month, day);
  if (!days) return std::nullopt;
  double time = *days * kDay;
  const char separator = scan.peek();
  const bool has_clock = (separator == 'T' || separator == 't' || separator == ' ') &&
                         scan.at + 1 < text.size() && is_digit(text[scan.at + 1]);
  if (has_clock) {
    ++scan.at;
    double seconds = 0;
    double offset = 0;
    if (!scan_clock(scan, seconds) || !scan_zone(scan, offset)) return std::nullopt;
    time += seconds - offset;
  }
  length = scan.at;
  return time;
}

double seconds_of_epoch(double number) {
  for (int i = 0; i < 3 && number > 1e11; ++i) number /= 1000;
  return number;
}

std::optional<double> parse_time(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::size_t length = 0;
  if (const auto time = parse_time_prefix(text, length)) {
    return length == text.size() ? time : std::nullopt;
  }
  const auto number = parse_number<double>(text);
  if (!number) return std::nullopt;
  return seconds_of_epoch(*number);
}

std::optional<double> parse_syslog_time_prefix(std::string_view text, double now,
                                               std::size_t& length) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  if (month == kMonths.end()) return std::nullopt;
  Scanner scan{text, 3};
  int day = 0;
  double seconds = 0;
  if (!scan.literal(' ')) return std::nullopt;
  const bool short_day = scan.literal(' ');
  if (!scan.number(short_day ? 1 : 2, day) || !scan.literal(' ') || !scan_clock(scan, seconds)) {
    return std::nullopt;
  }
  const int number = static_cast<int>(month - kMonths.begin()) + 1;
  const int this_year = static_cast<int>(calendar(now).date.year());
  // A day of slack: the log's clock may be in another zone than ours. 29 February needs some years.
  for (int year = this_year + 1; year >= this_year - 8; --year) {
    const auto days = days_since_1970(year, number, day);
    if (!days || *days * kDay + seconds > now + kDay) continue;
    length = scan.at;
    return *days * kDay + seconds;
  }
  return std::nullopt;
}

std::string format_time(double time) {
  const CalendarTime at = calendar(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(at.date.year()),
                     static_cast<unsigned>(at.date.month()), static_cast<unsigned>(at.date.day()),
                     at.hour, at.minute);
}

std::string format_clock(double time) {
  const CalendarTime at = calendar(time);
  return fmt::format("{:02}:{:02}", at.hour, at.minute);
}

std::string format_precise_time(double time) {
  const CalendarTime at = calendar(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(at.date.year()),
                     static_cast<unsigned>(at.date.month()), static_cast<unsigned>(at.date.day()),
                     at.hour, at.minute, at.second);
}

std::string format_iso_time(double time) {
  if (!std::isfinite(time)) time = 0;
  const double rounded = std::round(time * 1000) / 1000;
  std::string text = format_precise_time(rounded);
  const auto fraction = std::lround((rounded - std::floor(rounded)) * 1000);
  if (fraction > 0 && fraction < 1000)
    text.insert(text.size() - 1, fmt::format(".{:03}", fraction));
  return text;
}

std::string format_hours(double hours) {
  if (!std::isfinite(hours)) return "-";
  if (hours < 1.5 / 60) return fmt::format("{:.0f} s", hours * 3600);
  if (hours < 1.5) return fmt::format("{:.0f} min", hours * 60);
  if (hours < 9.95) return fmt::format("{:.1f} h", hours);
  if (hours < 100) return fmt::format("{:.0f} h", hours);
  return fmt::format("{:.0f} days", hours / 24);
}

}  // namespace tidemark
