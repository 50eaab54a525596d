// The times of one table: which of its columns they stand in, how they are written, what is odd.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sources/csv_columns.h"
#include "sources/time_cell.h"

namespace tidemark {

class TableClock {
 public:
  // `columns` of the role kTime are looked at; `order` is what the user said of dates.
  TableClock(const std::vector<CsvColumn>& columns, DateOrder order);

  // Of every row, before any is read: finds out how they are written.
  void learn(const std::vector<std::string>& cells);
  // kUsage where dates have two readings and the user has not said which.
  Result<void> decide();

  // The time of a row; nothing where there is none that can be read. In the order of the rows: a
  // time of day without a day goes on behind midnight.
  std::optional<double> of(const std::vector<std::string>& cells);

  [[nodiscard]] bool found() const { return first_.has_value(); }
  [[nodiscard]] std::size_t column() const { return *first_; }
  [[nodiscard]] bool zoned() const { return zoned_; }          // every time says its zone
  [[nodiscard]] bool says_unit() const { return scale_ > 0; }  // the name says what is counted
  [[nodiscard]] bool clock_only() const { return clock_only_; }
  [[nodiscard]] bool counted() const { return numbers_ > 0 && written_ == 0; }

 private:
  struct Candidate {
    std::size_t column = 0;
    std::size_t read = 0;
    std::size_t clocks = 0;
    bool day_first = false;
    bool month_first = false;
    bool slashed = false;
    std::string example = {};  // a date of two readings
  };

  std::vector<Candidate> candidates_;
  std::optional<std::size_t> first_;   // with the day
  std::optional<std::size_t> second_;  // with the time of day, where it stands apart
  DateOrder order_;
  double scale_ = 0;
  std::vector<double> scales_;  // of each candidate
  bool zoned_ = true;
  bool clock_only_ = false;
  std::size_t numbers_ = 0;
  std::size_t written_ = 0;
  double last_clock_ = -1;
  double midnight_ = 0;
};

}  // namespace tidemark
