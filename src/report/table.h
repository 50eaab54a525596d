// The one table printer.
//
//    OBJECTS    BYTES  RETAINED  CLASS
//     30,011   1.2 MB    3.4 MB  PrimeLeak::Node
//
// Cells may hold anything: they are made safe for a terminal here. Columns are as wide as their
// content. Where that is too wide together, the flexible column is shortened first, then other
// left-aligned columns, the widest first; right-aligned ones never, for a shortened number is a
// wrong number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "report/safe_text.h"
#include "report/style.h"
#include "report/text_sink.h"
#include "report/wrap.h"

namespace tidemark {

enum class Align : std::uint8_t { kLeft, kRight };

struct TableColumn {
  std::string title;
  Align align = Align::kLeft;
  Shorten shorten = Shorten::kEnd;
  bool flexible = false;  // gives way first; at most one column
  std::size_t min_width = 0;
  std::size_t max_width = std::numeric_limits<std::size_t>::max();  // of left-aligned columns
};

// The usual columns.
TableColumn number_column(std::string title);                      // right
TableColumn text_column(std::string title);                        // left, shortened at the end
TableColumn name_column(std::string title);                        // flexible, in the middle
TableColumn path_column(std::string title, bool flexible = true);  // flexible, at the front

struct TableCell {
  std::string text;
  Tint tint = Tint::kPlain;

  // NOLINTBEGIN(google-explicit-constructor): a text is a cell
  TableCell(std::string t, Tint with = Tint::kPlain) : text(std::move(t)), tint(with) {}
  TableCell(std::string_view t, Tint with = Tint::kPlain) : text(t), tint(with) {}
  TableCell(const char* t, Tint with = Tint::kPlain) : text(t), tint(with) {}
  // NOLINTEND(google-explicit-constructor)
};

struct TableLayout {
  std::size_t width = kTextWidth;  // of a whole line; 0: no limit, nothing is shortened to fit it
  std::size_t indent = 1;
  bool header = true;
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns);

  // As many cells as columns.
  void add_row(std::vector<TableCell> cells);
  // A row below a rule, for totals.
  void add_footer(std::vector<TableCell> cells);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::size_t row_count() const { return rows_.size(); }

  // The header is bold and the rule dim when colour is on. Lines carry no trailing spaces.
  [[nodiscard]] std::string print(const TextStyle& style, const TableLayout& layout = {}) const;

 private:
  using Row = std::vector<TableCell>;

  [[nodiscard]] std::vector<std::size_t> widths(const TableLayout& layout) const;
  [[nodiscard]] std::size_t natural_width(std::size_t column, bool header) const;
  void fit(std::vector<std::size_t>& widths, std::size_t width) const;
  void print_row(std::string& out, const Row& row, const std::vector<std::size_t>& widths,
                 std::size_t indent, const TextStyle& style) const;

  std::vector<TableColumn> columns_;
  std::vector<Row> rows_;
  std::vector<Row> footers_;
};

}  // namespace tidemark
