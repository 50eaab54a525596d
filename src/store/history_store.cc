#include "store/history_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace tidemark {
namespace {

constexpr int kVersion = 1;
constexpr int kApplication = 0x7469646D;  // "tidm", so that `file` can tell
constexpr int kPatience = 5000;           // ms to wait for another process' transaction

constexpr const char* kTables =
    "CREATE TABLE series(id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind INTEGER NOT NULL,"
    " quota REAL NOT NULL, UNIQUE(name, kind));"
    "CREATE TABLE sample(series INTEGER NOT NULL, time INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " requests REAL, workers INTEGER NOT NULL, PRIMARY KEY(series, time)) WITHOUT ROWID;"
    "CREATE TABLE event(series INTEGER NOT NULL, time INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " detail TEXT NOT NULL, PRIMARY KEY(series, time, kind)) WITHOUT ROWID;"
    "PRAGMA application_id = 1953064045;"
    "PRAGMA user_version = 1;";
static_assert(kApplication == 1953064045);

std::int64_t milliseconds(double time) {
  return std::llround(std::clamp(time, -1e15, 1e15) * 1000);
}

// A prepared statement; its errors come out of step().
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql) {
    sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  void bind(int place, std::int64_t number) { sqlite3_bind_int64(statement_, place, number); }
  void bind(int place, double number) {
    // NaN becomes NULL.
    sqlite3_bind_double(statement_, place, number);
  }
  // The text must live until the next step.
  void bind(int place, std::string_view text) {
    sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  // SQLITE_ROW, SQLITE_DONE or an error.
  int step() { return statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_); }
  // Runs one that gives no rows, and makes it ready for the next values.
  bool run() {
    const bool done = step() == SQLITE_DONE;
    return sqlite3_reset(statement_) == SQLITE_OK && done;
  }

  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_, column); }
  [[nodiscard]] bool null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

template <class Kind>
Kind kind_of(std::int64_t number, Kind last) {
  return number >= 0 && number <= static_cast<std::int64_t>(last) ? static_cast<Kind>(number)
                                                                  : Kind{};
}

}  // namespace

void HistoryStore::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

HistoryStore::HistoryStore(sqlite3* database, std::string path, const Settings& settings)
    : database_(database), path_(std::move(path)), settings_(settings) {}

bool HistoryStore::recognises(std::string_view head) { return head.starts_with("SQLite format 3"); }

std::unexpected<Error> HistoryStore::failed(const char* what) const {
  const int code = sqlite3_errcode(database_.get()) & 0xFF;
  Error error{.code = ErrorCode::kIo,
              .message = fmt::format("cannot {}: {}", what, sqlite3_errmsg(database_.get())),
              .file = path_,
              .offset = {},
              .hint = {}};
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) error.code = ErrorCode::kNotADump;
  if (code == SQLITE_FULL) error.hint = "make room on the disk; what is in the file is whole";
  if (code == SQLITE_BUSY) error.hint = "another process has been writing to it for five seconds";
  return std::unexpected(std::move(error));
}

Result<void> HistoryStore::run(const char* sql) const {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failed("use the history");
  }
  return {};
}

Result<HistoryStore> HistoryStore::open(const std::string& path, const Settings& settings) {
  sqlite3* database = nullptr;
  const int flags =
      settings.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int opened = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  HistoryStore store(database, path, settings);
  if (opened != SQLITE_OK) return store.failed("open the history");
  sqlite3_busy_timeout(database, kPatience);
  if (auto prepared = store.prepare(); !prepared) return std::unexpected(prepared.error());
  return store;
}

