#include "report/table.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <optional>
#include <utility>

namespace tidemark {
namespace {

constexpr std::size_t kGap = 2;         // spaces between columns
constexpr std::size_t kLeastWidth = 8;  // below this a shortened text says nothing

void make_safe(std::vector<TableCell>& cells) {
  for (TableCell& cell : cells) cell.text = safe_text(cell.text);
}

}  // namespace

TableColumn number_column(std::string title) {
  return {.title = std::move(title), .align = Align::kRight};
}

TableColumn text_column(std::string title) { return {.title = std::move(title)}; }

TableColumn name_column(std::string title) {
  return {.title = std::move(title), .shorten = Shorten::kMiddle, .flexible = true};
}

TableColumn path_column(std::string title, bool flexible) {
  return {.title = std::move(title), .shorten = Shorten::kFront, .flexible = flexible};
}

Table::Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {
  assert(!columns_.empty());
  assert(std::ranges::count_if(columns_, &TableColumn::flexible) <= 1);
}

void Table::add_row(std::vector<TableCell> cells) {
  assert(cells.size() == columns_.size());
  make_safe(cells);
  rows_.push_back(std::move(cells));
}

void Table::add_footer(std::vector<TableCell> cells) {
  assert(cells.size() == columns_.size());
  make_safe(cells);
  footers_.push_back(std::move(cells));
}

std::size_t Table::natural_width(std::size_t column, bool header) const {
  const TableColumn& c = columns_[column];
  std::size_t width = header ? display_width(c.title) : 0;
  for (const auto* rows : {&rows_, &footers_}) {
    for (const Row& row : *rows) width = std::max(width, display_width(row[column].text));
  }
  if (c.align == Align::kLeft) width = std::min(width, c.max_width);
  return std::max(width, c.min_width);
}

// Takes the excess from one column after another until a line fits or nothing can give way.
void Table::fit(std::vector<std::size_t>& widths, std::size_t width) const {
  const auto least = [&](std::size_t c) { return std::max(columns_[c].min_width, kLeastWidth); };
  const auto give_way = [&](std::size_t c, std::size_t excess) {
    if (widths[c] > least(c)) widths[c] -= std::min(excess, widths[c] - least(c));
  };
  const auto excess = [&] {
    const std::size_t all = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
    return all > width ? all - width : 0;
  };

  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].flexible) give_way(c, excess());
  }
  std::vector<std::size_t> others;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].align == Align::kLeft && !columns_[c].flexible) others.push_back(c);
  }
  std::ranges::stable_sort(others, [&](auto a, auto b) { return widths[a] > widths[b]; });
  for (const std::size_t c : others) give_way(c, excess());
}

std::vector<std::size_t> Table::widths(const TableLayout& layout) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths.push_back(natural_width(c, layout.header));
  }
  if (layout.width > 0) {
    const std::size_t between = layout.indent + kGap * (columns_.size() - 1);
    fit(widths, layout.width > between ? layout.width - between : 0);
  }
  return widths;
}

void Table::print_row(std::string& out, const Row& row, const std::vector<std::size_t>& widths,
                      std::size_t indent, const TextStyle& style) const {
  std::size_t spaces = indent;  // owed before the next visible character
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const TableColumn& column = columns_[c];
    std::string text = row[c].text;
    if (column.align == Align::kLeft) text = shorten(text, widths[c], column.shorten);
    const std::size_t used = display_width(text);
    const std::size_t padding = widths[c] > used ? widths[c] - used : 0;
    if (column.align == Align::kRight) spaces += padding;
    if (!text.empty()) {
      out.append(std::exchange(spaces, 0), ' ').append(style.paint(row[c].tint, text));
    }
    if (column.align == Align::kLeft) spaces += padding;
    spaces += kGap;
  }
  out += '\n';
}

std::string Table::print(const TextStyle& style, const TableLayout& layout) const {
  const std::vector<std::size_t> widths = this->widths(layout);
  std::string out;
  if (layout.header) {
    Row titles;
    for (const TableColumn& column : columns_) titles.emplace_back(column.title, Tint::kBold);
    print_row(out, titles, widths, layout.indent, style);
  }
  for (const Row& row : rows_) print_row(out, row, widths, layout.indent, style);
  if (!footers_.empty()) {
    const std::size_t rule = std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
                             kGap * (columns_.size() - 1);
    std::string line;
    for (std::size_t i = 0; i < rule; ++i) line += "─";
    out.append(layout.indent, ' ').append(style.dim(line)).append("\n");
  }
  for (const Row& row : footers_) print_row(out, row, widths, layout.indent, style);
  return out;
}

}  // namespace tidemark
