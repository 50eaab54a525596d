#include "report/summary_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "report/safe_text.h"
#include "report/summary_overview.h"
#include "report/summary_words.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {

using namespace summary_words;  // NOLINT(google-build-using-namespace): made for these pages

namespace {

struct DimensionWords {
  std::string_view one;
  std::string_view many;
  std::string_view title;  // of the column; empty: class and type say it
};

constexpr std::size_t kTableRows = 20;

constexpr std::array<DimensionWords, kDimensionNames.size()> kWords = {{
    {"site", "sites", "ALLOCATED AT"},
    {"class", "classes", ""},
    {"type", "types", ""},
    {"package", "packages", "PACKAGE"},
    {"method", "methods", "METHOD"},
    {"file", "files", "FILE"},
    {"generation", "generations", "GENERATIONS"},
}};

const DimensionWords& words_of(Dimension dimension) {
  return kWords[static_cast<std::size_t>(dimension)];
}

std::string range_text(const Ages::Bin& bin) {
  return bin.first == bin.last ? fmt::format("{}", bin.first)
                               : fmt::format("{} to {}", bin.first, bin.last);
}

std::string bar(std::uint64_t value, std::uint64_t largest) {
  constexpr std::size_t kWidth = 30;
  if (largest == 0) return {};
  const double share = static_cast<double>(value) / static_cast<double>(largest);
  const auto eighths = static_cast<std::size_t>(std::lround(share * kWidth * 8));
  constexpr std::array kPieces = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string out;
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  out += kPieces[eighths % 8];
  return out.empty() && value > 0 ? "▏" : out;
}

// Which columns the table of a dimension has.
struct Shape {
  Shape(Dimension dimension, const SummaryAnswer& answer)
      : retained(answer.reachability.has_value()),
        class_name(dimension == Dimension::kSite || dimension == Dimension::kClass),
        type(dimension == Dimension::kClass || dimension == Dimension::kType),
        title(words_of(dimension).title) {
    constexpr std::uint64_t kWorthAColumn = 100;  // one part in so many
    garbage = answer.reachability &&
              answer.reachability->garbage.bytes * kWorthAColumn > answer.heap.all.bytes;
  }

  [[nodiscard]] std::vector<TableColumn> columns() const {
    std::vector<TableColumn> columns;
    if (retained) columns.push_back(number_column("RETAINED"));
    columns.push_back(number_column("OBJECTS"));
    columns.push_back(number_column("BYTES"));
    columns.push_back(number_column("SHARE"));
    if (garbage) columns.push_back(number_column("GARBAGE"));
    if (class_name) columns.push_back(name_column("CLASS"));
    if (class_name && !title.empty()) {  // the place is the one to give way
      constexpr std::size_t kClassWidth = 30;
      columns.back().flexible = false;
      columns.back().max_width = kClassWidth;
    }
    if (type) columns.push_back(text_column("TYPE"));
    if (!title.empty()) columns.push_back(path_column(std::string(title)));
    return columns;
  }

  bool retained;
  bool garbage = false;
  bool class_name;
  bool type;
  std::string_view title;
};

std::string headline(const SummaryAnswer& answer, std::string_view rest, const TextStyle& style) {
  return wrap(style.bold(safe_text(answer.name)) + ": " +
              plural(answer.heap.all.objects, "object") + ", " + bytes_text(answer.heap.all.bytes) +
              (answer.numbered ? "" : " of memsize") + std::string(rest)) +
         "\n";
}

std::string group_table(const SummaryAnswer& answer, Dimension dimension, std::size_t limit,
                        const TextStyle& style) {
  const HeapGroups* groups = answer.groups.of(dimension);
  if (groups == nullptr) return {};
  const Shape shape(dimension, answer);
  const TopGroups top = top_groups(*groups, answer.sort, answer.data_only, limit);
  Table out(shape.columns());
  const auto numbers = [&](const std::string& retained, const Amount& amount,
                           const std::string& garbage) {
    std::vector<TableCell> cells;
    if (shape.retained) cells.emplace_back(retained, Tint::kYellow);
    cells.emplace_back(count_text(amount.objects));
    cells.emplace_back(bytes_text(amount.bytes));
    cells.emplace_back(share_text(amount.bytes, answer.heap.all.bytes));
    if (shape.garbage) cells.emplace_back(garbage);
    return cells;
  };
  for (const HeapGroup* row : top.rows) {
    const Amount garbage = row->garbage.value_or(Amount());
    auto cells = numbers(bytes_text(row->retained_bytes.value_or(0)),
                         amount_of(row->portion, answer.data_only),
                         garbage.objects == 0 ? "" : bytes_text(garbage.bytes));
    if (shape.class_name) cells.emplace_back(class_text(row->name));
    if (shape.type) cells.emplace_back(row->name.type.value_or(""));
    if (!shape.title.empty()) cells.emplace_back(label_text(row->name));
    out.add_row(std::move(cells));
  }
  const auto footer = [&](const Amount& amount, const std::string& name) {
    auto cells = numbers("", amount, "");
    cells.emplace_back(name);
    cells.resize(shape.columns().size(), TableCell(""));
    out.add_footer(std::move(cells));
  };
  if (top.other_groups > 0) footer(top.others, others_text(top.other_groups));
  if (answer.data_only) footer(answer.heap.program, "program");
  footer(answer.heap.all, "all");
  const std::uint64_t count = top.rows.size() + top.other_groups;
  const DimensionWords& words = words_of(dimension);
  return headline(answer,
                  fmt::format(", of {} {}", count_text(count), count == 1 ? words.one : words.many),
                  style) +
         out.print(style);
}

std::string age_table(const SummaryAnswer& answer, std::size_t limit, const TextStyle& style) {
  if (!answer.ages || answer.ages->generations.empty()) {
    return wrap(
        safe_text(answer.name) +
        ": no object has a recorded generation. ObjectSpace.trace_object_allocations_start, "
        "called when the process boots, records one for each object that comes later.");
  }
  Table out({number_column("GENERATIONS"), number_column("OBJECTS"), number_column("BYTES"),
             number_column("DATA"), text_column("DATA BYTES")});
  const std::vector<Ages::Bin> bins = answer.ages->bins(limit);
  std::uint64_t largest = 0;
  for (const Ages::Bin& bin : bins) largest = std::max(largest, bin.portion.data().bytes);
  const auto cells = [](std::string name, const Portion& portion, std::string chart) {
    return std::vector<TableCell>{std::move(name), count_text(portion.all.objects),
                                  bytes_text(portion.all.bytes), bytes_text(portion.data().bytes),
                                  TableCell(std::move(chart), Tint::kCyan)};
  };
  for (const Ages::Bin& bin : bins) {
    out.add_row(cells(range_text(bin), bin.portion, bar(bin.portion.data().bytes, largest)));
  }
  out.add_footer(cells("not traced", answer.ages->before_tracing, ""));
  out.add_footer(cells("all", answer.heap, ""));
  return headline(answer, ", by the garbage collection they were born after", style) +
         out.print(style);
}

}  // namespace

std::string summary_text(const SummaryAnswer& answer, const SummaryTextOptions& options,
                         const TextStyle& style) {
  if (answer.by.empty()) return summary_overview(answer, options, style);
  const std::size_t limit = options.limit.value_or(kTableRows);
  std::string out;
  for (const Dimension by : answer.by) {
    if (!out.empty()) out += "\n";
    out += by == Dimension::kGeneration ? age_table(answer, limit, style)
                                        : group_table(answer, by, limit, style);
  }
  return out;
}

}  // namespace tidemark
