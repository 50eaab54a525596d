#include "report/diff_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/units.h"
#include "report/csv.h"
#include "report/json_writer.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

struct TrendText {
  std::string_view name;
  std::string_view heading;
};

constexpr std::array<TrendText, 6> kTrends = {{
    {"grows", "GROWS: more at each dump"},
    {"bounded", "BOUNDED: filled up, then flat, as a cache does; not a leak"},
    {"fluctuates", "FLUCTUATES: up and down"},
    {"steady", "STEADY"},
    {"shrinks", "SHRINKS"},
    {"new", "MORE than before; a third dump would tell growth from filling up"},
}};

constexpr std::array kListed = {Trend::kGrows, Trend::kNew, Trend::kFluctuates, Trend::kBounded};

std::int64_t growth(const GroupChange& change) {
  return static_cast<std::int64_t>(change.counts.back()) -
         static_cast<std::int64_t>(change.counts.front());
}

// Level groups are many; a cache is one that has some size, and has filled up or changes its
// members, which only dumps of one process can tell.
bool is_cache(const GroupChange& change, bool comparable) {
  constexpr std::uint64_t kSmallest = 10;
  return change.counts.back() >= kSmallest &&
         ((comparable && change.born_last > 0) || change.counts.front() < change.counts.back());
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

}  // namespace

std::string_view trend_name(Trend trend) { return kTrends[static_cast<std::size_t>(trend)].name; }

DiffReport::DiffReport(const Diff& diff, const Grouping& grouping, DiffReportOptions options)
    : diff_(diff), grouping_(grouping), options_(std::move(options)) {}

std::uint64_t DiffReport::weight(const GroupChange& change) const {
  if (change.trend == Trend::kBounded) return change.bytes.back();
  switch (options_.sort) {
    case DiffSort::kRetained:
      return diff_.has_retained ? change.stayed_retained : change.stayed_bytes;
    case DiffSort::kBytes:
      return change.stayed_bytes;
    case DiffSort::kStayed:
      return change.stayed;
    case DiffSort::kGrowth:
      return static_cast<std::uint64_t>(std::max<std::int64_t>(0, growth(change)));
  }
  return 0;
}

// The groups of one trend that something can be said of, heaviest first.
std::vector<DiffReport::Row> DiffReport::rows(Trend trend) const {
  std::vector<Row> rows;
  for (const GroupChange& change : diff_.groups) {
    if (change.trend != trend) continue;
    const bool cache = trend == Trend::kBounded;
    const bool moved = cache              ? is_cache(change, diff_.comparable)
                       : diff_.comparable ? change.stayed > 0
                                          : growth(change) > 0;
    if (!moved) continue;
    Row row{.change = &change, .key = grouping_.key(change.group)};
    const auto matches = [&](const std::string& text) {
      return text.find(options_.filter) != std::string::npos;
    };
    if (!options_.filter.empty() && !matches(row.key.label) && !matches(row.key.class_name) &&
        !matches(row.key.kind)) {
      continue;
    }
    rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, [&](const Row& a, const Row& b) {
    const auto order = [&](const Row& r) {
      return std::tuple(weight(*r.change), r.change->stayed_bytes, r.change->bytes.back());
    };
    if (order(a) != order(b)) return order(a) > order(b);
    return std::tie(a.key.label, a.key.class_name, a.key.kind) <
           std::tie(b.key.label, b.key.class_name, b.key.kind);
  });
  return rows;
}

std::uint64_t DiffReport::growing_bytes() const {
  std::uint64_t bytes = 0;
  for (const Trend trend : {Trend::kGrows, Trend::kNew}) {
    for (const Row& row : rows(trend)) bytes += row.change->stayed_bytes;
  }
  return bytes;
}

// "1,502 → 2,702 → 3,902"; the middle ones are left out where there are many.
std::string DiffReport::counts(const GroupChange& change) const {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < change.counts.size(); ++i) {
    const bool last = i + 1 == change.counts.size();
    if (change.counts.size() > kShown && i == kShown - 1 && !last) {
      text += " → …";
      continue;
    }
    if (i >= kShown && !last) continue;
    if (i > 0) text += " → ";
    text += format_count(static_cast<std::int64_t>(change.counts[i]));
  }
  return text;
}

