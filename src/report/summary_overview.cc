#include "report/summary_overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "report/safe_text.h"
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

// Makes the page block by block; a block without anything to say is empty.
class Overview {
 public:
  Overview(const SummaryAnswer& answer, const SummaryTextOptions& options, const TextStyle& style)
      : answer_(answer), options_(options), style_(style) {}

  [[nodiscard]] std::string page() const;

 private:
  [[nodiscard]] std::size_t limit(std::size_t usual) const {
    return options_.limit.value_or(usual);
  }
  [[nodiscard]] bool has_retained() const { return answer_.reachability.has_value(); }
  [[nodiscard]] TopGroups top(Dimension dimension, SummarySort sort, bool data_only,
                              std::size_t limit) const;
  [[nodiscard]] std::string heading(std::string_view title, std::string_view remark) const;

  [[nodiscard]] std::string headline() const;
  [[nodiscard]] std::string classes() const;
  [[nodiscard]] std::string sites() const;
  [[nodiscard]] std::string types_and_packages() const;
  [[nodiscard]] std::string small_table(Dimension dimension, bool data_only,
                                        std::size_t width) const;
  [[nodiscard]] std::string ages() const;
  [[nodiscard]] std::string garbage() const;
  [[nodiscard]] std::string duplicates() const;
  [[nodiscard]] std::string collections() const;
  [[nodiscard]] std::string largest() const;
  [[nodiscard]] std::string next_step() const;

  const SummaryAnswer& answer_;
  const SummaryTextOptions& options_;
  const TextStyle& style_;
};

TopGroups Overview::top(Dimension dimension, SummarySort sort, bool data_only,
                        std::size_t limit) const {
  const HeapGroups* groups = answer_.groups.of(dimension);
  return groups == nullptr ? TopGroups() : top_groups(*groups, sort, data_only, limit);
}

std::string Overview::heading(std::string_view title, std::string_view remark) const {
  return "\n" + style_.bold(title) + (remark.empty() ? "" : "  " + style_.dim(remark)) + "\n";
}

std::string Overview::page() const {
  return headline() + classes() + sites() + types_and_packages() + ages() + garbage() +
         duplicates() + collections() + largest() + next_step();
}

std::string Overview::headline() const {
  const Portion& heap = answer_.heap;
  const std::optional<Reachability>& reach = answer_.reachability;
  const std::string first = style_.bold(safe_text(answer_.name)) + ": " +
                            plural(heap.all.objects, "object") + ", " + bytes_text(heap.all.bytes) +
                            (answer_.numbered ? ", " : " of memsize, ") +
                            plural(answer_.references, "reference");
  Table table({text_column(""), number_column("OBJECTS"), number_column("BYTES"),
               number_column("SHARE"), text_column("")});
  const auto line = [&](std::string name, const Amount& amount, std::string remark) {
    table.add_row({std::move(name), count_text(amount.objects), bytes_text(amount.bytes),
                   share_text(amount.bytes, heap.all.bytes),
                   TableCell(std::move(remark), Tint::kDim)});
  };
  line("data", heap.data(), "strings, collections, instances: the tables below");
  line("program", heap.program, "classes, methods, compiled code, the VM's own bookkeeping");
  if (reach) {
    line("reachable", reach->reachable, "from the roots");
    line("garbage", reach->garbage, "not reachable: a full GC would free it");
    if (reach->conservative.bytes * kWorthALine > heap.all.bytes) {
      line("on stack", reach->conservative,
           "held by a thread's stack alone, perhaps a stale address");
    }
  }
  if (answer_.measuring.objects > 0) {
    table.add_row({"tracing", count_text(answer_.measuring.objects),
                   bytes_text(answer_.measuring.bytes), "",
                   TableCell("the allocation tracer's own table, in no other number", Tint::kDim)});
  }
  std::string out = wrap(first) + table.print(style_);
  if (!reach) {
    out += "\n" + wrap(
                      "There are no ROOT records in this dump (it was made with since:, or is a "
                      "part of one), so "
                      "nothing is known of what is reachable: no retained sizes, no garbage.");
  }
  return out;
}

