#include "sources/time_cell.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "series/clock_text.h"
#include "sources/csv_columns.h"

namespace tidemark {
namespace {

constexpr double kDay = 86400;
constexpr double kHour = 3600;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int month_of(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  if (word.size() < 3) return 0;
  const std::string lower = csv_lower(word.substr(0, 3));
  const auto found = std::find(kMonths.begin(), kMonths.end(), lower);
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

bool is_weekday(std::string_view word) {
  static constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu",
                                                            "fri", "sat", "sun"};
  return word.size() >= 3 &&
         std::find(kDays.begin(), kDays.end(), csv_lower(word.substr(0, 3))) != kDays.end();
}

// Hours east of UTC of the names that `date` and browsers write.
std::optional<double> zone_hours(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, double>, 20> kZones = {
      {{"UTC", 0},  {"GMT", 0},  {"Z", 0},    {"WET", 0},  {"WEST", 1},  {"BST", 1}, {"CET", 1},
       {"CEST", 2}, {"EET", 2},  {"EEST", 3}, {"MSK", 3},  {"IST", 5.5}, {"JST", 9}, {"EST", -5},
       {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7}, {"MDT", -6},  {"PST", -8}}};
  if (word == "PDT") return -7;
  for (const auto& [name, hours] : kZones) {
    if (word == name) return hours;
  }
  return std::nullopt;
}

// Reads the parts of a written time one after the other.
class WrittenTime {
 public:
  WrittenTime(std::string_view text, DateOrder order) : text_(text), order_(order) {}

  std::optional<TimeCell> read() {
    while (at_ < text_.size()) {
      if (!part()) return std::nullopt;
    }
    return finish();
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  bool part() {
    const char c = peek();
    if (c == ' ' || c == ',' || c == '\t') {
      ++at_;
      return true;
    }
    if (c == '(' && text_.back() == ')') {  // "(Central European Time)"
      at_ = text_.size();
      return clock_;
    }
    if ((c == '+' || c == '-') && clock_ && is_digit(peek(1))) return offset();
    if (is_letter(c)) return word();
    return is_digit(c) && number();
  }

  bool word() {
    const std::size_t begin = at_;
    while (is_letter(peek())) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const std::string lower = csv_lower(word);
    if ((lower == "am" || lower == "pm") && clock_ && !half_) {
      half_ = true;
      if (hour_ < 1 || hour_ > 12) return false;
      hour_ = hour_ % 12 + (lower == "pm" ? 12 : 0);
      return true;
    }
    if (lower == "t" && year_ && !clock_) return true;
    if (const int month = month_of(word); month > 0 && !month_) {
      month_ = month;
      named_month_ = true;
      if (peek() == '-' || peek() == '.' || peek() == '/') ++at_;
      return true;
    }
    if (is_weekday(word)) return true;
    if (const auto hours = zone_hours(word)) {
      if (!clock_) return false;
      zone_ = *hours * kHour;
      return true;
    }
    return false;
  }

  std::optional<int> digits(std::size_t most) {
    int value = 0;
    std::size_t count = 0;
    while (is_digit(peek()) && count < most) {
      value = value * 10 + (peek() - '0');
      ++at_;
      ++count;
    }
    width_ = count;
    if (count == 0 || is_digit(peek())) return std::nullopt;
    return value;
  }

  bool number() {
    const auto first = digits(4);
    if (!first) return false;
    const char separator = peek();
    if (separator == ':' && !clock_) return clock(*first);
    if ((separator == '/' || separator == '-' || separator == '.') && !year_ && is_digit(peek(1))) {
      return date(*first, separator);
    }
    if (width_ == 4) {
      if (year_) return false;
      year_ = first;
      return true;
    }
    if (day_ || *first < 1 || *first > 31) return false;
    day_ = first;
    if ((separator == '-' || separator == '.' || separator == '/') && is_letter(peek(1))) ++at_;
    if (separator == '.' && peek(1) == ' ') ++at_;
    return true;
  }

  bool clock(int hour) {
    clock_ = true;
    hour_ = hour;
    ++at_;
    const auto minute = digits(2);
    if (!minute || width_ != 2) return false;
    double second = 0;
    if (peek() == ':') {
      ++at_;
      const auto whole = digits(2);
      if (!whole || width_ != 2 || *whole > 60) return false;
      second = *whole;
      if ((peek() == '.' || peek() == ',') && is_digit(peek(1))) {
        ++at_;
        for (double unit = 0.1; is_digit(peek()); ++at_, unit /= 10)
          second += unit * (peek() - '0');
      }
    }
    rest_ = *minute * 60.0 + second;
    return hour <= 24 && *minute <= 59;
  }

  bool offset() {
    const double sign = peek() == '-' ? -1 : 1;
    ++at_;
    int value = 0;
    std::size_t count = 0;
    while (is_digit(peek()) || (peek() == ':' && is_digit(peek(1)))) {
      if (peek() != ':') {
        value = value * 10 + (peek() - '0');
        if (++count > 4) return false;
      }
      ++at_;
    }
    if (count == 1 || count == 2) value *= 100;
    if (count == 3) return false;
    const int hours = value / 100;
    const int minutes = value % 100;
    zone_ = sign * (hours * kHour + minutes * 60.0);
    return hours <= 15 && minutes < 60;
  }

  // "2026/03/02", "03/02/2026", "2.3.26", "02-Mar-2026" (the month is read as a word).
  bool date(int first, char separator) {
    const std::size_t first_width = width_;
    ++at_;
    const auto second = digits(4);
    if (!second) return false;
    const std::size_t second_width = width_;
    if (named_month_ && first_width <= 2 && second_width >= 2) {
      day_ = first;
      year_ = second_width == 4 ? *second : 2000 + *second;
      return true;
    }
    if (peek() != separator || !is_digit(peek(1))) return false;
    ++at_;
    const auto third = digits(4);
    if (!third) return false;
    if (first_width == 4) return ymd(first, *second, *third);
    if (width_ != 4 && width_ != 2) return false;
    const int year = width_ == 4 ? *third : 2000 + *third;
    if (separator == '.') return ymd(year, *second, first);  // only ever day first
    slashed_ = true;
    if (first > 12) certain_ = DateOrder::kDayFirst;
    if (*second > 12) certain_ = DateOrder::kMonthFirst;
    const DateOrder order = certain_ != DateOrder::kUnknown ? certain_ : order_;
    return order == DateOrder::kDayFirst ? ymd(year, *second, first) : ymd(year, first, *second);
  }

  bool ymd(int year, int month, int day) {
    year_ = year;
    month_ = month;
    day_ = day;
    return true;
  }

  [[nodiscard]] std::optional<TimeCell> finish() const {
    const double seconds = clock_ ? hour_ * kHour + rest_ : 0;
    if (!year_ && !month_ && !day_ && clock_) {
      return TimeCell{.time = seconds, .clock_only = true};
    }
    if (!year_ || !month_ || !day_) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year_),
                                           std::chrono::month(static_cast<unsigned>(*month_)),
                                           std::chrono::day(static_cast<unsigned>(*day_))};
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return TimeCell{
        .time = static_cast<double>(days) * kDay + seconds - zone_.value_or(0),
        .zoned = zone_.has_value(),
        .slashed = slashed_,
        .order = certain_,
    };
  }

