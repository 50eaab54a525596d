// Rows of an answer as CSV, by their description (schema/fields.h): a column for each field, that
// of a nested record with the record's name before it ("holder_class"). A list of plain values is
// one cell, joined by semicolons; a list of records has no place in a table and is left out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/csv.h"
#include "schema/fields.h"

namespace tidemark {

class CsvFields final : public FieldVisitor {
 public:
  enum class Purpose : std::uint8_t { kColumns, kCells };

  explicit CsvFields(Purpose purpose) : purpose_(purpose) {}

  [[nodiscard]] bool wants_shape() const override { return purpose_ == Purpose::kColumns; }
  void document(std::string_view name, int version, std::string_view meaning) override;
  void record(std::string_view /*type*/, std::string_view /*meaning*/) override {}
  void null(const Field& field) override;
  void truth(const Field& field, bool value) override;
  void integer(const Field& field, std::int64_t value) override;
  void natural(const Field& field, std::uint64_t value) override;
  void number(const Field& field, double value) override;
  void text(const Field& field, std::string_view value) override;
  void word(const Field& field, std::string_view value, std::span<const Word> all) override;
  void begin_record(const Field& field) override;
  void end_record() override;
  void begin_list(const Field& field) override;
  void end_list() override;

  // The names of the columns, in order.
  [[nodiscard]] std::vector<std::string> columns() const;
  // What was visited, under those columns; then forgotten.
  void write_row(const std::vector<std::string>& columns, CsvWriter& csv);

 private:
  struct Cell {
    std::string column;
    std::string text;
    bool is_text = false;  // and not a number
  };

  void add(const Field& field, std::string text, bool is_text);

  Purpose purpose_;
  std::vector<Cell> cells_;
  std::vector<std::string> prefixes_;  // of the records that are open: "holder_"
  std::string list_;                   // the column of the list that is open
  std::size_t records_in_list_ = 0;    // how deep: their fields are left out
};

template <class Row>
void write_csv(TextSink& sink, const std::vector<Row>& rows, std::size_t limit = Fields::kAll) {
  CsvFields shape(CsvFields::Purpose::kColumns);
  Fields fields_of_shape(shape);
  describe(fields_of_shape, Row{});
  const std::vector<std::string> columns = shape.columns();
  CsvWriter csv(sink, {columns.begin(), columns.end()});
  CsvFields cells(CsvFields::Purpose::kCells);
  Fields fields(cells);
  std::size_t listed = 0;
  for (const Row& row : rows) {
    if (listed++ == limit) break;
    describe(fields, row);
    cells.write_row(columns, csv);
  }
}

}  // namespace tidemark