std::string DiffReport::per_hour(const GroupChange& change) const {
  const double rate = static_cast<double>(growth(change)) / options_.hours.back();
  return format_signed_count(std::llround(rate));
}

void DiffReport::headline(std::string& out, const TextStyle& style) const {
  std::string objects;
  std::string bytes;
  for (const DumpTotals& dump : diff_.dumps) {
    if (!objects.empty()) {
      objects += " → ";
      bytes += " → ";
    }
    // Without the allocation tracer's own table, as in `tidemark summary`.
    objects += format_count(static_cast<std::int64_t>(dump.objects - dump.overhead_objects));
    bytes += format_bytes(static_cast<std::int64_t>(dump.bytes - dump.overhead_bytes));
  }
  out += style.bold(fmt::format("{} dumps", diff_.dumps.size())) +
         fmt::format(": {} objects, {}{}", objects, bytes, diff_.numbered ? "" : " of memsize");
  if (!options_.hours.empty()) {
    out += fmt::format(", over {:.1f} h ({})", options_.hours.back(), options_.hours_from);
  }
  out += "\n";
  if (!diff_.comparable) {
    out += wrap(
        "These dumps share hardly any object: they come from different processes, or the heap was "
        "compacted between them. Objects cannot be followed then; what is below compares the "
        "numbers of each group. Take the dumps from one process to see what stayed.");
    return;
  }
  std::string kept;
  if (diff_.has_retained) {
    kept = fmt::format("; with what they alone keep alive {}",
                       format_bytes(static_cast<std::int64_t>(diff_.stayed_retained)));
  }
  const std::size_t count = diff_.dumps.size();
  const std::string where =
      count == 2 ? fmt::format("in {}, not in {}", file_name(options_.names[1]),
                               file_name(options_.names[0]))
                 : fmt::format("not in {}, still in {} after at least one dump between",
                               file_name(options_.names.front()), file_name(options_.names.back()));
  out += wrap(fmt::format(
      "{}: {}, {}{} ({}).", count == 2 ? "New" : "New and stayed", plural(diff_.stayed, "object"),
      format_bytes(static_cast<std::int64_t>(diff_.stayed_bytes)), kept, where));
  if (count > 2) {
    out += wrap(fmt::format("Churn: {} came after {} and {} gone again.",
                            plural(diff_.churned, "object"), file_name(options_.names.front()),
                            diff_.churned == 1 ? "is" : "are"));
  }
  identity(out);
}

// How sure it is that an object here is the same object there.
void DiffReport::identity(std::string& out) const {
  Interval all;
  for (const Interval& interval : diff_.intervals) {
    all.same += interval.same;
    all.certain += interval.certain;
    all.by_content += interval.by_content;
    all.weak += interval.weak;
    all.reused += interval.reused;
  }
  const auto share = [&](std::uint64_t part) {
    return format_percent(static_cast<double>(part), static_cast<double>(all.same));
  };
  if (diff_.numbered) {
    out += wrap(fmt::format("Identity: by id; {} of common ids have the same name in both.",
                            share(all.certain)));
    return;
  }
  std::string text = "Identity: ";
  if (all.certain > 0) text += share(all.certain) + " of matches certain (allocation generation), ";
  text += fmt::format("{} by content, {} by address and class alone.", share(all.by_content),
                      share(all.weak));
  if (all.reused > 0) {
    text +=
        fmt::format(" {} freed and used again for other objects; not taken for the same.",
                    all.reused == 1 ? "1 address was" : plural(all.reused, "address") + " were");
  }
  if (all.certain == 0) {
    text +=
        " With allocation tracing (ObjectSpace.trace_object_allocations_start) matches are "
        "certain, and each group has its line of code.";
  }
  out += wrap(text);
}

