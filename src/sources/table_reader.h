// Turns the rows of one table into series: what each column is, then a sample for each row.
//
// Used by csv_series.cc alone. Reads the rows twice: first for what their cells are, then for the
// samples. Not thread-safe; one reader a table.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "series/series.h"
#include "sources/amount_cell.h"
#include "sources/csv_columns.h"
#include "sources/csv_series.h"
#include "sources/table_clock.h"
#include "sources/table_rows.h"

namespace tidemark {

// A cell of a memory column before its unit is known.
struct RawSample {
  MemorySample sample;  // bytes: in the column's own unit, or in bytes where the cell says its unit
  bool in_bytes = false;
  double rate = kUnknownRequests;
  double counter = kUnknownRequests;
};

// Ends the key of a heap beside the memory of the same name.
inline constexpr std::string_view kHeapKey =
    "\x1f"
    "heap";

struct RawSeries {
  std::size_t column = 0;  // that the bytes are from
  MemorySeries series;
  std::vector<RawSample> samples;
};

// What the cells of a column are, over all rows.
struct ColumnCells {
  std::size_t filled = 0;
  std::size_t numbers = 0;  // amounts, with a unit or without
  std::size_t percents = 0;
  std::set<std::string> texts;  // at most kMostNames

  [[nodiscard]] bool is_text() const { return filled > 0 && numbers + percents == 0; }
};

// A column of more different texts than this names nothing.
inline constexpr std::size_t kMostNames = 1000;

class TableReader {
 public:
  TableReader(TableRows& rows, const TableOptions& options, DecimalMark mark)
      : rows_(rows), options_(options), mark_(mark), clock_({}, options.date_order) {}

  Result<SeriesSet> read();

 private:
  Result<void> find_columns();
  Result<void> apply_choices(const std::vector<CsvColumnChoice>& choices);
  void take_unnamed_columns();
  void find_times();
  void learn_cells();
  void choose_names();
  void choose_memory();
  void choose_heap();
  Result<void> no_memory() const;
  bool next_row();
  void read_row();
  void add_sample(const std::string& name, double time, std::size_t column);
  void add_extras(RawSample& raw, RawSeries& to, std::size_t column);
  void add_event(const std::string& name, double time);
  [[nodiscard]] std::string name_of_row() const;
  [[nodiscard]] std::string name_of(const std::string& row, std::size_t column) const;
  [[nodiscard]] bool is_other_metric();
  [[nodiscard]] const std::string& cell(std::size_t column) const;
  [[nodiscard]] std::optional<std::size_t> column_of(CsvRole role) const;
  Result<void> finish(RawSeries& raw, SeriesSet& out);
  Result<double> unit_for(const RawSeries& raw);
  void keep_elapsed_time(RawSeries& raw);
  Result<void> no_two_at_once(RawSeries& raw);
  [[nodiscard]] Result<void> odd_times(const RawSeries& raw) const;
  void note_columns(SeriesSet& out) const;
  void note_rows(SeriesSet& out) const;

  TableRows& rows_;
  const TableOptions& options_;
  DecimalMark mark_;
  TableClock clock_;
  std::vector<std::string> fields_;
  std::vector<std::string> head_;  // the names as they stand, to know them where they stand again
  bool unnamed_ = false;
  std::vector<CsvColumn> columns_;
  std::vector<ColumnCells> cells_;
  std::vector<std::size_t> memory_;   // the memory columns in use
  std::vector<std::size_t> names_;    // the columns that say whose memory it is
  std::vector<std::size_t> metrics_;  // of them those that name what a row measures
  std::optional<std::size_t> heap_;   // live heap beside the memory
  std::map<std::string, RawSeries> found_;
  std::vector<std::string> order_;
  std::map<std::string, std::size_t> left_out_;  // names that are no memory, and their rows
  double unit_ = 0;
  bool guessed_unit_ = false;
  bool unit_beside_ = false;  // plain numbers stand beside cells with a unit
  std::size_t row_count_ = 0;
  std::size_t bad_rows_ = 0;
  std::size_t first_bad_ = 0;
  std::size_t bad_cells_ = 0;
  std::size_t first_bad_cell_ = 0;
  std::size_t repeated_ = 0;
  std::size_t set_back_ = 0;
};

}  // namespace tidemark
