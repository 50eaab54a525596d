#include "sources/table_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sources/series_label.h"

namespace tidemark {
namespace {

using Column = CsvColumn;
using Role = CsvRole;

EventKind event_kind(std::string_view word) {
  const std::string text = csv_lower(word);
  const auto holds = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  if (holds("oom") || holds("out of memory") || holds("r15") || holds("kill")) {
    return EventKind::kOutOfMemory;
  }
  if (holds("deploy") || holds("release")) return EventKind::kDeploy;
  if (holds("quota") || holds("r14")) return EventKind::kOverQuota;
  if (holds("scale")) return EventKind::kScale;
  if (holds("timeout") || holds("h12")) return EventKind::kTimeout;
  return EventKind::kRestart;
}

}  // namespace

const std::string& TableReader::cell(std::size_t column) const {
  static const std::string kEmpty;
  return column < fields_.size() ? fields_[column] : kEmpty;
}

std::optional<std::size_t> TableReader::column_of(Role role) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].role == role) return i;
  }
  return std::nullopt;
}

Result<void> TableReader::apply_choices(const std::vector<CsvColumnChoice>& choices) {
  static constexpr std::array<std::pair<std::string_view, Role>, 11> kRoles = {
      {{"time", Role::kTime},
       {"memory", Role::kMemory},
       {"swap", Role::kSwap},
       {"requests", Role::kRequests},
       {"rpm", Role::kRate},
       {"workers", Role::kWorkers},
       {"event", Role::kEvent},
       {"quota", Role::kQuota},
       {"name", Role::kName},
       {"heap", Role::kHeap},
       {"ignore", Role::kIgnore}}};
  for (const auto& choice : choices) {
    const auto role = std::find_if(kRoles.begin(), kRoles.end(),
                                   [&](const auto& known) { return known.first == choice.role; });
    if (role == kRoles.end()) {
      return fail(
          ErrorCode::kUsage, fmt::format("'{}' is nothing that a column can be", choice.role),
          "roles: time, memory, swap, requests, rpm, workers, event, quota, name, heap, ignore");
    }
    const auto index = csv_number(choice.column);
    auto column = std::find_if(columns_.begin(), columns_.end(),
                               [&](const Column& c) { return c.name == choice.column; });
    if (column == columns_.end() && index && *index >= 1 &&
        *index <= static_cast<double>(columns_.size())) {
      column = columns_.begin() + static_cast<std::ptrdiff_t>(*index) - 1;
    }
    if (column == columns_.end()) {
      return fail(ErrorCode::kUsage, fmt::format("no column '{}'", choice.column));
    }
    for (Column& other : columns_) {
      if (other.role == role->second && role->second != Role::kMemory) other.role = Role::kIgnore;
    }
    column->role = role->second;
    column->rank = kRankChosen;
    column->why = {};
  }
  return {};
}

// Without names: the first column is the time, the second the memory, a third the requests.
void TableReader::take_unnamed_columns() {
  static constexpr std::array kRoles = {Role::kTime, Role::kMemory, Role::kRequests};
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    columns_.push_back({.name = fmt::format("{}", i + 1),
                        .role = i < kRoles.size() ? kRoles[i] : Role::kIgnore,
                        .rank = 1});
  }
}

// The next row that holds data: not empty, not a remark, not the names once more.
bool TableReader::next_row() {
  while (rows_.next(fields_)) {
    if (fields_.empty() || fields_[0].starts_with('#')) continue;
    if (fields_.size() == 1 && fields_[0].empty()) continue;
    if (!unnamed_ && !head_.empty() && fields_ == head_) continue;
    return true;
  }
  return false;
}

