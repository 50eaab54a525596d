// Rows of cells, from wherever they come: what the reader of series reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark {

class TableRows {
 public:
  virtual ~TableRows() = default;
  // `cells` keeps its strings from row to row, for their room. False at the end.
  virtual bool next(std::vector<std::string>& cells) = 0;
  virtual void rewind() = 0;
};

// Cuts a text at a separator; quotes may hold separators and line ends. A blank as the separator
// stands for any number of them.
class SeparatedRows : public TableRows {
 public:
  SeparatedRows(std::string_view text, char separator) : text_(text), separator_(separator) {}
  bool next(std::vector<std::string>& cells) override;
  void rewind() override { at_ = 0; }

 private:
  bool cell(std::string& out);
  bool quoted(std::string& out);
  bool step();

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
};

// A table that something else was turned into.
struct MemoryTable {
  std::string layout;  // "a Prometheus range query", for notices
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;

  // The index of the column of that name, made where there is none.
  std::size_t column(std::string_view name);
  void put(std::vector<std::string>& row, std::string_view name, std::string value);
};

// The names of the table first, then its rows.
class KeptRows : public TableRows {
 public:
  explicit KeptRows(const MemoryTable& table) : table_(table) {}
  bool next(std::vector<std::string>& cells) override;
  void rewind() override { at_ = 0; }

 private:
  const MemoryTable& table_;
  std::size_t at_ = 0;
};

// What two blanks or more divide: "MEM USAGE / LIMIT" is one cell. Views into the line.
std::vector<std::string_view> wide_cells(std::string_view line);

// A text without the mark that some tools put before UTF-8.
std::string_view without_byte_order_mark(std::string_view text);

// ',', ';', tab, '|' or, where none of them is in the line, ' '.
char guess_separator(std::string_view line);

}  // namespace tidemark
