#include "sources/series_input.h"

#include <fmt/format.h>

#include <string_view>

#include "base/clock.h"
#include "base/line_blocks.h"
#include "sources/heroku_log.h"

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

}  // namespace

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
  if (text.empty()) {
    set = fail(ErrorCode::kNotADump, "empty");
  } else if (looks_like_heroku_log(text)) {
    const double now = options.now > 0 ? options.now : now_for((*source)->info());
    set = read_log(**source, std::move(head), now, monitor);
  } else if (looks_like_csv(text) || !options.columns.empty()) {
    auto all = read_rest(**source, std::string(text), monitor);
    if (!all) return fail_with(all.error(), path);
    set = read_csv_series(*all, options.columns);
  } else {
    set = fail(ErrorCode::kNotADump, "neither a Heroku log nor a CSV with a column of times",
               "a CSV needs names: time,rss_mb (see tidemark verdict --help)");
  }
  if (!set) return fail_with(set.error(), path);
  return set;
}

}  // namespace tidemark