std::string Overview::classes() const {
  const TopGroups rows = top(Dimension::kClass, answer_.sort, true, limit(8));
  if (rows.rows.empty()) return {};
  std::vector<TableColumn> columns;
  if (has_retained()) columns.push_back(number_column("RETAINED"));
  columns.push_back(number_column("OBJECTS"));
  columns.push_back(number_column("BYTES"));
  columns.push_back(number_column("SHARE"));
  columns.push_back(name_column("CLASS"));
  Table out(columns);
  const std::uint64_t whole = answer_.heap.all.bytes;
  const auto line = [&](const std::string& retained, const Amount& amount, TableCell name) {
    std::vector<TableCell> cells;
    if (has_retained()) cells.emplace_back(retained, Tint::kYellow);
    cells.emplace_back(count_text(amount.objects));
    cells.emplace_back(bytes_text(amount.bytes));
    cells.emplace_back(share_text(amount.bytes, whole));
    cells.push_back(std::move(name));
    out.add_row(std::move(cells));
  };
  for (const HeapGroup* row : rows.rows) {
    line(bytes_text(row->retained_bytes.value_or(0)), row->portion.data(), class_text(row->name));
  }
  if (rows.other_groups > 0) {
    line("", rows.others, TableCell(others_text(rows.other_groups), Tint::kDim));
  }
  return heading("CLASSES", has_retained() ? "by what their instances keep alive" : "") +
         out.print(style_);
}

std::string Overview::sites() const {
  if (answer_.traced_objects == 0) {
    if (answer_.numbered) return {};  // where a class is defined is no place where memory goes
    return heading("ALLOCATION SITES", "not recorded") +
           wrap(kTracingHint, {.first = " ", .hanging = " "});
  }
  const TopGroups rows = top(Dimension::kSite, answer_.sort, true, limit(6));
  if (rows.rows.empty()) return {};
  std::vector<TableColumn> columns;
  if (has_retained()) columns.push_back(number_column("RETAINED"));
  columns.push_back(number_column("OBJECTS"));
  columns.push_back(number_column("BYTES"));
  columns.push_back(text_column("CLASS"));
  columns.back().shorten = Shorten::kMiddle;
  columns.back().max_width = 28;
  columns.push_back(path_column("ALLOCATED AT"));
  Table out(columns);
  for (const HeapGroup* row : rows.rows) {
    std::vector<TableCell> cells;
    if (has_retained())
      cells.emplace_back(bytes_text(row->retained_bytes.value_or(0)), Tint::kYellow);
    cells.emplace_back(count_text(row->portion.data().objects));
    cells.emplace_back(bytes_text(row->portion.data().bytes));
    cells.emplace_back(class_text(row->name));
    cells.emplace_back(label_text(row->name));
    out.add_row(std::move(cells));
  }
  return heading("ALLOCATION SITES",
                 has_retained() ? "by what the objects born there keep alive" : "") +
         out.print(style_);
}

std::string Overview::small_table(Dimension dimension, bool data_only, std::size_t width) const {
  const TopGroups rows = top(dimension, SummarySort::kBytes, data_only, limit(5));
  if (rows.rows.empty()) return {};
  const bool types = dimension == Dimension::kType;
  Table out({number_column("BYTES"), number_column("SHARE"), number_column("OBJECTS"),
             name_column(types ? "TYPE" : "PACKAGE")});
  const auto line = [&](const Amount& amount, TableCell name) {
    out.add_row({bytes_text(amount.bytes), share_text(amount.bytes, answer_.heap.all.bytes),
                 count_text(amount.objects), std::move(name)});
  };
  for (const HeapGroup* row : rows.rows) {
    const bool program = types && row->portion.data().objects == 0;
    line(amount_of(row->portion, data_only), label_text(row->name) + (program ? " (program)" : ""));
  }
  if (rows.other_groups > 0) {
    line(rows.others, TableCell(others_text(rows.other_groups), Tint::kDim));
  }
  return heading(types ? "TYPES" : "PACKAGES", types ? "" : "whose code allocated the data") +
         out.print(style_, {.width = width});
}

std::string Overview::types_and_packages() const {
  constexpr std::size_t kLeft = 48;
  constexpr std::size_t kBetween = 3;
  const std::string types = small_table(Dimension::kType, false, kLeft);
  if (!answer_.has_sites) return types;
  const std::string packages = small_table(Dimension::kGem, true, kTextWidth - kLeft - kBetween);
  return beside(types, packages, kLeft + kBetween);
}

std::string Overview::ages() const {
  constexpr std::size_t kBins = 50;
  if (!answer_.ages || answer_.ages->generations.empty()) return {};
  const std::vector<Ages::Bin> bins = answer_.ages->bins(kBins);
  std::vector<std::uint64_t> bytes;
  for (const Ages::Bin& bin : bins) bytes.push_back(bin.portion.data().bytes);
  const Amount before = answer_.ages->before_tracing.data();
  std::string out = heading("AGE", "of the data: bytes by birth, each step up is twice as many");
  return out + fmt::format(" GC {} {} GC {}   not traced: {}\n", bins.front().first,
                           style_.cyan(sparkline(bytes)), bins.back().last,
                           bytes_text(before.bytes));
}

