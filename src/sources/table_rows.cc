#include "sources/table_rows.h"

#include <algorithm>

#include "sources/csv_columns.h"

namespace tidemark {

bool SeparatedRows::next(std::vector<std::string>& cells) {
  if (separator_ == ' ') {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  if (at_ >= text_.size()) return false;
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    if (cells.size() <= count) cells.emplace_back();
    cells[count].clear();
    more = cell(cells[count]);
  }
  cells.resize(count);
  return true;
}

// Whether another cell follows in the row.
bool SeparatedRows::cell(std::string& out) {
  if (at_ < text_.size() && text_[at_] == '"') return quoted(out);
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
  out = csv_trim(text_.substr(begin, at_ - begin));
  return step();
}

bool SeparatedRows::quoted(std::string& out) {
  ++at_;
  while (at_ < text_.size()) {
    if (text_[at_] != '"') {
      out += text_[at_++];
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
      out += '"';
      at_ += 2;
    } else {
      ++at_;
      break;
    }
  }
  while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
  return step();
}

bool SeparatedRows::step() {
  if (at_ >= text_.size()) return false;
  if (text_[at_++] != separator_) return false;
  if (separator_ != ' ') return true;
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
  if (at_ < text_.size() && text_[at_] != '\n') return true;
  if (at_ < text_.size()) ++at_;
  return false;
}

std::size_t MemoryTable::column(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.emplace_back(name);
  return names.size() - 1;
}

void MemoryTable::put(std::vector<std::string>& row, std::string_view name, std::string value) {
  const std::size_t at = column(name);
  if (row.size() <= at) row.resize(at + 1);
  row[at] = std::move(value);
}

bool KeptRows::next(std::vector<std::string>& cells) {
  if (at_ > table_.rows.size()) return false;
  cells = at_ == 0 ? table_.names : table_.rows[at_ - 1];
  ++at_;
  return true;
}

std::vector<std::string_view> wide_cells(std::string_view line) {
  std::vector<std::string_view> out;
  std::size_t at = line.find_first_not_of(' ');
  while (at < line.size()) {
    const std::size_t end = std::min(line.find("  ", at), line.size());
    out.push_back(csv_trim(line.substr(at, end - at)));
    at = std::min(line.find_first_not_of(' ', end), line.size());
  }
  return out;
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

char guess_separator(std::string_view line) {
  char best = ',';
  for (const char c : {',', ';', '\t', '|'}) {
    if (std::count(line.begin(), line.end(), c) > std::count(line.begin(), line.end(), best)) {
      best = c;
    }
  }
  if (std::count(line.begin(), line.end(), best) == 0 &&
      csv_trim(line).find_first_of(" \t") != std::string_view::npos) {
    return ' ';
  }
  return best;
}

}  // namespace tidemark