void TableReader::learn_cells() {
  cells_.assign(columns_.size(), {});
  while (next_row()) {
    clock_.learn(fields_);
    for (std::size_t i = 0; i < columns_.size() && i < fields_.size(); ++i) {
      if (says_nothing(fields_[i])) continue;
      ColumnCells& column = cells_[i];
      ++column.filled;
      const auto amount = parse_amount(fields_[i], mark_);
      if (!amount) {
        if (column.texts.size() <= kMostNames) column.texts.insert(fields_[i]);
        continue;
      }
      ++(amount->percent ? column.percents : column.numbers);
    }
  }
  // Cells of per cents are a share, whatever the name says.
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (cells_[i].percents * 2 <= cells_[i].filled || columns_[i].rank == kRankChosen) continue;
    columns_[i].role = Role::kIgnore;
    columns_[i].why = "a share, not an amount: the limit that it is a share of is not in the table";
  }
}

// Whose memory a row holds: the columns that say so by their name, and texts that come again and
// again. What is the same in every row tells nothing apart.
void TableReader::choose_names() {
  std::vector<std::size_t> constant;
  const bool chosen = std::any_of(columns_.begin(), columns_.end(), [](const Column& column) {
    return column.role == Role::kName && column.rank == kRankChosen;
  });
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const ColumnCells& cells = cells_[i];
    Column& column = columns_[i];
    if (chosen && column.rank != kRankChosen) continue;
    const bool by_name = column.role == Role::kName;
    const bool by_cells = column.role == Role::kUnknown && cells.is_text() &&
                          cells.texts.size() <= kMostNames &&
                          cells.texts.size() * 2 <= cells.filled;
    if (!by_name && !by_cells) continue;
    column.role = Role::kName;
    // Numbers, process ids, are told apart without having been counted.
    if (cells.texts.size() == 1 && cells.numbers == 0) {
      constant.push_back(i);
    } else if (cells.filled > 0) {
      names_.push_back(i);
    }
  }
  if (names_.empty() && !constant.empty()) names_.push_back(constant.front());
  // A machine may be called anything; a metric's column says that it is one.
  for (const std::size_t column : names_) {
    const std::string lower = csv_lower(columns_[column].name);
    const bool names_metrics =
        std::ranges::any_of(std::array{"metric", "field", "series", "measure"},
                            [&](const char* word) { return lower.contains(word); });
    if (names_metrics && columns_[column].rank != kRankChosen) metrics_.push_back(column);
  }
}

// Of several memory columns of known names the best ones, each a series; of columns without a known
// name all that hold numbers.
void TableReader::choose_memory() {
  int best = 0;
  const auto amounts = [&](std::size_t i) { return cells_[i].numbers > 0; };
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.role != Role::kMemory) continue;
    if (!amounts(i) && column.rank != kRankChosen) continue;
    best = std::max(best, column.rank);
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    if (best > 0 && column.role == Role::kMemory) {
      if (column.rank == best) {
        memory_.push_back(i);
      } else {
        column.role = Role::kIgnore;
      }
    } else if (best == 0 && column.role == Role::kUnknown && !column.name.empty() && amounts(i)) {
      // Columns without a meaning beside one that is known to be no memory may be anything.
      column.role = Role::kMemory;
      memory_.push_back(i);
    }
  }
  // Swap counts as memory where the column beside it leaves it out.
  const bool resident =
      memory_.size() == 1 && (columns_[memory_[0]].rank >= kRankLeastResident &&
                              columns_[memory_[0]].rank <= kRankProportional &&
                              columns_[memory_[0]].rank != 71 && columns_[memory_[0]].rank != 72);
  if (!resident) {
    for (Column& column : columns_) {
      if (column.role == Role::kSwap && column.rank != kRankChosen) column.role = Role::kIgnore;
    }
  }
}

// Live heap stands beside the memory of the same process; alone it is the memory.
void TableReader::choose_heap() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.role == Role::kHeap && (!heap_ || column.rank > columns_[*heap_].rank)) heap_ = i;
  }
  const bool alone = memory_.empty();
  if (heap_ && alone) {
    memory_.push_back(*heap_);
    heap_.reset();
  }
  // Of several memories nobody knows whose heap it is.
  if (memory_.size() > 1) heap_.reset();
}