Result<void> HistoryStore::check_version() {
  Statement version(database_.get(), "PRAGMA user_version");
  if (version.step() != SQLITE_ROW) return failed("read the history");
  const std::int64_t number = version.integer(0);
  Statement application(database_.get(), "PRAGMA application_id");
  if (application.step() != SQLITE_ROW) return failed("read the history");
  if (application.integer(0) == kApplication && number == kVersion) return {};
  Error error{.code = ErrorCode::kNotADump,
              .message = "an SQLite file, but no history of tidemark",
              .file = path_,
              .offset = {},
              .hint = "name a new file, or one that `tidemark watch --record` wrote"};
  if (application.integer(0) == kApplication) {
    error.code = ErrorCode::kUnsupported;
    error.message =
        fmt::format("a history of version {}; this tidemark knows {}", number, kVersion);
    error.hint = "a newer tidemark wrote it";
  }
  return std::unexpected(std::move(error));
}

Result<void> HistoryStore::prepare() {
  bool empty = false;
  {
    Statement tables(database_.get(), "SELECT count(*) FROM sqlite_master");
    if (tables.step() != SQLITE_ROW) return failed("read the history");
    empty = tables.integer(0) == 0;
  }
  if (settings_.read_only) return check_version();
  // WAL with NORMAL: a commit waits for the disk only when the log is folded into the file.
  if (auto set = run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"); !set) return set;
  if (settings_.most_pages > 0) {
    const std::string limit = fmt::format("PRAGMA max_page_count = {}", settings_.most_pages);
    if (auto set = run(limit.c_str()); !set) return set;
  }
  if (empty) {
    const std::string make = fmt::format("BEGIN IMMEDIATE; {} COMMIT;", kTables);
    // Somebody else may have made the tables since we looked.
    if (auto made = run(make.c_str()); !made)
      sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return check_version();
}

Result<void> HistoryStore::append_rows(const MemorySeries& series, std::size_t first_sample,
                                       std::size_t first_event) {
  sqlite3* database = database_.get();
  Statement known(database,
                  "INSERT INTO series(name, kind, quota) VALUES(?1, ?2, ?3) "
                  "ON CONFLICT(name, kind) DO UPDATE SET quota = excluded.quota RETURNING id");
  known.bind(1, std::string_view(series.name));
  known.bind(2, static_cast<std::int64_t>(series.kind));
  known.bind(3, series.quota);
  if (known.step() != SQLITE_ROW) return failed("record the series");
  const std::int64_t id = known.integer(0);
  if (known.step() != SQLITE_DONE) return failed("record the series");
  Statement insert(database, "INSERT OR REPLACE INTO sample VALUES(?1, ?2, ?3, ?4, ?5)");
  for (std::size_t i = first_sample; i < series.samples.size(); ++i) {
    const MemorySample& sample = series.samples[i];
    insert.bind(1, id);
    insert.bind(2, milliseconds(sample.time));
    insert.bind(3, static_cast<std::int64_t>(std::llround(std::clamp(sample.bytes, 0.0, 9e18))));
    insert.bind(4, sample.requests);
    insert.bind(5, static_cast<std::int64_t>(sample.workers));
    if (!insert.run()) return failed("record samples");
  }
  Statement note(database, "INSERT OR REPLACE INTO event VALUES(?1, ?2, ?3, ?4)");
  for (std::size_t i = first_event; i < series.events.size(); ++i) {
    const SeriesEvent& event = series.events[i];
    note.bind(1, id);
    note.bind(2, milliseconds(event.time));
    note.bind(3, static_cast<std::int64_t>(event.kind));
    note.bind(4, std::string_view(event.detail));
    if (!note.run()) return failed("record events");
  }
  return {};
}

Result<void> HistoryStore::append(const MemorySeries& series, std::size_t first_sample,
                                  std::size_t first_event) {
  if (first_sample >= series.samples.size() && first_event >= series.events.size()) return {};
  if (auto begun = run("BEGIN IMMEDIATE"); !begun) return begun;
  auto appended = append_rows(series, first_sample, first_event);
  if (appended) appended = run("COMMIT");
  if (!appended) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return appended;
}

Result<void> HistoryStore::tidy(double now) {
  const std::int64_t raw = milliseconds(now - settings_.raw_seconds) / 60000 * 60000;
  const std::int64_t kept = milliseconds(now - settings_.kept_seconds);
  // Samples off the full minute are those not thinned out yet. Requests add up, so that none is
  // lost; the memory of a minute is its mean.
  const std::string sql = fmt::format(
      "BEGIN IMMEDIATE;"
      "DELETE FROM sample WHERE time < {1};"
      "DELETE FROM event WHERE time < {1};"
      "CREATE TEMP TABLE IF NOT EXISTS thin AS SELECT * FROM sample WHERE 0;"
      "DELETE FROM thin;"
      "INSERT INTO thin SELECT series, time / 60000 * 60000, CAST(avg(bytes) AS INTEGER), "
      "sum(requests), max(workers) FROM sample WHERE time < {0} GROUP BY series, time / 60000 "
      "HAVING count(*) > 1 OR max(time % 60000) > 0;"
      "DELETE FROM sample WHERE time < {0} AND time % 60000 > 0;"
      "INSERT OR REPLACE INTO sample SELECT * FROM thin;"
      "DELETE FROM thin;"
      "DELETE FROM series WHERE id NOT IN (SELECT DISTINCT series FROM sample);"
      "COMMIT;",
      raw, kept);
  auto tidied = run(sql.c_str());
  if (!tidied) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return tidied;
}

Result<void> HistoryStore::read_rows(std::int64_t id, double from, double to,
                                     MemorySeries& series) const {
  sqlite3* database = database_.get();
  const auto within = [&](Statement& statement) {
    statement.bind(1, id);
    statement.bind(2, milliseconds(from));
    statement.bind(3, milliseconds(to));
  };
  Statement samples(database,
                    "SELECT time, bytes, requests, workers FROM sample "
                    "WHERE series = ?1 AND time BETWEEN ?2 AND ?3 ORDER BY time");
  within(samples);
  int row = samples.step();
  for (; row == SQLITE_ROW; row = samples.step()) {
    const auto workers = std::clamp<std::int64_t>(samples.integer(3), 0, 1000000);
    series.samples.push_back({.time = static_cast<double>(samples.integer(0)) / 1000,
                              .bytes = static_cast<double>(samples.integer(1)),
                              .requests = samples.null(2) ? kUnknownRequests : samples.real(2),
                              .workers = static_cast<std::uint32_t>(workers)});
  }
  if (row != SQLITE_DONE) return failed("read samples");
  Statement events(database,
                   "SELECT time, kind, detail FROM event "
                   "WHERE series = ?1 AND time BETWEEN ?2 AND ?3 ORDER BY time");
  within(events);
  for (row = events.step(); row == SQLITE_ROW; row = events.step()) {
    series.events.push_back({.time = static_cast<double>(events.integer(0)) / 1000,
                             .kind = kind_of(events.integer(1), EventKind::kScale),
                             .detail = events.text(2)});
  }
  if (row != SQLITE_DONE) return failed("read events");
  series.put_in_order();
  return {};
}

Result<SeriesSet> HistoryStore::read(double from, double to) const {
  SeriesSet set;
  Statement names(database_.get(), "SELECT id, name, kind, quota FROM series ORDER BY name, kind");
  int state = names.step();
  for (; state == SQLITE_ROW; state = names.step()) {
    MemorySeries series;
    series.name = names.text(1);
    series.kind = kind_of(names.integer(2), MemoryKind::kPrivate);
    series.quota = names.real(3);
    if (auto rows = read_rows(names.integer(0), from, to, series); !rows) {
      return std::unexpected(rows.error());
    }
    if (!series.samples.empty()) set.series.push_back(std::move(series));
  }
  if (state != SQLITE_DONE) return failed("read the history");
  if (set.series.empty()) {
    return std::unexpected(Error{.code = ErrorCode::kNotFound,
                                 .message = "no samples in that time",
                                 .file = path_,
                                 .offset = {},
                                 .hint = "ask for more with --since"});
  }
  return set;
}

}  // namespace tidemark
