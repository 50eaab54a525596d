#include "report/summary_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/csv.h"
#include "report/safe_text.h"
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
  Shape(Dimension dimension, bool has_retained, const Summary& summary)
      : retained(has_retained),
        class_name(dimension == Dimension::kSite || dimension == Dimension::kClass),
        type(dimension == Dimension::kClass || dimension == Dimension::kType),
        title(words_of(dimension).title) {
    constexpr std::uint64_t kWorthAColumn = 100;  // one part in so many
    garbage = summary.reachability.garbage.bytes * kWorthAColumn > summary.heap.all.bytes;
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

}  // namespace

SummaryReport::SummaryReport(const HeapGraph& graph, const Dominators* dominators,
                             const Summary& summary, SummaryReportOptions options)
    : graph_(graph), dominators_(dominators), summary_(summary), options_(std::move(options)) {}

SummarySort SummaryReport::sort() const {
  const bool known = summary_.has_reachability;
  const SummarySort usual = known ? SummarySort::kRetained : SummarySort::kBytes;
  return known ? options_.sort.value_or(usual)
               : std::min(options_.sort.value_or(usual), SummarySort::kBytes);
}

std::uint32_t SummaryReport::holder_of(std::uint32_t node) const {
  std::uint32_t holder = dominators_->idom[node];
  // Ruby 4 keeps instance variables of classes in an internal object of their own.
  while (graph_.role(holder) == Role::kInternal && graph_.is_object(dominators_->idom[holder])) {
    holder = dominators_->idom[holder];
  }
  return holder;
}

TopRows SummaryReport::top(Dimension dimension, HeapPart part, std::size_t limit) const {
  return top_rows(summary_.table(dimension),
                  {.sort = sort(), .limit = limit, .filter = options_.filter, .part = part});
}

std::string SummaryReport::text(const TextStyle& style) const {
  if (!options_.by) return overview(style);
  return *options_.by == Dimension::kGeneration ? age_table(style)
                                                : group_table(*options_.by, style);
}

std::string SummaryReport::table_headline(std::string_view rest, const TextStyle& style) const {
  return wrap(style.bold(safe_text(options_.name)) + ": " +
              plural(summary_.heap.all.objects, "object") + ", " +
              bytes_text(summary_.heap.all.bytes) + (graph_.numbered ? "" : " of memsize") +
              std::string(rest)) +
         "\n";
}

std::string SummaryReport::group_table(Dimension dimension, const TextStyle& style) const {
  const GroupTable& table = summary_.table(dimension);
  const Shape shape(dimension, table.has_retained, summary_);
  const TopRows rows = top(dimension, part(), limit(kTableRows));
  Table out(shape.columns());
  const auto numbers = [&](const std::string& retained, const Amount& amount,
                           const std::string& garbage) {
    std::vector<TableCell> cells;
    if (shape.retained) cells.emplace_back(retained, Tint::kYellow);
    cells.emplace_back(count_text(amount.objects));
    cells.emplace_back(bytes_text(amount.bytes));
    cells.emplace_back(share_text(amount.bytes, summary_.heap.all.bytes));
    if (shape.garbage) cells.emplace_back(garbage);
    return cells;
  };
  for (const GroupRow* row : rows.rows) {
    const GroupKey key = table.names->key(row->group);
    auto cells = numbers(bytes_text(row->retained), amount_of(*row, part()),
                         row->garbage.objects == 0 ? "" : bytes_text(row->garbage.bytes));
    if (shape.class_name) cells.emplace_back(key.class_name);
    if (shape.type) cells.emplace_back(key.kind);
    if (!shape.title.empty()) cells.emplace_back(label_text(key));
    out.add_row(std::move(cells));
  }
  const auto footer = [&](const Amount& amount, const std::string& name) {
    auto cells = numbers("", amount, "");
    cells.emplace_back(name);
    cells.resize(shape.columns().size(), TableCell(""));
    out.add_footer(std::move(cells));
  };
  if (rows.other_groups > 0) footer(rows.others, others_text(rows.other_groups));
  if (options_.data_only) footer(summary_.heap.program, "program");
  footer(summary_.heap.all, "all");
  const std::size_t groups = rows.rows.size() + rows.other_groups;
  const DimensionWords& words = words_of(dimension);
  return table_headline(
             fmt::format(", of {} {}", count_text(groups), groups == 1 ? words.one : words.many),
             style) +
         out.print(style);
}

std::string SummaryReport::age_table(const TextStyle& style) const {
  if (summary_.ages.generations.empty()) {
    return wrap(
        safe_text(options_.name) +
        ": no object has a recorded generation. ObjectSpace.trace_object_allocations_start, "
        "called when the process boots, records one for each object that comes later.");
  }
  Table out({number_column("GENERATIONS"), number_column("OBJECTS"), number_column("BYTES"),
             number_column("DATA"), text_column("DATA BYTES")});
  const std::vector<Ages::Bin> bins = summary_.ages.bins(limit(kTableRows));
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
  out.add_footer(cells("not traced", summary_.ages.before_tracing, ""));
  out.add_footer(cells("all", summary_.heap, ""));
  return table_headline(", by the garbage collection they were born after", style) +
         out.print(style);
}

void SummaryReport::csv(TextSink& sink) const {
  if (options_.by == Dimension::kGeneration) {
    age_csv(sink);
  } else {
    group_csv(sink);
  }
}

void SummaryReport::group_csv(TextSink& sink) const {
  const Dimension dimension = options_.by.value_or(Dimension::kClass);
  const GroupTable& table = summary_.table(dimension);
  CsvWriter csv(sink, {"label", "class", "type", "objects", "bytes", "program_objects",
                       "program_bytes", "garbage_objects", "garbage_bytes", "retained_bytes"});
  for (const GroupRow* row : top(dimension, part(), limit(kTableRows)).rows) {
    const GroupKey key = table.names->key(row->group);
    csv.text(key.label).text(key.class_name).text(key.kind);
    csv.number(row->portion.all.objects).number(row->portion.all.bytes);
    csv.number(row->portion.program.objects).number(row->portion.program.bytes);
    if (table.has_retained) {
      csv.number(row->garbage.objects).number(row->garbage.bytes).number(row->retained);
    } else {
      csv.empty().empty().empty();
    }
    csv.end_row();
  }
}

void SummaryReport::age_csv(TextSink& sink) const {
  CsvWriter csv(sink, {"first_generation", "last_generation", "objects", "bytes", "program_objects",
                       "program_bytes"});
  const auto amounts = [&](const Portion& portion) {
    csv.number(portion.all.objects).number(portion.all.bytes);
    csv.number(portion.program.objects).number(portion.program.bytes).end_row();
  };
  for (const Ages::Bin& bin : summary_.ages.bins(limit(kTableRows))) {
    csv.number(bin.first).number(bin.last);
    amounts(bin.portion);
  }
  csv.empty().empty();
  amounts(summary_.ages.before_tracing);
}

}  // namespace tidemark