// Why there is none: the likeliest column and what it is.
Result<void> TableReader::no_memory() const {
  const std::string hint = "name one: --column COLUMN=memory (COLUMN is a name or a number from 1)";
  for (const std::string_view kind : {"share", "free", "count", "page cache", ""}) {
    for (const Column& column : columns_) {
      if (column.why.empty() || column.why.find(kind) == std::string_view::npos) continue;
      return fail(ErrorCode::kNotADump,
                  fmt::format("no column of memory: '{}' is {}", column.name, column.why), hint);
    }
  }
  return fail(ErrorCode::kNotADump, "no column of memory", hint);
}

// A column whose cells are dates is the time, whatever it is called in whatever language.
void TableReader::find_times() {
  std::vector<std::size_t> dates(columns_.size());
  std::size_t rows = 0;
  rows_.rewind();
  while (rows < 200 && next_row()) {
    ++rows;
    for (std::size_t i = 0; i < columns_.size() && i < fields_.size(); ++i) {
      const auto time = parse_time_cell(fields_[i]);
      if (time && !time->number && !time->clock_only) ++dates[i];
    }
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].role != Role::kUnknown || dates[i] == 0 || dates[i] * 10 < rows * 9) continue;
    columns_[i].role = Role::kTime;
    return;
  }
}

Result<void> TableReader::find_columns() {
  if (!next_row()) return fail(ErrorCode::kNotADump, "no rows");
  unnamed_ = parse_time_cell(fields_[0]).has_value();
  if (unnamed_ && options_.names.size() == fields_.size()) {
    for (const auto& name : options_.names) columns_.push_back(recognise_csv_column(name));
  } else if (unnamed_) {
    if (fields_.size() > 3 && options_.columns.empty()) {
      return fail(ErrorCode::kNotADump,
                  fmt::format("{} columns without names: which is the memory?", fields_.size()),
                  "say it: --column 2=memory (the first is 1)");
    }
    take_unnamed_columns();
  } else {
    head_ = fields_;
    for (const auto& name : fields_) columns_.push_back(recognise_csv_column(name));
  }
  if (auto applied = apply_choices(options_.columns); !applied) return applied;
  if (!column_of(Role::kTime)) find_times();
  clock_ = TableClock(columns_, options_.date_order);
  if (!column_of(Role::kTime)) {
    return fail(ErrorCode::kNotADump, "no column of times",
                "name one: --column COLUMN=time (COLUMN is a name or a number from 1)");
  }
  rows_.rewind();
  if (!unnamed_) next_row();  // the first time the names are no repetition
  learn_cells();
  if (auto decided = clock_.decide(); !decided) return decided;
  choose_names();
  choose_memory();
  choose_heap();
  return memory_.empty() ? no_memory() : Result<void>{};
}

void TableReader::add_extras(RawSample& raw, RawSeries& to, std::size_t column) {
  const auto number = [&](std::size_t i) {
    const auto found = parse_amount(cell(i), mark_);
    return found && !found->percent ? std::optional(found->number) : std::nullopt;
  };
  if (const auto swap = column_of(Role::kSwap); swap && columns_[column].role != Role::kHeap) {
    // In bytes of the swap column's unit, brought to the memory column's.
    const double scale = columns_[*swap].unit > 0 && columns_[column].unit > 0
                             ? columns_[*swap].unit / columns_[column].unit
                             : 1;
    raw.sample.bytes += std::max(0.0, number(*swap).value_or(0)) * scale;
  }
  if (const auto workers = column_of(Role::kWorkers)) {
    const double count = number(*workers).value_or(0);
    raw.sample.workers = count >= 1 && count <= 1e6 ? static_cast<std::uint32_t>(count) : 0;
  }
  if (const auto rate = column_of(Role::kRate)) {
    raw.rate = number(*rate).value_or(kUnknownRequests) * columns_[*rate].per_minute;
  }
  if (const auto requests = column_of(Role::kRequests)) {
    raw.counter = number(*requests).value_or(kUnknownRequests);
  }
  if (const auto quota = column_of(Role::kQuota)) {
    const auto limit = parse_amount(cell(*quota), mark_);
    if (!limit || limit->percent || limit->number <= 0) return;
    const double unit = limit->unit > 0 ? limit->unit : columns_[*quota].unit;
    // Without a unit of its own it is in that of the memory: negative until that is known.
    to.series.quota = unit > 0 ? limit->number * unit : -limit->number;
  }
}

