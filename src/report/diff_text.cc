#include "report/diff_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

struct TrendHeading {
  Trend trend;
  std::string_view heading;
};

constexpr std::array<TrendHeading, 3> kListed = {{
    {.trend = Trend::kGrows, .heading = "GROWS: more at each dump"},
    {.trend = Trend::kNew,
     .heading = "MORE than before; a third dump would tell growth from filling up"},
    {.trend = Trend::kBounded,
     .heading = "BOUNDED: filled up, then flat, as a cache does; not a leak"},
}};

std::string count_text(std::uint64_t count) {
  return format_count(static_cast<std::int64_t>(count));
}

std::string bytes_text(std::uint64_t bytes) {
  return format_bytes(static_cast<std::int64_t>(bytes));
}

std::string label_title(Dimension dimension, bool sites_are_code) {
  switch (dimension) {
    case Dimension::kSite:
      return sites_are_code ? "DEFINED AT" : "ALLOCATED AT";
    case Dimension::kGem:
      return "PACKAGE";
    case Dimension::kMethod:
      return "METHOD";
    case Dimension::kFile:
      return "FILE";
    case Dimension::kGeneration:
      return "GENERATION";
    default:
      return "";
  }
}

std::string file_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return safe_text(slash == std::string::npos ? path : path.substr(slash + 1));
}

// "1,502 → 2,702 → 3,902"; the middle ones are left out where there are many.
std::string counts_text(const std::vector<std::uint64_t>& counts) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const bool last = i + 1 == counts.size();
    if (counts.size() > kShown && i == kShown - 1 && !last) {
      text += " → …";
      continue;
    }
    if (i >= kShown && !last) continue;
    if (i > 0) text += " → ";
    text += count_text(counts[i]);
  }
  return text;
}

std::string totals(const DiffAnswer& answer, const TextStyle& style) {
  std::string objects;
  std::string bytes;
  for (const ComparedDump& dump : answer.dumps) {
    if (!objects.empty()) {
      objects += " → ";
      bytes += " → ";
    }
    // Without the allocation tracer's own table, as in `tidemark summary`.
    objects += count_text(dump.objects - dump.overhead_objects);
    bytes += bytes_text(dump.bytes - dump.overhead_bytes);
  }
  std::string out =
      style.bold(fmt::format("{} dumps", answer.dumps.size())) +
      fmt::format(": {} objects, {}{}", objects, bytes, answer.numbered ? "" : " of memsize");
  if (const auto hours = answer.dumps.back().hours) {
    out +=
        fmt::format(", over {:.1f} h ({})", *hours,
                    answer.times_from == TimesFrom::kRequest ? "by --at" : "by the files' times");
  }
  return out + "\n";
}

// How sure it is that an object here is the same object there.
std::string identity(const DiffAnswer& answer) {
  DumpInterval all;
  for (const DumpInterval& interval : answer.intervals) {
    all.same += interval.same;
    all.matched_by_generation += interval.matched_by_generation;
    all.matched_by_content += interval.matched_by_content;
    all.matched_by_address_and_class += interval.matched_by_address_and_class;
    all.addresses_reused += interval.addresses_reused;
  }
  const auto share = [&](std::uint64_t part) {
    return format_percent(static_cast<double>(part), static_cast<double>(all.same));
  };
  if (answer.numbered) {
    return wrap(fmt::format("Identity: by id; {} of common ids have the same name in both.",
                            share(all.matched_by_generation)));
  }
  std::string text = "Identity: ";
  if (all.matched_by_generation > 0) {
    text += share(all.matched_by_generation) + " of matches certain (allocation generation), ";
  }
  text += fmt::format("{} by content, {} by address and class alone.",
                      share(all.matched_by_content), share(all.matched_by_address_and_class));
  if (all.addresses_reused > 0) {
    text +=
        fmt::format(" {} freed and used again for other objects; not taken for the same.",
                    all.addresses_reused == 1 ? "1 address was"
                                              : plural(all.addresses_reused, "address") + " were");
  }
  if (all.matched_by_generation == 0) {
    text +=
        " With allocation tracing (ObjectSpace.trace_object_allocations_start) matches are "
        "certain, and each group has its line of code.";
  }
  return wrap(text);
}

std::string what_stayed(const DiffAnswer& answer) {
  const StayedObjects& stayed = answer.stayed;
  const std::string first = file_name(answer.dumps.front().name);
  const std::string last = file_name(answer.dumps.back().name);
  std::string kept;
  if (stayed.retained_bytes) {
    kept = fmt::format("; with what they alone keep alive {}", bytes_text(*stayed.retained_bytes));
  }
  const bool two = answer.dumps.size() == 2;
  const std::string where =
      two ? fmt::format("in {}, not in {}", last, first)
          : fmt::format("not in {}, still in {} after at least one dump between", first, last);
  std::string out =
      wrap(fmt::format("{}: {}, {}{} ({}).", two ? "New" : "New and stayed",
                       plural(stayed.objects, "object"), bytes_text(stayed.bytes), kept, where));
  if (!two) {
    out += wrap(fmt::format("Churn: {} came after {} and {} gone again.",
                            plural(answer.churned_objects, "object"), first,
                            answer.churned_objects == 1 ? "is" : "are"));
  }
  return out;
}

