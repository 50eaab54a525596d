// The first screen: what is in here, and what to look at next.
#include <fmt/format.h>

#include <algorithm>

#include "report/node_text.h"
#include "report/safe_text.h"
#include "report/summary_report.h"
#include "report/summary_words.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {

using namespace summary_words;  // NOLINT(google-build-using-namespace): made for these pages

namespace {

constexpr std::string_view kTracingHint =
    "With ObjectSpace.trace_object_allocations_start, called when the process boots, each object "
    "comes with the file and line that made it, and with its age.";
constexpr std::uint64_t kWorthALine = 1000;  // one part in so many

std::string heading(std::string_view title, std::string_view remark, const TextStyle& style) {
  return "\n" + style.bold(title) + (remark.empty() ? "" : "  " + style.dim(remark)) + "\n";
}

// Two blocks of lines side by side.
std::string beside(std::string_view left, std::string_view right, std::size_t left_width) {
  const auto take_line = [](std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  std::string out;
  while (!left.empty() || !right.empty()) {
    std::string line(take_line(left));
    const std::string_view other = take_line(right);
    if (!other.empty()) {
      const std::size_t used = display_width(line);
      line.append(left_width > used ? left_width - used : 1, ' ').append(other);
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace

std::string SummaryReport::overview(const TextStyle& style) const {
  return headline(style) + classes(style) + sites(style) + types_and_packages(style) + ages(style) +
         garbage(style) + duplicates(style) + collections(style) + largest(style) +
         next_step(style);
}

std::string SummaryReport::headline(const TextStyle& style) const {
  const Portion& heap = summary_.heap;
  const Reachability& reach = summary_.reachability;
  const std::string first = style.bold(safe_text(options_.name)) + ": " +
                            plural(heap.all.objects, "object") + ", " + bytes_text(heap.all.bytes) +
                            (graph_.numbered ? ", " : " of memsize, ") +
                            plural(summary_.edges, "reference");
  Table table({text_column(""), number_column("OBJECTS"), number_column("BYTES"),
               number_column("SHARE"), text_column("")});
  const auto line = [&](std::string name, const Amount& amount, std::string remark) {
    table.add_row({std::move(name), count_text(amount.objects), bytes_text(amount.bytes),
                   share_text(amount.bytes, heap.all.bytes),
                   TableCell(std::move(remark), Tint::kDim)});
  };
  line("data", heap.data(), "strings, collections, instances: the tables below");
  line("program", heap.program, "classes, methods, compiled code, the VM's own bookkeeping");
  if (summary_.has_reachability) {
    line("reachable", reach.reachable, "from the roots");
    line("garbage", reach.garbage, "not reachable: a full GC would free it");
    if (reach.conservative.bytes * kWorthALine > heap.all.bytes) {
      line("on stack", reach.conservative,
           "held by a thread's stack alone, perhaps a stale address");
    }
  }
  if (summary_.overhead.objects > 0) {
    table.add_row({"tracing", count_text(summary_.overhead.objects),
                   bytes_text(summary_.overhead.bytes), "",
                   TableCell("the allocation tracer's own table, in no other number", Tint::kDim)});
  }
  std::string out = wrap(first) + table.print(style);
  if (!summary_.has_reachability) {
    out += "\n" + wrap(
                      "There are no ROOT records in this dump (it was made with since:, or is a "
                      "part of one), so "
                      "nothing is known of what is reachable: no retained sizes, no garbage.");
  }
  return out;
}

std::string SummaryReport::classes(const TextStyle& style) const {
  const GroupTable& table = summary_.table(Dimension::kClass);
  const TopRows rows = top(Dimension::kClass, HeapPart::kData, limit(8));
  if (rows.rows.empty()) return {};
  std::vector<TableColumn> columns;
  if (table.has_retained) columns.push_back(number_column("RETAINED"));
  columns.push_back(number_column("OBJECTS"));
  columns.push_back(number_column("BYTES"));
  columns.push_back(number_column("SHARE"));
  columns.push_back(name_column("CLASS"));
  Table out(columns);
  const std::uint64_t whole = summary_.heap.all.bytes;
  const auto line = [&](const std::string& retained, const Amount& amount, TableCell name) {
    std::vector<TableCell> cells;
    if (table.has_retained) cells.emplace_back(retained, Tint::kYellow);
    cells.emplace_back(count_text(amount.objects));
    cells.emplace_back(bytes_text(amount.bytes));
    cells.emplace_back(share_text(amount.bytes, whole));
    cells.push_back(std::move(name));
    out.add_row(std::move(cells));
  };
  for (const GroupRow* row : rows.rows) {
    line(bytes_text(row->retained), row->portion.data(), table.names->key(row->group).class_name);
  }
  if (rows.other_groups > 0) {
    line("", rows.others, TableCell(others_text(rows.other_groups), Tint::kDim));
  }
  return heading("CLASSES", table.has_retained ? "by what their instances keep alive" : "", style) +
         out.print(style);
}

std::string SummaryReport::sites(const TextStyle& style) const {
  if (graph_.sites_are_code()) return {};  // where a class is defined is no place where memory goes
  if (graph_.report.traced_objects == 0) {
    return heading("ALLOCATION SITES", "not recorded", style) +
           wrap(kTracingHint, {.first = " ", .hanging = " "});
  }
  const GroupTable& table = summary_.table(Dimension::kSite);
  const TopRows rows = top(Dimension::kSite, HeapPart::kData, limit(6));
  if (rows.rows.empty()) return {};
  std::vector<TableColumn> columns;
  if (table.has_retained) columns.push_back(number_column("RETAINED"));
  columns.push_back(number_column("OBJECTS"));
  columns.push_back(number_column("BYTES"));
  columns.push_back(text_column("CLASS"));
  columns.back().shorten = Shorten::kMiddle;
  columns.back().max_width = 28;
  columns.push_back(path_column("ALLOCATED AT"));
  Table out(columns);
  for (const GroupRow* row : rows.rows) {
    const GroupKey key = table.names->key(row->group);
    std::vector<TableCell> cells;
    if (table.has_retained) cells.emplace_back(bytes_text(row->retained), Tint::kYellow);
    cells.emplace_back(count_text(row->portion.data().objects));
    cells.emplace_back(bytes_text(row->portion.data().bytes));
    cells.emplace_back(key.class_name);
    cells.emplace_back(label_text(key));
    out.add_row(std::move(cells));
  }
  return heading("ALLOCATION SITES",
                 table.has_retained ? "by what the objects born there keep alive" : "", style) +
         out.print(style);
}

std::string SummaryReport::small_table(Dimension dimension, HeapPart part, std::size_t width,
                                       const TextStyle& style) const {
  const GroupTable& table = summary_.table(dimension);
  const TopRows rows = top_rows(
      table,
      {.sort = SummarySort::kBytes, .limit = limit(5), .filter = options_.filter, .part = part});
  if (rows.rows.empty()) return {};
  const bool types = dimension == Dimension::kType;
  Table out({number_column("BYTES"), number_column("SHARE"), number_column("OBJECTS"),
             name_column(types ? "TYPE" : "PACKAGE")});
  const auto line = [&](const Amount& amount, TableCell name) {
    out.add_row({bytes_text(amount.bytes), share_text(amount.bytes, summary_.heap.all.bytes),
                 count_text(amount.objects), std::move(name)});
  };
  for (const GroupRow* row : rows.rows) {
    const GroupKey key = table.names->key(row->group);
    const bool program = types && row->portion.data().objects == 0;
    line(part == HeapPart::kData ? row->portion.data() : row->portion.all,
         label_text(key) + (program ? " (program)" : ""));
  }
  if (rows.other_groups > 0) {
    line(rows.others, TableCell(others_text(rows.other_groups), Tint::kDim));
  }
  return heading(types ? "TYPES" : "PACKAGES", types ? "" : "whose code allocated the data",
                 style) +
         out.print(style, {.width = width});
}

std::string SummaryReport::types_and_packages(const TextStyle& style) const {
  constexpr std::size_t kLeft = 48;
  constexpr std::size_t kBetween = 3;
  const std::string types = small_table(Dimension::kType, HeapPart::kAll, kLeft, style);
  if (!graph_.has_sites()) return types;
  const std::string packages =
      small_table(Dimension::kGem, HeapPart::kData, kTextWidth - kLeft - kBetween, style);
  return beside(types, packages, kLeft + kBetween);
}

std::string SummaryReport::ages(const TextStyle& style) const {
  constexpr std::size_t kBins = 50;
  const std::vector<Ages::Bin> bins = summary_.ages.bins(kBins);
  if (bins.empty()) return {};
  std::vector<std::uint64_t> bytes;
  for (const Ages::Bin& bin : bins) bytes.push_back(bin.portion.data().bytes);
  const Amount before = summary_.ages.before_tracing.data();
  std::string out =
      heading("AGE", "of the data: bytes by birth, each step up is twice as many", style);
  return out + fmt::format(" GC {} {} GC {}   not traced: {}\n", bins.front().first,
                           style.cyan(sparkline(bytes)), bins.back().last,
                           bytes_text(before.bytes));
}

std::string SummaryReport::garbage(const TextStyle& style) const {
  const Amount& all = summary_.reachability.garbage;
  constexpr std::uint64_t kWorthMentioning = 20;  // one part in so many
  if (all.bytes * kWorthMentioning < summary_.heap.all.bytes || all.objects == 0) return {};
  const GroupTable& table = summary_.table(Dimension::kClass);
  const TopRows rows = top_rows(table, {.sort = SummarySort::kBytes,
                                        .limit = limit(5),
                                        .filter = options_.filter,
                                        .part = HeapPart::kGarbage});
  Table out({number_column("OBJECTS"), number_column("BYTES"), name_column("CLASS")});
  for (const GroupRow* row : rows.rows) {
    out.add_row({count_text(row->garbage.objects), bytes_text(row->garbage.bytes),
                 table.names->key(row->group).class_name});
  }
  if (rows.other_groups > 0) {
    out.add_row({count_text(rows.others.objects), bytes_text(rows.others.bytes),
                 TableCell(others_text(rows.other_groups), Tint::kDim)});
  }
  return heading("GARBAGE", "of these classes", style) + out.print(style);
}

std::string SummaryReport::collections(const TextStyle& style) const {
  const CollectionWaste& found = summary_.collections;
  constexpr std::uint64_t kWorthMentioning = 200;  // one part in so many
  if (found.spare * kWorthMentioning < summary_.heap.all.bytes) return {};
  Table out({number_column("COUNT"), number_column("BYTES"), number_column("SPARE"),
             name_column("CLASS"), text_column("")});
  const auto add = [&](const std::vector<CollectionRow>& rows, std::string_view what) {
    std::size_t listed = 0;
    for (const CollectionRow& row : rows) {
      if (row.spare == 0 || listed++ == limit(2)) break;
      out.add_row({count_text(row.count), bytes_text(row.bytes), bytes_text(row.spare),
                   std::string(graph_.words->class_name(row.class_id)),
                   TableCell(std::string(what), Tint::kDim)});
    }
  };
  add(found.empty, "empty");
  add(found.oversized, "more than half is room to spare");
  return heading(
             "COLLECTIONS",
             fmt::format("{} empty, {} mostly empty; {} to spare ({})",
                         count_text(found.empty_count), count_text(found.oversized_count),
                         bytes_text(found.spare), share_text(found.spare, summary_.heap.all.bytes)),
             style) +
         out.print(style);
}

std::string SummaryReport::duplicates(const TextStyle& style) const {
  if (graph_.duplicate_groups == 0) return {};
  Table out({number_column("COPIES"), number_column("WASTED"), number_column("LENGTH"),
             text_column("TEXT")});
  std::size_t listed = 0;
  for (const DuplicateText& text : graph_.duplicate_texts) {
    if (listed++ == limit(2)) break;
    const std::string preview(graph_.words->text(text.preview));
    std::string shown = text.length > preview.size() ? preview + "…" : preview;
    if (text.length == 0) shown = "(empty)";
    if (!options_.contents) shown = "(left out)";
    out.add_row({count_text(text.count), bytes_text(text.wasted), bytes_text(text.length), shown});
  }
  return heading("DUPLICATE STRINGS",
                 fmt::format("{} more than once; one of each would save {} ({})",
                             plural(graph_.duplicate_groups, "text"),
                             bytes_text(graph_.duplicate_waste),
                             share_text(graph_.duplicate_waste, summary_.heap.all.bytes)),
                 style) +
         out.print(style);
}

std::string SummaryReport::largest(const TextStyle& style) const {
  if (dominators_ == nullptr || summary_.largest_retained.empty()) return {};
  Table out({number_column("RETAINED"), number_column("BYTES"), text_column("ADDRESS"),
             text_column("OBJECT"), name_column("HELD BY")});
  std::size_t listed = 0;
  for (const std::uint32_t node : summary_.largest_retained) {
    if (listed++ == limit(5)) break;
    const std::uint32_t holder = holder_of(node);
    out.add_row({TableCell(bytes_text(dominators_->retained[node]), Tint::kYellow),
                 bytes_text(graph_.shallow(node)), address_text(graph_, node),
                 node_text(graph_, node),
                 holder == kRootNode.value ? "several holders" : node_text(graph_, holder)});
  }
  return heading("LARGEST OBJECTS", "with all that they alone keep alive", style) +
         out.print(style);
}

std::string SummaryReport::next_step(const TextStyle& style) const {
  if (options_.path.empty()) return {};
  const std::string path = safe_text(options_.path);
  if (summary_.has_reachability) {
    return "\n" + wrap("Next: " + style.cyan("tidemark suspects " + path) +
                       " says what gathers memory, and who holds it.");
  }
  return "\n" + wrap("Next: " + style.cyan("tidemark summary --by site " + path) +
                     " lists all places that objects come from.");
}

}  // namespace tidemark