std::string Overview::garbage() const {
  if (!answer_.reachability || !answer_.garbage_by_class) return {};
  const Amount& all = answer_.reachability->garbage;
  constexpr std::uint64_t kWorthMentioning = 20;  // one part in so many
  if (all.bytes * kWorthMentioning < answer_.heap.all.bytes || all.objects == 0) return {};
  const GarbageGroups& groups = *answer_.garbage_by_class;
  Table out({number_column("OBJECTS"), number_column("BYTES"), name_column("CLASS")});
  std::uint64_t other_groups = groups.left_out_groups;
  Amount others = groups.left_out;
  for (std::size_t i = 0; i < groups.rows.size(); ++i) {
    const GarbageGroup& row = groups.rows[i];
    if (i < limit(5)) {
      out.add_row(
          {count_text(row.garbage.objects), bytes_text(row.garbage.bytes), class_text(row.name)});
    } else {
      ++other_groups;
      others += row.garbage;
    }
  }
  if (other_groups > 0) {
    out.add_row({count_text(others.objects), bytes_text(others.bytes),
                 TableCell(others_text(other_groups), Tint::kDim)});
  }
  return heading("GARBAGE", "of these classes") + out.print(style_);
}

std::string Overview::collections() const {
  if (!answer_.collections) return {};
  const CollectionSpace& found = *answer_.collections;
  constexpr std::uint64_t kWorthMentioning = 200;  // one part in so many
  if (found.spare * kWorthMentioning < answer_.heap.all.bytes) return {};
  Table out({number_column("COUNT"), number_column("BYTES"), number_column("SPARE"),
             name_column("CLASS"), text_column("")});
  const auto add = [&](const std::vector<CollectionGroup>& rows, std::string_view what) {
    std::size_t listed = 0;
    for (const CollectionGroup& row : rows) {
      if (row.spare == 0 || listed++ == limit(2)) break;
      out.add_row({count_text(row.count), bytes_text(row.bytes), bytes_text(row.spare),
                   row.class_name, TableCell(std::string(what), Tint::kDim)});
    }
  };
  add(found.empty, "empty");
  add(found.oversized, "more than half is room to spare");
  return heading("COLLECTIONS",
                 fmt::format("{} empty, {} mostly empty; {} to spare ({})",
                             count_text(found.empty_count), count_text(found.oversized_count),
                             bytes_text(found.spare),
                             share_text(found.spare, answer_.heap.all.bytes))) +
         out.print(style_);
}

std::string Overview::duplicates() const {
  if (!answer_.duplicate_strings || answer_.duplicate_strings->texts == 0) return {};
  const DuplicateStrings& found = *answer_.duplicate_strings;
  Table out({number_column("COPIES"), number_column("WASTED"), number_column("LENGTH"),
             text_column("TEXT")});
  std::size_t listed = 0;
  for (const DuplicateString& text : found.rows) {
    if (listed++ == limit(2)) break;
    std::string shown = "(left out)";
    if (text.preview) {
      shown = text.length > text.preview->size() ? *text.preview + "…" : *text.preview;
      if (text.length == 0) shown = "(empty)";
    }
    out.add_row({count_text(text.copies), bytes_text(text.wasted), bytes_text(text.length), shown});
  }
  return heading("DUPLICATE STRINGS",
                 fmt::format("{} more than once; one of each would save {} ({})",
                             plural(found.texts, "text"), bytes_text(found.wasted),
                             share_text(found.wasted, answer_.heap.all.bytes))) +
         out.print(style_);
}

std::string Overview::largest() const {
  if (!answer_.largest || answer_.largest->by_retained_bytes.empty()) return {};
  Table out({number_column("RETAINED"), number_column("BYTES"), text_column("ADDRESS"),
             text_column("OBJECT"), name_column("HELD BY")});
  std::size_t listed = 0;
  for (const LargeObject& large : answer_.largest->by_retained_bytes) {
    if (listed++ == limit(5)) break;
    out.add_row({TableCell(bytes_text(large.retained_bytes.value_or(0)), Tint::kYellow),
                 bytes_text(large.bytes), large.object.address.value_or(""), large.object.object,
                 large.holder ? large.holder->object : "several holders"});
  }
  return heading("LARGEST OBJECTS", "with all that they alone keep alive") + out.print(style_);
}

std::string Overview::next_step() const {
  if (options_.path.empty()) return {};
  const std::string path = safe_text(options_.path);
  if (answer_.reachability) {
    return "\n" + wrap("Next: " + style_.cyan("tidemark suspects " + path) +
                       " says what gathers memory, and who holds it.");
  }
  return "\n" + wrap("Next: " + style_.cyan("tidemark summary --by site " + path) +
                     " lists all places that objects come from.");
}

}  // namespace

std::string summary_overview(const SummaryAnswer& answer, const SummaryTextOptions& options,
                             const TextStyle& style) {
  return Overview(answer, options, style).page();
}

}  // namespace tidemark