void DiffReport::section(std::string& out, Trend trend, const TextStyle& style) const {
  const std::vector<Row> all = rows(trend);
  if (all.empty()) return;
  const Dimension dimension = grouping_.dimension();
  const bool has_class = dimension == Dimension::kSite || dimension == Dimension::kClass;
  const bool cache = trend == Trend::kBounded;
  const bool rates = !options_.hours.empty() && !cache;
  out += "\n" + style.bold(kTrends[static_cast<std::size_t>(trend)].heading) + "\n";
  std::vector<TableColumn> columns;
  if (diff_.comparable) {
    if (diff_.has_retained && !cache) columns.push_back(number_column("RETAINED"));
    if (cache) columns.push_back(number_column("BYTES"));
    columns.push_back(number_column(trend == Trend::kNew ? "NEW" : "STAYED"));
    columns.push_back(number_column(cache ? "REPLACED" : "GONE"));
  }
  columns.push_back(number_column("AT EACH DUMP"));
  if (rates) columns.push_back(number_column("PER HOUR"));
  if (has_class) columns.push_back(name_column("CLASS"));
  if (has_class) columns.back().flexible = dimension == Dimension::kClass;
  if (dimension == Dimension::kType) columns.push_back(text_column("TYPE"));
  const std::string title =
      label_title(dimension, diff_.numbered && diff_.dumps.back().traced == 0);
  if (!title.empty()) {
    constexpr std::size_t kReadablePath = 22;
    columns.push_back(path_column(title));
    columns.back().min_width = kReadablePath;
  }
  Table table(std::move(columns));
  for (std::size_t i = 0; i < all.size() && i < options_.limit; ++i) {
    const GroupChange& change = *all[i].change;
    std::vector<TableCell> cells;
    if (diff_.comparable) {
      if (diff_.has_retained && !cache) {
        cells.emplace_back(format_bytes(static_cast<std::int64_t>(change.stayed_retained)));
      }
      if (cache) cells.emplace_back(format_bytes(static_cast<std::int64_t>(change.bytes.back())));
      cells.emplace_back(format_count(static_cast<std::int64_t>(change.stayed)));
      cells.emplace_back(format_count(static_cast<std::int64_t>(change.died_last)));
    }
    cells.emplace_back(counts(change));
    if (rates) cells.emplace_back(per_hour(change));
    if (has_class) {
      // A label in parentheses already tells the type.
      cells.emplace_back(all[i].key.class_name, cache ? Tint::kPlain : Tint::kYellow);
    }
    if (dimension == Dimension::kType) cells.emplace_back(all[i].key.kind);
    if (!title.empty()) cells.emplace_back(all[i].key.label.empty() ? "?" : all[i].key.label);
    table.add_row(std::move(cells));
  }
  out += table.print(style);
  if (all.size() > options_.limit) {
    out += fmt::format(" ... and {} (--limit 0 shows all)\n",
                       plural(all.size() - options_.limit, "further group"));
  }
}

std::string DiffReport::next_step(const TextStyle& style) const {
  std::string names;
  for (const std::string& name : options_.names) names += " " + safe_text(name);
  return "\n" + wrap("Next: " + style.cyan("tidemark suspects" + names) +
                     " says who holds what grew, and what a fix frees.");
}

std::string DiffReport::text(const TextStyle& style) const {
  std::string out;
  headline(out, style);
  const std::size_t before = out.size();
  for (const Trend trend : kListed) {
    if (trend != Trend::kFluctuates) section(out, trend, style);
  }
  const std::size_t wandering = rows(Trend::kFluctuates).size();
  if (wandering > 0) {
    out += "\n" + wrap(fmt::format("{} up and down, or no more than chance explains; --format json "
                                   "and csv list them.",
                                   wandering == 1 ? "1 further group goes"
                                                  : plural(wandering, "further group") + " go"));
  }
  if (out.size() == before) {
    out += options_.filter.empty() ? "\nNothing new stayed.\n"
                                   : fmt::format("\nNothing new that stayed contains \"{}\".\n",
                                                 safe_text(options_.filter));
  }
  return out + next_step(style);
}

