#include "sources/series_input.h"

#include <fmt/format.h>

#include <string_view>

#include "base/clock.h"
#include "base/line_blocks.h"
#include "sources/heroku_log.h"
#include "sources/json_table.h"
#include "sources/text_table.h"

namespace tidemark {
namespace {

constexpr std::size_t kHead = std::size_t{1} << 16;
constexpr std::size_t kMostCsv = std::size_t{1} << 30;
constexpr std::size_t kLongestLine = std::size_t{1} << 24;

std::unexpected<Error> fail_with(Error error, const std::string& path) {
  if (error.file.empty()) error.file = path;
  return std::unexpected(std::move(error));
}

double now_for(const SourceInfo& info) {
  if (info.modified_ns > 0) return static_cast<double>(info.modified_ns) / 1e9;
  return wall_seconds();
}

Result<SeriesSet> read_log(ByteSource& source, std::vector<char> head, double now,
                           Monitor& monitor) {
  HerokuLog log(now);
  LineBlocks blocks(source, std::move(head), monitor, {.longest_line = kLongestLine});
  LineBlock block;
  while (blocks.next(block)) {
    log.add({block.bytes.data(), block.size});
    monitor.advance(source.stored_position());
  }
  if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
  SeriesSet set = log.series();
  if (const auto& failure = blocks.failure()) {
    if (set.series.empty()) return std::unexpected(*failure);
    set.note("cut_short", fmt::format("read up to where it breaks off: {}", failure->message));
  }
  if (set.series.empty()) {
    return fail(ErrorCode::kNotADump,
                fmt::format("a Heroku log of {} lines, none of which tells of memory", log.lines()),
                "turn the metrics on: heroku labs:enable log-runtime-metrics, then restart");
  }
  return set;
}

Result<std::string> read_rest(ByteSource& source, std::string text, Monitor& monitor) {
  std::vector<char> piece(std::size_t{1} << 20);
  while (true) {
    const auto got = source.read(piece);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return text;
    text.append(piece.data(), *got);
    monitor.advance(source.stored_position());
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
    if (text.size() > kMostCsv) {
      return fail(ErrorCode::kTooLarge, "a table of more than 1 GB",
                  "give the days that matter: head -1 and tail -1000000 of it");
    }
  }
}

Result<SeriesSet> read_kept(const MemoryTable& table, const TableOptions& options) {
  KeptRows rows(table);
  auto set = read_table_series(rows, options);
  if (!set && set.error().code == ErrorCode::kNotADump) {
    set.error().message = fmt::format("{}: {}", table.layout, set.error().message);
  }
  return set;
}

// A log that a shipper wrapped into JSON, a line each.
Result<SeriesSet> read_wrapped(std::string_view text, const TableOptions& options, double now) {
  const std::string lines = text_in_json_lines(text);
  if (lines.empty()) return fail(ErrorCode::kNotADump, "JSON lines that carry no text");
  if (looks_like_heroku_log(lines)) {
    HerokuLog log(now);
    log.add(lines);
    SeriesSet set = log.series();
    if (!set.series.empty()) return set;
  }
  const auto table = table_of_text(lines, options.date_order, now);
  if (!table) return std::unexpected(table.error());
  return read_kept(*table, options);
}

Result<SeriesSet> read_json_series(std::string_view text, const TableOptions& options, double now) {
  std::size_t damaged = 0;
  const auto table = table_of_json(text, damaged);
  if (!table) return std::unexpected(table.error());
  auto set = read_kept(*table, options);
  if (!set && set.error().code == ErrorCode::kNotADump) {
    if (auto wrapped = read_wrapped(text, options, now)) return wrapped;
  }
  if (set && damaged > 0) {
    set->note("damaged_lines", fmt::format("{} lines skipped that are no JSON", damaged));
  }
  return set;
}

}  // namespace

Result<SeriesSet> read_text_series(std::string_view text, const TableOptions& options, double now) {
  if (looks_like_json(text)) return read_json_series(text, options, now);
  if (looks_like_csv(text) || !options.columns.empty()) return read_csv_series(text, options);
  const auto table = table_of_text(text, options.date_order, now);
  if (!table) return std::unexpected(table.error());
  return read_kept(*table, options);
}

Result<SeriesSet> read_series(const std::string& path, const SeriesInputOptions& options,
                              Monitor& monitor) {
  auto source = open_source(path, &monitor);
  if (!source) return std::unexpected(source.error());
  monitor.begin_phase("reading " + path, (*source)->info().stored_bytes);
  std::vector<char> head(kHead);
  const auto got = (*source)->read(head);
  if (!got) return fail_with(got.error(), path);
  head.resize(*got);
  const std::string_view text(head.data(), head.size());
  Result<SeriesSet> set;
  const double now = options.now > 0 ? options.now : now_for((*source)->info());
  if (text.empty()) {
    set = fail(ErrorCode::kNotADump, "empty");
  } else if (!looks_like_json(text) && looks_like_heroku_log(text)) {
    set = read_log(**source, std::move(head), now, monitor);
  } else {
    auto all = read_rest(**source, std::string(text), monitor);
    if (!all) return fail_with(all.error(), path);
    set = read_text_series(*all, options.table, now);
  }
  if (!set) return fail_with(set.error(), path);
  return set;
}

}  // namespace tidemark
