#include "report/csv_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tidemark {

void CsvFields::document(std::string_view /*name*/, int /*version*/, std::string_view /*meaning*/) {
}

void CsvFields::add(const Field& field, std::string text, bool is_text) {
  if (records_in_list_ > 0) return;
  if (!list_.empty()) {
    Cell& cell = cells_.back();
    if (!cell.text.empty()) cell.text += ';';
    cell.text += text;
    cell.is_text = true;
    return;
  }
  std::string column;
  for (const std::string& prefix : prefixes_) column += prefix;
  cells_.push_back({column.append(field.name), std::move(text), is_text});
}

void CsvFields::null(const Field& field) {
  if (list_.empty()) add(field, {}, false);
}
void CsvFields::truth(const Field& field, bool value) {
  add(field, value ? "true" : "false", false);
}
void CsvFields::integer(const Field& field, std::int64_t value) {
  add(field, std::to_string(value), false);
}
void CsvFields::natural(const Field& field, std::uint64_t value) {
  add(field, std::to_string(value), false);
}
void CsvFields::number(const Field& field, double value) {
  add(field, std::isfinite(value) ? fmt::format("{}", value) : std::string(), false);
}
void CsvFields::text(const Field& field, std::string_view value) {
  add(field, std::string(value), true);
}
void CsvFields::word(const Field& field, std::string_view value, std::span<const Word> /*all*/) {
  text(field, value);
}

void CsvFields::begin_record(const Field& field) {
  if (!list_.empty()) {
    // The cell of a list of records: no column after all.
    if (records_in_list_++ == 0)
      std::erase_if(cells_, [&](const Cell& c) { return c.column == list_; });
  } else {
    prefixes_.push_back(std::string(field.name) + "_");
  }
}

void CsvFields::end_record() {
  if (records_in_list_ > 0) {
    --records_in_list_;
  } else {
    prefixes_.pop_back();
  }
}

void CsvFields::begin_list(const Field& field) {
  if (records_in_list_ > 0) {
    ++records_in_list_;  // a list within a record of a list
    return;
  }
  add(field, {}, true);
  list_ = cells_.back().column;
}

void CsvFields::end_list() {
  if (records_in_list_ > 0) {
    --records_in_list_;
  } else {
    list_.clear();
  }
}

std::vector<std::string> CsvFields::columns() const {
  std::vector<std::string> names;
  for (const Cell& cell : cells_) names.push_back(cell.column);
  return names;
}

void CsvFields::write_row(const std::vector<std::string>& columns, CsvWriter& csv) {
  for (const std::string& column : columns) {
    const auto cell = std::ranges::find(cells_, column, &Cell::column);
    if (cell == cells_.end()) {
      csv.empty();
    } else if (cell->is_text) {
      csv.text(cell->text);
    } else {
      csv.plain(cell->text);
    }
  }
  csv.end_row();
  cells_.clear();
}

}  // namespace tidemark
