#include "sources/table_clock.h"

#include <fmt/format.h>

#include <utility>

#include "series/clock_text.h"

namespace tidemark {
namespace {

constexpr double kDay = 86400;

std::string_view cell(const std::vector<std::string>& cells, std::size_t column) {
  return column < cells.size() ? std::string_view(cells[column]) : std::string_view();
}

// A number of seconds since 1970 or since the start, whatever it is counted in.
double seconds_from(double number, double scale) {
  const double seconds = seconds_of_epoch(number);
  return scale > 0 && seconds == number ? number * scale : seconds;
}

}  // namespace

TableClock::TableClock(const std::vector<CsvColumn>& columns, DateOrder order) : order_(order) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].role != CsvRole::kTime) continue;
    candidates_.push_back({.column = i});
    scales_.push_back(columns[i].seconds);
    if (columns[i].rank == kRankChosen) {
      candidates_ = {candidates_.back()};
      scales_ = {scales_.back()};
      break;
    }
  }
}

void TableClock::learn(const std::vector<std::string>& cells) {
  for (Candidate& one : candidates_) {
    const auto time = parse_time_cell(cell(cells, one.column), order_);
    if (!time) continue;
    ++one.read;
    if (time->clock_only) ++one.clocks;
    one.day_first = one.day_first || time->order == DateOrder::kDayFirst;
    one.month_first = one.month_first || time->order == DateOrder::kMonthFirst;
    if (time->slashed && time->order == DateOrder::kUnknown) {
      if (one.example.empty()) one.example = cell(cells, one.column);
      one.slashed = true;
    }
  }
}

Result<void> TableClock::decide() {
  const Candidate* days = nullptr;
  const Candidate* clocks = nullptr;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& one = candidates_[i];
    if (one.read == 0) continue;
    if (one.clocks < one.read) {
      if (days == nullptr) {
        days = &one;
        scale_ = scales_[i];
      }
    } else if (clocks == nullptr) {
      clocks = &one;
    }
  }
  if (days == nullptr && clocks == nullptr) {
    if (!candidates_.empty()) first_ = candidates_.front().column;
    return {};
  }
  if (days == nullptr) {
    first_ = clocks->column;
    clock_only_ = true;
    return {};
  }
  first_ = days->column;
  if (clocks != nullptr) second_ = clocks->column;
  if (days->day_first && days->month_first) {
    return fail(ErrorCode::kUsage, "some dates can only be day first, others only month first",
                "write them as 2026-03-02");
  }
  if (days->day_first) order_ = DateOrder::kDayFirst;
  if (days->month_first) order_ = DateOrder::kMonthFirst;
  if (days->slashed && order_ == DateOrder::kUnknown) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' can be read day first or month first", days->example),
                "say which: --date-order day-first, or --date-order month-first");
  }
  return {};
}

std::optional<double> TableClock::of(const std::vector<std::string>& cells) {
  if (!first_) return std::nullopt;
  std::string text(cell(cells, *first_));
  if (second_) text += " " + std::string(cell(cells, *second_));
  const auto time = parse_time_cell(text, order_);
  if (!time) return std::nullopt;
  if (time->number) {
    ++numbers_;
    return seconds_from(time->time, scale_);
  }
  ++written_;
  zoned_ = zoned_ && time->zoned;
  if (!time->clock_only) return time->time;
  if (time->time < last_clock_ - kDay / 2) midnight_ += kDay;
  last_clock_ = time->time;
  return midnight_ + time->time;
}

}  // namespace tidemark
