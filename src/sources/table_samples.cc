// The second half of TableReader: units, times, and what is said about them.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "series/clock_text.h"
#include "sources/table_reader.h"

namespace tidemark {

// By the size of the numbers, where no name says it: the one unit in which a web process or a
// machine has an ordinary size. Where there are two, nobody but the user knows.
Result<double> TableReader::unit_for(const RawSeries& raw) {
  if (options_.unit > 0) return options_.unit;
  std::vector<double> values;
  values.reserve(raw.samples.size());
  for (const auto& sample : raw.samples) {
    if (!sample.in_bytes) values.push_back(sample.sample.bytes);
  }
  if (values.empty()) return 1.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  static constexpr std::array<double, 4> kUnits = {1, 1024, 1e6, 1e9};
  static constexpr std::array<std::pair<double, double>, 2> kSizes = {{{40e6, 10e9}, {1e6, 500e9}}};
  guessed_unit_ = true;
  for (const auto& [least, most] : kSizes) {
    std::vector<double> fits;
    for (const double unit : kUnits) {
      if (*middle * unit >= least && *middle * unit <= most) fits.push_back(unit);
    }
    if (fits.size() == 1) return fits[0];
    if (fits.size() > 1) break;
  }
  return fail(
      ErrorCode::kNotADump,
      fmt::format("in which unit is '{}'? Its values are about {:g}, and nothing says whether "
                  "that is bytes, KiB, MB or GB",
                  columns_[raw.column].name, *middle),
      "say it: --unit MB");
}

// Clocks that are set back in autumn repeat an hour, in times that say no zone. The rows go on all
// the same: from there on an hour is added, so that the time that passed is right.
void TableReader::keep_elapsed_time(RawSeries& raw) {
  constexpr double kHour = 3600;
  if (clock_.zoned() || clock_.counted() || raw.samples.size() < 3) return;
  std::size_t falls = 0;
  std::size_t at = 0;
  std::vector<double> gaps;
  for (std::size_t i = 1; i < raw.samples.size(); ++i) {
    const double gap = raw.samples[i].sample.time - raw.samples[i - 1].sample.time;
    if (gap < 0) {
      ++falls;
      at = i;
    } else {
      gaps.push_back(gap);
    }
  }
  if (falls != 1 || gaps.empty()) return;
  const double back = raw.samples[at - 1].sample.time - raw.samples[at].sample.time;
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2),
                   gaps.end());
  const double gap = gaps[gaps.size() / 2];
  if (std::abs(back + gap - kHour) > std::max(5.0, gap)) return;
  for (std::size_t i = at; i < raw.samples.size(); ++i) raw.samples[i].sample.time += kHour;
  for (SeriesEvent& event : raw.series.events) {
    if (event.time > raw.samples[at - 1].sample.time) event.time += kHour;
  }
  ++set_back_;
}