  std::string_view text_;
  DateOrder order_;
  std::size_t at_ = 0;
  std::size_t width_ = 0;  // digits of the last number
  std::optional<int> year_, month_, day_;
  bool named_month_ = false;
  bool clock_ = false;
  bool half_ = false;
  bool slashed_ = false;
  DateOrder certain_ = DateOrder::kUnknown;
  int hour_ = 0;
  double rest_ = 0;
  std::optional<double> zone_;
};

}  // namespace

std::optional<TimeCell> parse_time_cell(std::string_view text, DateOrder order) {
  text = csv_trim(text);
  if (text.empty() || text.size() > 80) return std::nullopt;
  if (const auto number = parse_number<double>(text)) {
    return TimeCell{.time = *number, .zoned = true, .number = true};
  }
  if (const auto time = parse_time(text)) {
    const bool zoned =
        text.size() > 10 && (text.back() == 'Z' || text.back() == 'z' || text.ends_with("UTC") ||
                             text.find_first_of("+-", 11) != std::string_view::npos);
    return TimeCell{.time = *time, .zoned = zoned};
  }
  if (!is_digit(text.front()) && !is_letter(text.front())) return std::nullopt;
  return WrittenTime(text, order).read();
}

std::optional<TimeCell> parse_time_begin(std::string_view line, DateOrder order,
                                         std::size_t& length) {
  std::size_t skip = 0;
  while (skip < line.size() && (line[skip] == '[' || line[skip] == ' ' || line[skip] == '"')) {
    ++skip;
  }
  // The longest begin that is a time: its words one by one, at most as many as a date has.
  std::optional<TimeCell> best;
  std::size_t at = skip;
  for (int words = 0; words < 8 && at < line.size(); ++words) {
    std::size_t end = line.find_first_of(" \t]|", at);
    if (end == std::string_view::npos) end = line.size();
    std::string_view part = line.substr(skip, end - skip);
    if (part.size() > 60) break;
    while (part.ends_with(',') || part.ends_with(':')) part.remove_suffix(1);
    const auto found = parse_time_cell(part, order);
    // A number alone is a time where it is seconds since 1970, or thousandths of them.
    const bool good = found && !found->clock_only && (!found->number || found->time >= 1e9);
    if (good) {
      best = found;
      length = end;
    }
    if (end < line.size() && (line[end] == ']' || line[end] == '|')) break;
    at = end + 1;
  }
  return best;
}

}  // namespace tidemark