void DiffReport::json(TextSink& sink) const {
  JsonWriter json(sink);
  json.begin_document("diff");
  json.member("comparable", diff_.comparable);
  json.member("by", kDimensionNames[static_cast<std::size_t>(grouping_.dimension())]);
  json.begin_array("dumps");
  for (std::size_t i = 0; i < diff_.dumps.size(); ++i) {
    json.begin_object();
    json.member("name", options_.names[i]);
    json.member("objects", diff_.dumps[i].objects);
    json.member("bytes", diff_.dumps[i].bytes);
    json.member("traced_objects", diff_.dumps[i].traced);
    json.member("overhead_objects", diff_.dumps[i].overhead_objects);
    json.member("overhead_bytes", diff_.dumps[i].overhead_bytes);
    if (!options_.hours.empty()) json.member("hours", options_.hours[i]);
    json.end_object();
  }
  json.end_array();
  json.begin_array("intervals");
  for (const Interval& interval : diff_.intervals) {
    json.begin_object();
    json.member("same", interval.same);
    json.member("born", interval.born);
    json.member("died", interval.died);
    json.member("addresses_reused", interval.reused);
    json.member("matched_by_generation", interval.certain);
    json.member("matched_by_content", interval.by_content);
    json.member("matched_by_address_and_class", interval.weak);
    json.end_object();
  }
  json.end_array();
  json.begin_object("stayed");
  json.member("objects", diff_.stayed);
  json.member("bytes", diff_.stayed_bytes);
  if (diff_.has_retained) json.member("retained_bytes", diff_.stayed_retained);
  json.end_object();
  json.member("churned_objects", diff_.churned);
  json.begin_array("groups");
  for (const Trend trend : kListed) {
    std::size_t listed = 0;
    for (const Row& row : rows(trend)) {
      if (listed++ == options_.limit) break;
      const GroupChange& change = *row.change;
      json.begin_object();
      json.member("trend", trend_name(trend));
      json.member("label", row.key.label);
      if (!row.key.class_name.empty()) json.member("class", row.key.class_name);
      if (!row.key.kind.empty()) json.member("type", row.key.kind);
      json.begin_array("counts");
      for (const std::uint64_t count : change.counts) json.value(count);
      json.end_array();
      json.begin_array("bytes");
      for (const std::uint64_t bytes : change.bytes) json.value(bytes);
      json.end_array();
      json.member("stayed", change.stayed);
      json.member("stayed_bytes", change.stayed_bytes);
      if (diff_.has_retained) json.member("stayed_retained_bytes", change.stayed_retained);
      json.member("first_seen_in_last", change.fresh);
      json.member("gone_in_last_interval", change.died_last);
      if (diff_.numbered) {
        json.member("new_bytes_in_last_interval", change.born_last_bytes);
        json.member("gone_bytes_in_last_interval", change.died_last_bytes);
      }
      if (!options_.hours.empty()) {
        json.member("growth_per_hour", static_cast<double>(growth(change)) / options_.hours.back());
      }
      json.end_object();
    }
  }
  json.end_array();
  json.end_document();
}

void DiffReport::csv(TextSink& sink) const {
  CsvWriter csv(sink, {"trend", "label", "class", "type", "first_count", "last_count", "stayed",
                       "stayed_bytes", "stayed_retained_bytes", "gone_in_last_interval"});
  for (const Trend trend : kListed) {
    std::size_t listed = 0;
    for (const Row& row : rows(trend)) {
      if (listed++ == options_.limit) break;
      csv.text(trend_name(trend)).text(row.key.label).text(row.key.class_name).text(row.key.kind);
      csv.number(row.change->counts.front()).number(row.change->counts.back());
      csv.number(row.change->stayed).number(row.change->stayed_bytes);
      if (diff_.has_retained) {
        csv.number(row.change->stayed_retained);
      } else {
        csv.empty();
      }
      csv.number(row.change->died_last);
      csv.end_row();
    }
  }
}

}  // namespace tidemark