void TableReader::add_sample(const std::string& name, double time, std::size_t column) {
  if (says_nothing(cell(column))) return;
  const auto value = parse_amount(cell(column), mark_);
  if (!value || value->percent || value->number < 0) {
    if (bad_cells_++ == 0) first_bad_cell_ = row_count_;
    return;
  }
  const std::string key = column == heap_ ? name + std::string(kHeapKey) : name;
  const auto [found, is_new] = found_.try_emplace(key);
  if (is_new) {
    found->second.series.name = name;
    found->second.column = column;
    order_.push_back(key);
  }
  RawSample raw;
  raw.sample.time = time;
  raw.sample.bytes = value->number * (value->unit > 0 ? value->unit : 1);
  raw.in_bytes = value->unit > 0;
  add_extras(raw, found->second, column);
  found->second.samples.push_back(raw);
}

std::string TableReader::name_of_row() const {
  std::string name;
  for (const std::size_t column : names_) {
    if (says_nothing(cell(column))) continue;
    name += (name.empty() ? "" : "/") + series_label(cell(column));
  }
  return name;
}

// Of one of several columns of memory: whose the row is, and which column.
std::string TableReader::name_of(const std::string& row, std::size_t column) const {
  if (memory_.size() == 1) return row;
  return row + (row.empty() ? "" : "/") + series_label(columns_[column].name);
}

// Of a table with a row for each metric: what this one measures is no memory.
bool TableReader::is_other_metric() {
  return std::ranges::any_of(metrics_, [&](std::size_t column) {
    if (recognise_csv_column(cell(column)).why.empty()) return false;
    ++left_out_[cell(column)];
    return true;
  });
}

void TableReader::add_event(const std::string& name, double time) {
  const auto event = column_of(Role::kEvent);
  if (!event || says_nothing(cell(*event))) return;
  const SeriesEvent what{.time = time, .kind = event_kind(cell(*event)), .detail = cell(*event)};
  for (const std::size_t column : memory_) {
    const auto found = found_.find(name_of(name, column));
    if (found != found_.end()) found->second.series.events.push_back(what);
  }
  const auto heap = found_.find(name + std::string(kHeapKey));
  if (heap != found_.end()) heap->second.series.events.push_back(what);
}

void TableReader::read_row() {
  ++row_count_;
  const auto time = clock_.of(fields_);
  if (!time) {
    if (bad_rows_++ == 0) first_bad_ = row_count_;
    return;
  }
  if (is_other_metric()) return;
  const std::string name = name_of_row();
  for (const std::size_t column : memory_) {
    add_sample(name_of(name, column), *time, column);
  }
  if (heap_) add_sample(name, *time, *heap_);
  add_event(name, *time);
}

Result<SeriesSet> TableReader::read() {
  if (auto found = find_columns(); !found) return std::unexpected(found.error());
  rows_.rewind();
  head_.clear();
  if (!unnamed_) {
    next_row();
    head_ = fields_;
  }
  while (next_row()) read_row();
  SeriesSet out;
  for (const auto& name : order_) {
    if (auto done = finish(found_[name], out); !done) return std::unexpected(done.error());
  }
  if (out.series.empty()) {
    return fail(ErrorCode::kNotADump, "no row with a time and a number of bytes");
  }
  note_columns(out);
  note_rows(out);
  return out;
}

}  // namespace tidemark