std::string headline(const DiffAnswer& answer, const TextStyle& style) {
  const std::string out = totals(answer, style);
  if (answer.comparable) return out + what_stayed(answer) + identity(answer);
  return out +
         wrap(
             "These dumps share hardly any object: they come from different processes, or the "
             "heap was compacted between them. Objects cannot be followed then; what is below "
             "compares the numbers of each group. Take the dumps from one process to see what "
             "stayed.");
}

// The table of one trend.
class Section {
 public:
  Section(const DiffAnswer& answer, Trend trend)
      : by_(answer.by),
        followed_(answer.comparable),
        retained_(answer.stayed.retained_bytes && trend != Trend::kBounded),
        cache_(trend == Trend::kBounded),
        rates_(answer.dumps.back().hours && trend != Trend::kBounded),
        has_class_(by_ == Dimension::kSite || by_ == Dimension::kClass),
        trend_(trend),
        title_(label_title(by_, answer.numbered && answer.dumps.back().traced_objects == 0)) {}

  [[nodiscard]] std::vector<TableColumn> columns() const;
  [[nodiscard]] std::vector<TableCell> cells(const ChangedGroup& group) const;

 private:
  Dimension by_;
  bool followed_;
  bool retained_;
  bool cache_;
  bool rates_;
  bool has_class_;
  Trend trend_;
  std::string title_;
};

std::vector<TableColumn> Section::columns() const {
  std::vector<TableColumn> columns;
  if (followed_) {
    if (retained_) columns.push_back(number_column("RETAINED"));
    if (cache_) columns.push_back(number_column("BYTES"));
    columns.push_back(number_column(trend_ == Trend::kNew ? "NEW" : "STAYED"));
    columns.push_back(number_column(cache_ ? "REPLACED" : "GONE"));
  }
  columns.push_back(number_column("AT EACH DUMP"));
  if (rates_) columns.push_back(number_column("PER HOUR"));
  if (has_class_) columns.push_back(name_column("CLASS"));
  if (has_class_) columns.back().flexible = by_ == Dimension::kClass;
  if (by_ == Dimension::kType) columns.push_back(text_column("TYPE"));
  if (!title_.empty()) {
    constexpr std::size_t kReadablePath = 22;
    columns.push_back(path_column(title_));
    columns.back().min_width = kReadablePath;
  }
  return columns;
}

std::vector<TableCell> Section::cells(const ChangedGroup& group) const {
  std::vector<TableCell> cells;
  if (followed_) {
    if (retained_) cells.emplace_back(bytes_text(group.stayed_retained_bytes.value_or(0)));
    if (cache_) cells.emplace_back(bytes_text(group.bytes.back()));
    cells.emplace_back(count_text(group.stayed));
    cells.emplace_back(count_text(group.gone_in_last_interval));
  }
  cells.emplace_back(counts_text(group.counts));
  if (rates_) {
    cells.emplace_back(format_signed_count(std::llround(group.growth_per_hour.value_or(0))));
  }
  // A label in parentheses already tells the type.
  if (has_class_) {
    cells.emplace_back(group.name.class_name.value_or(""), cache_ ? Tint::kPlain : Tint::kYellow);
  }
  if (by_ == Dimension::kType) cells.emplace_back(group.name.type.value_or(""));
  if (!title_.empty()) cells.emplace_back(group.name.label.value_or("?"));
  return cells;
}

std::string section(const DiffAnswer& answer, const TrendHeading& heading, std::size_t limit,
                    const TextStyle& style) {
  const Section shape(answer, heading.trend);
  Table table(shape.columns());
  std::size_t groups = 0;
  for (const ChangedGroup& group : answer.groups) {
    if (group.trend == heading.trend && groups++ < limit) table.add_row(shape.cells(group));
  }
  if (groups == 0) return {};
  std::string out = "\n" + style.bold(heading.heading) + "\n" + table.print(style);
  if (groups > limit) {
    out +=
        fmt::format(" ... and {} (--limit 0 shows all)\n", plural(groups - limit, "further group"));
  }
  return out;
}

std::string next_step(const DiffAnswer& answer, const TextStyle& style) {
  std::string names;
  for (const ComparedDump& dump : answer.dumps) names += " " + safe_text(dump.name);
  return "\n" + wrap("Next: " + style.cyan("tidemark suspects" + names) +
                     " says who holds what grew, and what a fix frees.");
}

}  // namespace

std::string diff_text(const DiffAnswer& answer, std::size_t limit, const TextStyle& style) {
  std::string groups;
  for (const TrendHeading& heading : kListed) groups += section(answer, heading, limit, style);
  const auto wandering =
      std::ranges::count(answer.groups, Trend::kFluctuates, &ChangedGroup::trend);
  if (wandering > 0) {
    groups +=
        "\n" + wrap(fmt::format(
                   "{} up and down, or no more than chance explains; --format json and csv "
                   "list them.",
                   wandering == 1
                       ? "1 further group goes"
                       : plural(static_cast<std::uint64_t>(wandering), "further group") + " go"));
  }
  if (groups.empty()) {
    groups = answer.filter.empty() ? "\nNothing new stayed.\n"
                                   : fmt::format("\nNothing new that stayed contains \"{}\".\n",
                                                 safe_text(answer.filter));
  }
  return headline(answer, style) + groups + next_step(answer, style);
}

}  // namespace tidemark
