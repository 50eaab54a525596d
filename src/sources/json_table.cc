#include "sources/json_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/json.h"
#include "host/kernel_text.h"
#include "sources/csv_columns.h"
#include "sources/time_cell.h"

namespace tidemark {
namespace {

constexpr std::size_t kMostCells = 20'000'000;  // 40 bytes each

std::string cell_of(const Json& value) {
  if (value.is_text()) return value.text();
  if (!value.is_number()) return {};
  const double number = value.number_or(0);
  if (std::floor(number) == number && std::abs(number) < 1e18) {
    return fmt::format("{}", static_cast<std::int64_t>(number));
  }
  return fmt::format("{}", number);
}

// `{pod="web-1", job="shop"}`, which series_label() reads.
std::string labels_text(const Json& labels) {
  std::string out = "{";
  for (const JsonMember& label : labels.members()) {
    if (label.name == "__name__") continue;
    out += fmt::format("{}{}=\"{}\"", out.size() > 1 ? "," : "", label.name, cell_of(label.value));
  }
  return out + "}";
}

void add(MemoryTable& table, const Json& time, std::string series, std::string_view metric,
         const Json& value) {
  std::vector<std::string> row;
  table.put(row, "time", cell_of(time));
  if (!series.empty()) table.put(row, "series", std::move(series));
  table.put(row, metric, cell_of(value));
  table.rows.push_back(std::move(row));
}

// {"data":{"result":[{"metric":{...},"values":[[time,"value"],...]}]}}
void add_prometheus(MemoryTable& table, const Json& document) {
  table.layout = "an answer of Prometheus";
  for (const Json& one : document["data"]["result"].elements()) {
    const Json& labels = one["metric"];
    const std::string name =
        labels["__name__"].text().empty() ? "value" : labels["__name__"].text();
    for (const Json& point : one["values"].elements()) {
      if (point.elements().size() < 2) continue;
      add(table, point.elements()[0], labels_text(labels), name, point.elements()[1]);
    }
  }
}

// [{"target":"servers.web-1.memory","datapoints":[[value,time],...]}]
void add_graphite(MemoryTable& table, const Json& document) {
  table.layout = "an answer of Graphite";
  for (const Json& one : document.elements()) {
    const CsvColumn named = recognise_csv_column(one["target"].text());
    // The name of the metric stays a column's where it says that it is no memory, or in which unit.
    const std::string metric =
        named.why.empty() && named.unit == 0 ? "value" : one["target"].text();
    for (const Json& point : one["datapoints"].elements()) {
      if (point.elements().size() < 2 || !point.elements()[0].is_number()) continue;
      add(table, point.elements()[1], one["target"].text(), metric, point.elements()[0]);
    }
  }
}

// {"series":[{"metric":"...","scope":"host:web-1","pointlist":[[ms,value],...],"unit":[{"name":..}]}]}
void add_datadog(MemoryTable& table, const Json& document) {
  table.layout = "an answer of Datadog";
  for (const Json& one : document["series"].elements()) {
    std::string metric = one["metric"].text().empty() ? "value" : one["metric"].text();
    if (const auto units = one["unit"].elements(); !units.empty()) {
      if (!units[0]["name"].text().empty()) metric += " (" + units[0]["name"].text() + ")";
    }
    std::string scope = one["scope"].text();
    if (scope.empty()) scope = one["display_name"].text();
    for (const Json& point : one["pointlist"].elements()) {
      if (point.elements().size() < 2 || !point.elements()[1].is_number()) continue;
      add(table, point.elements()[0], scope, metric, point.elements()[1]);
    }
  }
}

// {"Label":"MemoryUtilization","Datapoints":[{"Timestamp":..,"Average":..,"Unit":"Percent"}]}
void add_cloudwatch_statistics(MemoryTable& table, const Json& document) {
  table.layout = "statistics of CloudWatch";
  static constexpr std::array<std::string_view, 4> kStatistics = {"Average", "Maximum", "Minimum",
                                                                  "Sum"};
  for (const Json& point : document["Datapoints"].elements()) {
    for (const std::string_view statistic : kStatistics) {
      if (!point[statistic].is_number()) continue;
      add(table, point["Timestamp"], {},
          fmt::format("{} ({})", document["Label"].text(), point["Unit"].text()), point[statistic]);
      break;
    }
  }
}

// {"MetricDataResults":[{"Id":..,"Label":..,"Timestamps":[..],"Values":[..]}]}
void add_cloudwatch_data(MemoryTable& table, const Json& document) {
  table.layout = "metric data of CloudWatch";
  for (const Json& one : document["MetricDataResults"].elements()) {
    const auto times = one["Timestamps"].elements();
    const auto values = one["Values"].elements();
    const std::string label = one["Label"].text();
    const CsvColumn named = recognise_csv_column(label);
    const bool metric = named.role == CsvRole::kMemory || !named.why.empty();
    for (std::size_t i = 0; i < std::min(times.size(), values.size()); ++i) {
      add(table, times[i], label, metric ? label : "value", values[i]);
    }
  }
}

// {"results":[{"series":[{"name":"mem","tags":{..},"columns":["time","used"],"values":[[..]]}]}]}
void add_influx(MemoryTable& table, const Json& document) {
  table.layout = "an answer of InfluxDB";
  for (const Json& result : document["results"].elements()) {
    for (const Json& one : result["series"].elements()) {
      const auto columns = one["columns"].elements();
      for (const Json& values : one["values"].elements()) {
        std::vector<std::string> row;
        for (std::size_t i = 0; i < std::min(columns.size(), values.elements().size()); ++i) {
          std::string name = columns[i].text();
          if (name != "time" && recognise_csv_column(name).rank <= kRankValue) {
            name = one["name"].text() + " " + name;
          }
          table.put(row, name, cell_of(values.elements()[i]));
        }
        if (!one["tags"].members().empty()) table.put(row, "series", labels_text(one["tags"]));
        table.rows.push_back(std::move(row));
      }
    }
  }
}

// {"labels":["time","used",..],"data":[[..],..]}, perhaps below "result"
void add_netdata(MemoryTable& table, const Json& document) {
  table.layout = "an answer of Netdata";
  const auto names = document["labels"].elements();
  for (const Json& values : document["data"].elements()) {
    std::vector<std::string> row;
    for (std::size_t i = 0; i < std::min(names.size(), values.elements().size()); ++i) {
      table.put(row, names[i].text(), cell_of(values.elements()[i]));
    }
    table.rows.push_back(std::move(row));
  }
}

// Members of members as "memory.rss"; lists are left out.
void flatten(const Json& value, const std::string& name, MemoryTable& table,
             std::vector<std::string>& row, int depth) {
  if (value.is_object() && depth < 6) {
    for (const JsonMember& member : value.members()) {
      flatten(member.value, name.empty() ? member.name : name + "." + member.name, table, row,
              depth + 1);
    }
    return;
  }
  if (name.empty() || table.names.size() > 400) return;
  if (value.is_number() || value.is_text()) table.put(row, name, cell_of(value));
}

void add_object(MemoryTable& table, const Json& object) {
  if (!object.is_object()) return;
  std::vector<std::string> row;
  flatten(object, {}, table, row, 0);
  if (!row.empty()) table.rows.push_back(std::move(row));
}

Result<MemoryTable> no_memory_in(std::string_view what) {
  return fail(
      ErrorCode::kNotADump, fmt::format("{} in which nothing tells of memory over time", what),
      "known: answers of Prometheus, Graphite, Datadog, CloudWatch, InfluxDB and Netdata, and "
      "lists of objects with a time");
}

Result<MemoryTable> table_of_document(const Json& document) {
  MemoryTable table;
  const auto list = document.elements();
  if (document["data"]["result"].is_array()) {
    add_prometheus(table, document);
  } else if (document["series"].is_array()) {
    add_datadog(table, document);
  } else if (document["Datapoints"].is_array()) {
    add_cloudwatch_statistics(table, document);
  } else if (document["MetricDataResults"].is_array()) {
    add_cloudwatch_data(table, document);
  } else if (document["results"].is_array()) {
    add_influx(table, document);
  } else if (document["labels"].is_array() && document["data"].is_array()) {
    add_netdata(table, document);
  } else if (document["result"]["labels"].is_array()) {
    add_netdata(table, document["result"]);
  } else if (!list.empty() && list[0]["datapoints"].is_array()) {
    add_graphite(table, document);
  } else if (!list.empty() && list[0].is_object()) {
    table.layout = "a list of objects";
    for (const Json& one : list) add_object(table, one);
  } else if (document.members().size() == 1 && document.members()[0].value.is_array()) {
    return table_of_document(document.members()[0].value);
  }
  if (table.rows.empty()) return no_memory_in("JSON");
  return table;
}

}  // namespace

bool looks_like_json(std::string_view head) {
  head = without_byte_order_mark(head);
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  if (head[begin] == '{') return true;
  if (head[begin] != '[') return false;
  // "[2026-03-02 00:00:00]" begins a line of a log.
  const std::size_t next = head.find_first_not_of(" \t\r\n", begin + 1);
  return next != std::string_view::npos && (head[next] == '{' || head[next] == '[');
}

std::string text_in_json_lines(std::string_view text) {
  static constexpr std::array<std::string_view, 6> kTexts = {"message", "msg",     "log",
                                                             "line",    "MESSAGE", "body"};
  static constexpr std::array<std::string_view, 6> kTimes = {
      "@timestamp", "timestamp", "time", "ts", "date", "__REALTIME_TIMESTAMP"};
  std::string out;
  for (std::string_view line; next_line(text, line);) {
    const auto object = parse_json(csv_trim(line), "");
    if (!object || !object->is_object()) continue;
    const auto first = [&](const auto& names) -> std::string {
      for (const std::string_view name : names) {
        if (std::string found = cell_of((*object)[name]); !found.empty()) return found;
      }
      return {};
    };
    std::string message = first(kTexts);
    if (message.empty()) continue;
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::string program = (*object)["program"].text();
    const std::size_t slash = program.find('/');
    if (slash != std::string::npos) {
      program = fmt::format(" {}[{}]:", program.substr(0, slash), program.substr(slash + 1));
    } else {
      program.clear();
    }
    out += fmt::format("{}{} {}\n", first(kTimes), program, message);
  }
  return out;
}

Result<MemoryTable> table_of_json(std::string_view text, std::size_t& damaged) {
  damaged = 0;
  if (auto whole = parse_json(text, ""); whole && !(*whole)["rss"].is_number()) {
    auto table = table_of_document(*whole);
    if (table || text.find('\n') == std::string_view::npos) return table;
  }
  MemoryTable table{.layout = "JSON lines", .names = {}, .rows = {}};
  std::size_t lines = 0;
  std::size_t cells = 0;
  for (std::string_view line; next_line(text, line);) {
    line = csv_trim(line);
    if (line.empty()) continue;
    ++lines;
    const auto object = parse_json(line, "");
    if (!object || !object->is_object()) {
      ++damaged;
      continue;
    }
    add_object(table, *object);
    cells += table.rows.empty() ? 0 : table.rows.back().size();
    if (cells > kMostCells) {
      return fail(ErrorCode::kTooLarge, "JSON lines with too many members to keep",
                  "give the lines that tell of memory: grep rss");
    }
  }
  if (table.rows.empty() || damaged * 2 > lines) {
    return fail(ErrorCode::kDamaged, fmt::format("{} of {} lines are no JSON", damaged, lines));
  }
  return table;
}

}  // namespace tidemark
