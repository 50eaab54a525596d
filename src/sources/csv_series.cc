#include "sources/csv_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <ranges>

#include "series/clock_text.h"
#include "sources/csv_columns.h"

namespace tidemark {
namespace {

using Column = CsvColumn;
using Role = CsvRole;

constexpr double kMegabyte = 1e6;

// Cuts the text into rows of fields; quotes may hold separators and line ends.
class RowReader {
 public:
  RowReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  // `fields` keeps its strings from row to row, for their room. False at the end.
  bool next(std::vector<std::string>& fields) {
    if (at_ >= text_.size()) return false;
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
      if (fields.size() <= count) fields.emplace_back();
      fields[count].clear();
      more = field(fields[count]);
    }
    fields.resize(count);
    return true;
  }

 private:
  // Whether another field follows in the row.
  bool field(std::string& out) {
    if (at_ < text_.size() && text_[at_] == '"') return quoted(out);
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
    out = csv_trim(text_.substr(begin, at_ - begin));
    return step();
  }

  bool quoted(std::string& out) {
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

  bool step() {
    if (at_ >= text_.size()) return false;
    return text_[at_++] == separator_;
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
};

std::string_view first_line(std::string_view text) {
  return text.substr(0, std::min(text.find('\n'), text.size()));
}

char guess_separator(std::string_view line) {
  char best = ',';
  for (const char c : {',', ';', '\t'}) {
    if (std::count(line.begin(), line.end(), c) > std::count(line.begin(), line.end(), best)) {
      best = c;
    }
  }
  return best;
}

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

// A cell of a memory column before its unit is known.
struct RawSample {
  MemorySample sample;  // bytes: in the column's own unit
  double rate = kUnknownRequests;
  double counter = kUnknownRequests;
};

// Ends the key of a heap beside the memory of the same name.
constexpr std::string_view kHeapKey =
    "\x1f"
    "heap";

struct RawSeries {
  std::size_t column = 0;  // that the bytes are from
  MemorySeries series;
  std::vector<RawSample> samples;
};

class TableReader {
 public:
  TableReader(std::string_view text, char separator) : rows_(text, separator) {}

  Result<SeriesSet> read(const std::vector<CsvColumnChoice>& choices);

 private:
  Result<void> find_columns(const std::vector<CsvColumnChoice>& choices);
  Result<void> apply_choices(const std::vector<CsvColumnChoice>& choices);
  void take_unnamed_columns();
  void choose_memory();
  void choose_heap();
  void read_row();
  void add_sample(const std::string& name, double time, std::size_t column);
  [[nodiscard]] const std::string& cell(std::size_t column) const;
  [[nodiscard]] std::optional<std::size_t> column_of(Role role) const;
  void finish(RawSeries& raw, SeriesSet& out);
  void note_columns(SeriesSet& out) const;
  [[nodiscard]] double unit_for(const RawSeries& raw) const;

  RowReader rows_;
  std::vector<std::string> fields_;
  bool have_row_ = false;  // fields_ hold a row of data already
  std::vector<Column> columns_;
  std::vector<std::size_t> memory_;  // the memory columns in use
  std::optional<std::size_t> heap_;  // live heap beside the memory
  std::optional<std::size_t> time_;
  std::map<std::string, RawSeries> found_;
  std::vector<std::string> order_;
  double unit_ = 0;
  bool guessed_unit_ = false;
  std::size_t row_count_ = 0;
  std::size_t bad_rows_ = 0;
  std::size_t first_bad_ = 0;
};

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
    column->rank = 100;
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

// Of several memory columns of known names the best one; of columns without a known name all.
void TableReader::choose_memory() {
  int best = 0;
  for (const Column& column : columns_) {
    if (column.role == Role::kMemory) best = std::max(best, column.rank);
  }
  const bool known = best > 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    if (known && column.role == Role::kMemory) {
      // Two columns chosen by the user are two series; two that were guessed are one.
      if (column.rank == best && (best == 100 || memory_.empty())) {
        memory_.push_back(i);
      } else {
        column.role = Role::kIgnore;
      }
    } else if (!known && column.role == Role::kUnknown && !column.name.empty()) {
      column.role = Role::kMemory;
      memory_.push_back(i);
    }
  }
  // Swap counts as memory where the column beside it leaves it out.
  const bool resident =
      memory_.size() == 1 && (columns_[memory_[0]].rank == 6 || columns_[memory_[0]].rank == 8);
  if (!resident) {
    for (Column& column : columns_) {
      if (column.role == Role::kSwap && column.rank != 100) column.role = Role::kIgnore;
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

Result<void> TableReader::find_columns(const std::vector<CsvColumnChoice>& choices) {
  // Lines that begin with # and empty ones may stand above the names.
  do {
    if (!rows_.next(fields_)) return fail(ErrorCode::kNotADump, "no rows");
  } while (fields_[0].starts_with('#') || (fields_.size() == 1 && fields_[0].empty()));
  const bool unnamed = parse_time(fields_[0]).has_value();
  if (unnamed) {
    take_unnamed_columns();
    have_row_ = true;
  } else {
    for (const auto& name : fields_) columns_.push_back(recognise_csv_column(name));
  }
  if (auto applied = apply_choices(choices); !applied) return applied;
  time_ = column_of(Role::kTime);
  if (!time_) {
    return fail(ErrorCode::kNotADump, "no column of times",
                "name one: --column COLUMN=time (COLUMN is a name or a number from 1)");
  }
  choose_memory();
  choose_heap();
  if (memory_.empty()) {
    return fail(ErrorCode::kNotADump, "no column of memory",
                "name one: --column COLUMN=memory (COLUMN is a name or a number from 1)");
  }
  return {};
}

void TableReader::add_sample(const std::string& name, double time, std::size_t column) {
  const auto value = csv_number(cell(column));
  if (!value || *value < 0) return;
  const std::string key = column == heap_ ? name + std::string(kHeapKey) : name;
  const auto [found, is_new] = found_.try_emplace(key);
  if (is_new) {
    found->second.series.name = name;
    found->second.column = column;
    order_.push_back(key);
  }
  RawSample raw;
  raw.sample.time = time;
  raw.sample.bytes = *value;
  if (const auto swap = column_of(Role::kSwap); swap && columns_[column].role != Role::kHeap) {
    // In bytes of the swap column's unit, brought to the memory column's.
    const double scale = columns_[*swap].unit > 0 && columns_[column].unit > 0
                             ? columns_[*swap].unit / columns_[column].unit
                             : 1;
    raw.sample.bytes += std::max(0.0, csv_number(cell(*swap)).value_or(0)) * scale;
  }
  if (const auto workers = column_of(Role::kWorkers)) {
    const double count = csv_number(cell(*workers)).value_or(0);
    raw.sample.workers = count >= 1 && count <= 1e6 ? static_cast<std::uint32_t>(count) : 0;
  }
  if (const auto rate = column_of(Role::kRate)) {
    raw.rate = csv_number(cell(*rate)).value_or(kUnknownRequests) * columns_[*rate].per_minute;
  }
  if (const auto requests = column_of(Role::kRequests)) {
    raw.counter = csv_number(cell(*requests)).value_or(kUnknownRequests);
  }
  if (const auto quota = column_of(Role::kQuota)) {
    const double limit = csv_number(cell(*quota)).value_or(0);
    const double unit = columns_[*quota].unit;
    // Without a unit of its own it is in that of the memory: negative until that is known.
    if (limit > 0) found->second.series.quota = unit > 0 ? limit * unit : -limit;
  }
  found->second.samples.push_back(raw);
}

void TableReader::read_row() {
  ++row_count_;
  if (fields_.size() == 1 && fields_[0].empty()) return;
  const auto time = parse_time(cell(*time_));
  if (!time) {
    if (bad_rows_++ == 0) first_bad_ = row_count_;
    return;
  }
  const auto name_column = column_of(Role::kName);
  const std::string name = name_column ? cell(*name_column) : std::string();
  for (const std::size_t column : memory_) {
    add_sample(memory_.size() > 1 && name.empty() ? columns_[column].name : name, *time, column);
  }
  if (heap_) add_sample(name, *time, *heap_);
  const auto event = column_of(Role::kEvent);
  if (!event || cell(*event).empty()) return;
  const SeriesEvent what{.time = *time, .kind = event_kind(cell(*event)), .detail = cell(*event)};
  for (const std::size_t column : memory_) {
    const auto found =
        found_.find(memory_.size() > 1 && name.empty() ? columns_[column].name : name);
    if (found != found_.end()) found->second.series.events.push_back(what);
  }
  const auto heap = found_.find(name + std::string(kHeapKey));
  if (heap != found_.end()) heap->second.series.events.push_back(what);
}

// By the size of the numbers, where the name does not say: no process uses 20 TB or 100 kB.
double TableReader::unit_for(const RawSeries& raw) const {
  std::vector<double> values;
  values.reserve(raw.samples.size());
  for (const auto& sample : raw.samples) values.push_back(sample.sample.bytes);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (*middle >= 2e6) return 1;
  return *middle >= 20000 ? 1024 : kMegabyte;
}

void TableReader::finish(RawSeries& raw, SeriesSet& out) {
  if (raw.samples.empty()) return;
  const Column& column = columns_[raw.column];
  double unit = column.unit;
  if (unit == 0) {
    unit = unit_for(raw);
    guessed_unit_ = true;
  }
  unit_ = unit;
  MemorySeries& series = raw.series;
  if (column.role == Role::kHeap) {
    series.kind = MemoryKind::kHeapAfterGc;
  } else if (column.rank == 6 && !column_of(Role::kSwap)) {
    series.kind = MemoryKind::kResident;
  } else if (column.rank == 8) {
    series.kind = MemoryKind::kProportional;
  }
  if (series.quota < 0) series.quota = -series.quota * unit;
  std::stable_sort(raw.samples.begin(), raw.samples.end(),
                   [](const auto& a, const auto& b) { return a.sample.time < b.sample.time; });
  // A column called requests is a counter when it hardly ever falls, else counts of its own.
  std::size_t falls = 0;
  for (std::size_t i = 1; i < raw.samples.size(); ++i) {
    if (raw.samples[i].counter < raw.samples[i - 1].counter) ++falls;
  }
  const bool counter = falls * 3 <= raw.samples.size();
  for (std::size_t i = 0; i < raw.samples.size(); ++i) {
    RawSample& now = raw.samples[i];
    const RawSample* before = i > 0 ? &raw.samples[i - 1] : nullptr;
    now.sample.bytes *= unit;
    if (!std::isnan(now.rate) && before != nullptr) {
      now.sample.requests = now.rate * (now.sample.time - before->sample.time) / 60;
    } else if (!std::isnan(now.counter) && (before != nullptr || !counter)) {
      const double last = counter ? before->counter : 0;
      now.sample.requests = now.counter >= last ? now.counter - last : now.counter;
    }
    series.samples.push_back(now.sample);
  }
  series.put_in_order();
  out.series.push_back(std::move(series));
}

void TableReader::note_columns(SeriesSet& out) const {
  std::string memory;
  for (const std::size_t column : memory_) {
    memory += (memory.empty() ? "'" : ", '") + columns_[column].name + "'";
    if (memory.size() > 60 && memory_.size() > 3) {
      memory += "...";
      break;
    }
  }
  if (const auto swap = column_of(Role::kSwap)) memory += " + '" + columns_[*swap].name + "'";
  std::string unit = "MB";
  if (unit_ == 1) unit = "bytes";
  if (unit_ == 1024) unit = "KiB";
  if (guessed_unit_) {
    out.note("guessed_unit", fmt::format("time from column '{}', memory from {}, taken to be in {}",
                                         columns_[*time_].name, memory, unit));
  }
  if (bad_rows_ > 0) {
    out.note("damaged_rows",
             fmt::format("{} of {} rows skipped: no time that can be read (first: row {})",
                         bad_rows_, row_count_, first_bad_));
  }
}

Result<SeriesSet> TableReader::read(const std::vector<CsvColumnChoice>& choices) {
  if (auto found = find_columns(choices); !found) return std::unexpected(found.error());
  while (have_row_ || rows_.next(fields_)) {
    have_row_ = false;
    read_row();
  }
  SeriesSet out;
  for (const auto& name : order_) finish(found_[name], out);
  if (out.series.empty()) {
    return fail(ErrorCode::kNotADump, "no row with a time and a number of bytes");
  }
  note_columns(out);
  return out;
}

}  // namespace

bool looks_like_csv(std::string_view head) {
  const std::string_view line = first_line(head);
  if (line.find_first_of(",;\t") == std::string_view::npos || head.find('\0') < head.size()) {
    return false;
  }
  RowReader rows(line, guess_separator(line));
  std::vector<std::string> fields;
  if (!rows.next(fields)) return false;
  if (parse_time(fields[0])) return fields.size() > 1 && csv_number(fields[1]).has_value();
  return std::any_of(fields.begin(), fields.end(), [](const std::string& name) {
    return recognise_csv_column(name).role == Role::kTime;
  });
}

Result<SeriesSet> read_csv_series(std::string_view text,
                                  const std::vector<CsvColumnChoice>& choices) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string_view line = first_line(text);
  for (std::string_view rest = text; line.starts_with('#') && line.size() < rest.size();) {
    rest.remove_prefix(line.size() + 1);
    line = first_line(rest);
  }
  return TableReader(text, guess_separator(line)).read(choices);
}

}  // namespace tidemark
