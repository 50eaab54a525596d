#include "sources/request_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/byte_source.h"
#include "base/clock.h"
#include "base/numbers.h"
#include "series/clock_text.h"
#include "sources/heroku_log.h"
#include "sources/log_line.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostText = std::size_t{1} << 30;
constexpr std::size_t kMostEndpoints = 200;
constexpr double kMostSeconds = 3600;
constexpr double kMostBytes = 100e9;

std::optional<double> number_of(std::string_view text, std::string_view* unit = nullptr) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '"')) text.remove_prefix(1);
  const auto value = take_number<double>(text);
  if (!value || *value < 0) return std::nullopt;
  if (unit != nullptr) *unit = text;
  return value;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

// Names and what they count, in seconds or bytes.
using Known = std::pair<std::string_view, double>;
constexpr std::array<Known, 17> kTimes = {{{"seconds", 1},
                                           {"duration_s", 1},
                                           {"service_s", 1},
                                           {"elapsed", 1},
                                           {"seconds_taken", 1},
                                           {"ms", 1e-3},
                                           {"duration_ms", 1e-3},
                                           {"service_ms", 1e-3},
                                           {"time_ms", 1e-3},
                                           {"duration", 1e-3},
                                           {"service", 1e-3},
                                           {"latency_ms", 1e-3},
                                           {"total_ms", 1e-3},
                                           {"elapsed_ms", 1e-3},
                                           {"us", 1e-6},
                                           {"duration_us", 1e-6},
                                           {"duration_seconds", 1}}};
constexpr std::array<Known, 12> kSizes = {{{"bytes_peak", 1},
                                           {"peak_bytes", 1},
                                           {"memory_bytes", 1},
                                           {"allocated_bytes", 1},
                                           {"peak_kb", 1e3},
                                           {"memory_kb", 1e3},
                                           {"mb", 1e6},
                                           {"peak_mb", 1e6},
                                           {"memory_mb", 1e6},
                                           {"allocated_mb", 1e6},
                                           {"peak", 1},
                                           {"memory", 1}}};

template <std::size_t count>
const Known* find_known(const std::array<Known, count>& known, std::string_view name) {
  for (const Known& one : known) {
    if (one.first == name) return &one;
  }
  return nullptr;
}

std::vector<std::string_view> fields_of(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') quoted = !quoted;
    if (i < line.size() && (quoted || line[i] != separator)) continue;
    std::string_view field = line.substr(begin, i - begin);
    while (!field.empty() && (field.front() == '"' || field.front() == ' ')) field.remove_prefix(1);
    while (!field.empty() && (field.back() == '"' || field.back() == ' ' || field.back() == '\r')) {
      field.remove_suffix(1);
    }
    fields.push_back(field);
    begin = i + 1;
  }
  return fields;
}

class Collector {
 public:
  void add(RequestLogEntry entry, const std::string& endpoint) {
    if (!(entry.seconds >= 0 && entry.seconds <= kMostSeconds) || entry.bytes > kMostBytes) {
      ++log_.skipped;
      return;
    }
    auto known = ids_.find(endpoint);
    if (known == ids_.end()) {
      const std::string name = ids_.size() < kMostEndpoints ? endpoint : "others";
      known = ids_.find(name);
      if (known == ids_.end()) {
        known = ids_.emplace(name, log_.endpoints.size()).first;
        log_.endpoints.push_back(name);
      }
    }
    entry.endpoint = known->second;
    log_.requests.push_back(entry);
  }
  void skip() { ++log_.skipped; }

  Result<RequestLog> finish() {
    if (log_.requests.empty()) {
      return fail(ErrorCode::kNotADump, "no line tells how long a request took",
                  "a CSV with names (endpoint,ms,peak_mb), router lines (service=22ms) or "
                  "lograge lines (duration=58.33)");
    }
    const bool timed = std::all_of(log_.requests.begin(), log_.requests.end(),
                                   [](const RequestLogEntry& entry) { return entry.at >= 0; });
    if (timed) {
      std::stable_sort(log_.requests.begin(), log_.requests.end(),
                       [](const auto& a, const auto& b) { return a.at < b.at; });
    }
    return std::move(log_);
  }

 private:
  RequestLog log_;
  std::map<std::string, std::size_t, std::less<>> ids_;
};

struct Columns {
  std::optional<std::size_t> time, size, at, endpoint, path, method;
  double time_factor = 1;
  double size_factor = 1;
};