// Of two values at one time neither is better.
Result<void> TableReader::no_two_at_once(RawSeries& raw) {
  std::stable_sort(raw.samples.begin(), raw.samples.end(),
                   [](const auto& a, const auto& b) { return a.sample.time < b.sample.time; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < raw.samples.size(); ++i) {
    const RawSample& now = raw.samples[i];
    if (kept > 0 && raw.samples[kept - 1].sample.time == now.sample.time) {
      const MemorySample& before = raw.samples[kept - 1].sample;
      if (before.bytes == now.sample.bytes) {
        ++repeated_;
        continue;
      }
      return fail(ErrorCode::kNotADump,
                  fmt::format("two values at one time: {} has {:g} and {:g} at {}",
                              raw.series.name.empty() ? "the series" : "'" + raw.series.name + "'",
                              before.bytes, now.sample.bytes, format_precise_time(before.time)),
                  "where they are two processes, say what names them: --column COLUMN=name");
    }
    raw.samples[kept++] = now;
  }
  raw.samples.resize(kept);
  return {};
}

// Numbers of seconds since a start that lie hours apart over months are something else.
Result<void> TableReader::odd_times(const RawSeries& raw) const {
  constexpr double kLong = 30 * 86400.0;
  if (!clock_.counted() || clock_.says_unit() || raw.samples.size() < 20) return {};
  const double first = raw.samples.front().sample.time;
  const double span = raw.samples.back().sample.time - first;
  const double gap = span / static_cast<double>(raw.samples.size() - 1);
  if (first >= 1e8 || span < kLong || gap < 900) return {};
  return fail(
      ErrorCode::kNotADump,
      fmt::format("the times in '{}' are {:.0f} apart and go up to {:.0f}: seconds of {} each, "
                  "or milliseconds?",
                  columns_[clock_.column()].name, gap, first + span, format_hours(gap / 3600)),
      "call the column time_ms or time_s");
}

Result<void> TableReader::finish(RawSeries& raw, SeriesSet& out) {
  if (raw.samples.empty()) return {};
  const CsvColumn& column = columns_[raw.column];
  double unit = column.unit;
  if (unit == 0) {
    // A metric's name, which the rows say, may hold the unit.
    unit = recognise_csv_column(raw.series.name).unit;
  }
  const bool mixed = std::any_of(raw.samples.begin(), raw.samples.end(),
                                 [](const RawSample& one) { return one.in_bytes; });
  if (unit == 0) {
    const auto guessed = unit_for(raw);
    if (!guessed) return std::unexpected(guessed.error());
    unit = *guessed;
  }
  if (mixed) unit_beside_ = true;
  unit_ = unit;
  MemorySeries& series = raw.series;
  if (column.role == CsvRole::kHeap) {
    series.kind = MemoryKind::kHeapAfterGc;
  } else if (column.rank >= kRankLeastResident && column.rank <= kRankResident &&
             !column_of(CsvRole::kSwap)) {
    series.kind = MemoryKind::kResident;
  } else if (column.rank == kRankProportional) {
    series.kind = MemoryKind::kProportional;
  }
  if (series.quota < 0) series.quota = -series.quota * unit;
  keep_elapsed_time(raw);
  if (auto single = no_two_at_once(raw); !single) return single;
  if (auto times = odd_times(raw); !times) return times;
  // A column called requests is a counter when it hardly ever falls, else counts of its own.
  std::size_t falls = 0;
  for (std::size_t i = 1; i < raw.samples.size(); ++i) {
    if (raw.samples[i].counter < raw.samples[i - 1].counter) ++falls;
  }
  const bool counter = falls * 3 <= raw.samples.size();
  for (std::size_t i = 0; i < raw.samples.size(); ++i) {
    RawSample& now = raw.samples[i];
    const RawSample* before = i > 0 ? &raw.samples[i - 1] : nullptr;
    if (!now.in_bytes) now.sample.bytes *= unit;
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
  return {};
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
  if (const auto swap = column_of(CsvRole::kSwap)) memory += " + '" + columns_[*swap].name + "'";
  std::string unit = "MB";
  if (unit_ == 1) unit = "bytes";
  if (unit_ == 1024) unit = "KiB";
  if (unit_ == 1e9) unit = "GB";
  if (guessed_unit_) {
    out.note("guessed_unit", fmt::format("time from column '{}', memory from {}, taken to be in {}",
                                         columns_[clock_.column()].name, memory, unit));
  }
  for (const auto& [name, rows] : left_out_) {
    out.note("other_metric",
             fmt::format("'{}' left out, {} rows: {}", name, rows, recognise_csv_column(name).why));
  }
  if (clock_.clock_only()) {
    out.note("no_date", "times of day without a day: counted from midnight of the first");
  }
}

void TableReader::note_rows(SeriesSet& out) const {
  if (bad_rows_ > 0) {
    out.note("damaged_rows",
             fmt::format("{} of {} rows skipped: no time that can be read (first: row {})",
                         bad_rows_, row_count_, first_bad_));
  }
  if (bad_cells_ > 0) {
    out.note(
        "damaged_rows",
        fmt::format("{} of {} rows skipped: no amount of memory that can be read (first: row {})",
                    bad_cells_, row_count_, first_bad_cell_));
  }
  if (repeated_ > 0) {
    out.note("repeated_rows", fmt::format("{} rows stand there twice, and count once", repeated_));
  }
  if (set_back_ > 0) {
    out.note(
        "clock_set_back",
        "the clock is set back by an hour in times without a zone: an hour is added from there "
        "on");
  }
  if (unit_beside_ && guessed_unit_) {
    out.note("mixed_units", "some cells name their unit, others do not");
  }
}

}  // namespace tidemark
