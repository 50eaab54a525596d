#include "sources/csv_series.h"

#include <algorithm>

#include "sources/amount_cell.h"
#include "sources/csv_columns.h"
#include "sources/table_reader.h"
#include "sources/table_rows.h"
#include "sources/time_cell.h"

namespace tidemark {
namespace {

std::string_view first_line(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), text.size()));
}

// The line that holds the names: the first that is no remark and no "sep=;".
std::string_view names_line(std::string_view text) {
  std::string_view line = first_line(text);
  for (std::string_view rest = text;
       (line.starts_with('#') || csv_trim(line).empty()) && line.size() < rest.size();) {
    rest.remove_prefix(line.size() + 1);
    line = first_line(rest);
  }
  return line;
}

bool rows_of_dates(std::string_view line, char separator, std::size_t columns) {
  std::vector<std::string> fields;
  if (!SeparatedRows(line, separator).next(fields) || fields.size() != columns) return false;
  return std::any_of(fields.begin(), fields.end(), [](const std::string& cell) {
    const auto time = parse_time_cell(cell);
    return time && !time->number && !time->clock_only;
  });
}

// "# Elapsed time   CPU (%)   Real (MB)": names above a table as the last remark before it.
std::vector<std::string> names_in_remark(std::string_view text, char separator) {
  std::string_view remark;
  while (true) {
    const std::string_view line = first_line(text);
    if (!line.starts_with('#') && !csv_trim(line).empty()) break;
    if (line.starts_with('#')) remark = csv_trim(line.substr(1));
    if (line.size() >= text.size()) break;
    text.remove_prefix(line.size() + 1);
  }
  std::vector<std::string> names;
  if (remark.empty()) return names;
  if (separator != ' ') {
    SeparatedRows(remark, separator).next(names);
    return names;
  }
  const auto cells = wide_cells(remark);
  names.assign(cells.begin(), cells.end());
  return names;
}

}  // namespace

bool looks_like_csv(std::string_view head) {
  head = without_byte_order_mark(head);
  if (csv_lower(head.substr(0, 4)) == "sep=") return true;
  const std::string_view line = names_line(head);
  if (head.find('\0') < head.size()) return false;
  const char separator = guess_separator(line);
  if (line.find(separator) == std::string_view::npos) return false;
  SeparatedRows rows(line, separator);
  std::vector<std::string> fields;
  if (!rows.next(fields) || fields.size() < 2) return false;
  if (const auto time = parse_time_cell(fields[0])) {
    return parse_amount(fields[1]).has_value() && (separator != ' ' || time->number);
  }
  // Names in another language, above rows that begin with a date.
  const std::string_view second = first_line(head.substr(std::min(
      static_cast<std::size_t>(line.data() - head.data()) + line.size() + 1, head.size())));
  if (separator != ' ' && rows_of_dates(second, separator, fields.size())) return true;
  // Of words with blanks between them most lines of a log consist.
  const bool times = std::any_of(fields.begin(), fields.end(), [](const std::string& name) {
    return recognise_csv_column(name).role == CsvRole::kTime;
  });
  return times && (separator != ' ' || fields.size() <= 12) && head.find('\n') != head.npos &&
         !line.starts_with('{') && !line.starts_with('[');
}

Result<SeriesSet> read_table_series(TableRows& rows, const TableOptions& options) {
  return TableReader(rows, options, DecimalMark::kPoint).read();
}

Result<SeriesSet> read_csv_series(std::string_view text, const TableOptions& options) {
  text = without_byte_order_mark(text);
  char separator = 0;
  if (csv_lower(text.substr(0, 4)) == "sep=" && text.size() > 5) {
    separator = text[4];
    const std::size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (separator == 0) separator = guess_separator(names_line(text));
  TableOptions named = options;
  if (named.names.empty()) named.names = names_in_remark(text, separator);
  SeparatedRows rows(text, separator);
  const DecimalMark mark =
      separator == ';' || separator == '\t' ? DecimalMark::kComma : DecimalMark::kPoint;
  return TableReader(rows, named, mark).read();
}

}  // namespace tidemark
