#include "report/csv.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "report/safe_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kFlushAt = std::size_t{1} << 16;
constexpr std::string_view kFormulaStarts = "=+-@";

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace

CsvWriter::CsvWriter(TextSink& sink, const std::vector<std::string_view>& columns)
    : sink_(sink), columns_(columns.size()) {
  for (const std::string_view column : columns) text(column);
  end_row();
}

CsvWriter::~CsvWriter() {
  assert(cells_ == 0);
  if (!buffer_.empty()) sink_.write(buffer_);
}

CsvWriter& CsvWriter::text(std::string_view content) {
  std::string cell = safe_text(content);
  if (!cell.empty() && kFormulaStarts.find(cell.front()) != std::string_view::npos) {
    cell.insert(0, 1, '\'');
  }
  return raw(cell.find_first_of(",\"") == std::string::npos ? cell : in_quotes(cell));
}

CsvWriter& CsvWriter::number(double value) {
  return std::isfinite(value) ? raw(fmt::format("{}", value)) : empty();
}

CsvWriter& CsvWriter::raw(std::string_view cell) {
  assert(cells_ < columns_);
  if (cells_++ > 0) buffer_ += ',';
  buffer_ += cell;
  return *this;
}

void CsvWriter::end_row() {
  assert(cells_ == columns_);
  cells_ = 0;
  buffer_ += '\n';
  if (buffer_.size() < kFlushAt) return;
  sink_.write(buffer_);
  buffer_.clear();
}

}  // namespace tidemark