Columns columns_of(const std::vector<std::string_view>& names) {
  Columns columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = lower(names[i]);
    if (const Known* time = find_known(kTimes, name); time != nullptr && !columns.time) {
      columns.time = i;
      columns.time_factor = time->second;
    } else if (const Known* size = find_known(kSizes, name); size != nullptr && !columns.size) {
      columns.size = i;
      columns.size_factor = size->second;
    } else if (name == "at" || name == "time" || name == "timestamp" || name == "t") {
      columns.at = i;
    } else if (name == "endpoint" || name == "route" || name == "name" || name == "controller") {
      columns.endpoint = i;
    } else if (name == "path" || name == "url") {
      columns.path = i;
    } else if (name == "method") {
      columns.method = i;
    }
  }
  return columns;
}

void add_row(const Columns& columns, const std::vector<std::string_view>& fields,
             Collector& collector) {
  const auto cell = [&](const std::optional<std::size_t>& column) {
    return column && *column < fields.size() ? fields[*column] : std::string_view();
  };
  const auto time = number_of(cell(columns.time));
  if (!time) return collector.skip();
  RequestLogEntry entry;
  entry.seconds = *time * columns.time_factor;
  if (const auto size = number_of(cell(columns.size))) entry.bytes = *size * columns.size_factor;
  if (const auto at = parse_time(cell(columns.at))) entry.at = *at;
  std::string endpoint(cell(columns.endpoint));
  if (endpoint.empty() && columns.path) {
    endpoint = endpoint_of(cell(columns.method), cell(columns.path));
  }
  collector.add(entry, endpoint);
}

Result<RequestLog> parse_table(std::string_view text, const Columns& columns, char separator) {
  Collector collector;
  for (std::size_t begin = text.find('\n') + 1; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (!line.empty()) add_row(columns, fields_of(line, separator), collector);
    begin = end + 1;
  }
  return collector.finish();
}

std::optional<double> time_in(std::string_view text) {
  for (const char* const key : {"service", "duration", "duration_ms", "service_ms"}) {
    const auto value = value_of(text, key);
    if (!value) continue;
    std::string_view unit;
    const auto number = number_of(*value, &unit);
    if (!number) continue;
    return *number * (unit == "s" ? 1.0 : unit == "us" ? 1e-6 : 1e-3);
  }
  return std::nullopt;
}

void add_line(std::string_view message, double now, Collector& collector) {
  const LogLine line = parse_log_line(message, now);
  const auto seconds = time_in(line.text);
  if (!seconds) return collector.skip();
  RequestLogEntry entry;
  entry.seconds = *seconds;
  if (line.time) entry.at = *line.time;
  for (const auto& [name, factor] : kSizes) {
    if (name == "memory" || name == "peak") continue;
    const auto value = value_of(line.text, name);
    if (!value) continue;
    if (const auto size = number_of(*value)) entry.bytes = *size * factor;
  }
  const auto path = value_of(line.text, "path");
  collector.add(
      entry, path ? endpoint_of(value_of(line.text, "method").value_or(""), *path) : std::string());
}

}  // namespace

Result<RequestLog> parse_request_log(std::string_view text, double now) {
  const std::string_view head = text.substr(0, text.find('\n'));
  for (const char separator : {',', ';', '\t'}) {
    const Columns columns = columns_of(fields_of(head, separator));
    if (columns.time) return parse_table(text, columns, separator);
  }
  Collector collector;
  std::string_view message;
  while (next_message(text, message)) add_line(message, now, collector);
  return collector.finish();
}

Result<RequestLog> read_request_log(const std::string& path, Monitor& monitor) {
  auto source = open_source(path, &monitor);
  if (!source) return std::unexpected(source.error());
  monitor.begin_phase("reading " + path, (*source)->info().stored_bytes);
  std::string text;
  std::vector<char> piece(std::size_t{1} << 20);
  for (;;) {
    const auto got = (*source)->read(piece);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    text.append(piece.data(), *got);
    monitor.advance((*source)->stored_position());
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
    if (text.size() > kMostText) {
      return fail(ErrorCode::kTooLarge, "a request log of more than 1 GB",
                  "a day of it says as much: tail -n 2000000");
    }
  }
  auto log = parse_request_log(text, wall_seconds());
  if (!log && log.error().file.empty()) {
    Error error = log.error();
    error.file = path;
    return std::unexpected(std::move(error));
  }
  return log;
}

}  // namespace tidemark
