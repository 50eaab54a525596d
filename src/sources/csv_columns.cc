#include "sources/csv_columns.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ranges>
#include <utility>
#include <vector>

#include "base/numbers.h"

namespace tidemark {
namespace {

constexpr double kMegabyte = 1e6;

// The words of a column's name: "memory_total (MB)" is memory, total, mb.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : csv_lower(name)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '%';
    if (letter) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool has(const std::vector<std::string>& words, std::initializer_list<std::string_view> any) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(any.begin(), any.end(), word) != any.end();
  });
}

double unit_of(const std::vector<std::string>& words) {
  static constexpr std::array<std::pair<std::string_view, double>, 14> kUnits = {
      {{"b", 1},
       {"byte", 1},
       {"bytes", 1},
       {"kb", 1000},
       {"kib", 1024},
       {"kilobytes", 1000},
       {"mb", kMegabyte},
       {"mib", 1048576},
       {"megabytes", kMegabyte},
       {"gb", 1e9},
       {"gib", 1073741824},
       {"gigabytes", 1e9},
       {"tb", 1e12},
       {"tib", 1099511627776}}};
  for (const std::string& word : std::views::reverse(words)) {
    for (const auto& [name, bytes] : kUnits) {
      if (word == name) return bytes;
    }
  }
  return 0;
}

// How good a column is as the memory: what a quota counts comes first.
int memory_rank(const std::vector<std::string>& words) {
  const bool memory = has(words, {"mem", "memory"});
  if (memory && has(words, {"total"})) return 9;
  if (has(words, {"pss"})) return 8;
  if (memory && has(words, {"used", "usage", "current", "working"})) return 7;
  if (has(words, {"rss", "resident", "uss"})) return 6;
  if (memory && words.size() <= 2) return 5;
  if (memory || has(words, {"used"})) return 4;
  return has(words, {"total", "bytes", "mb", "mib", "kb", "kib", "value"}) ? 1 : 0;
}

}  // namespace

std::string csv_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view csv_trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

CsvColumn recognise_csv_column(std::string_view name) {
  CsvColumn column{.name = std::string(csv_trim(name))};
  const auto words = words_of(name);
  column.unit = unit_of(words);
  if (has(words, {"t", "ts", "time", "timestamp", "date", "datetime", "epoch", "unixtime"})) {
    column.role = CsvRole::kTime;
  } else if (has(words, {"quota", "limit"})) {
    column.role = CsvRole::kQuota;
  } else if (has(words, {"event", "events", "annotation"})) {
    column.role = CsvRole::kEvent;
  } else if (has(words, {"rpm", "rps", "throughput"}) ||
             (has(words, {"requests", "reqs"}) && has(words, {"per", "rate"}))) {
    column.role = CsvRole::kRate;
    column.per_minute = has(words, {"rps", "s", "sec", "second"}) ? 60 : 1;
  } else if (has(words, {"requests", "reqs", "hits"})) {
    column.role = CsvRole::kRequests;
  } else if (has(words, {"workers", "processes", "replicas"})) {
    column.role = CsvRole::kWorkers;
  } else if (has(words, {"swap"}) && !has(words, {"total"})) {
    column.role = CsvRole::kSwap;
  } else if (has(words, {"cache", "pgpgin", "pgpgout", "cpu", "load", "percent", "%", "virtual",
                         "vsz", "free"})) {
    column.role = CsvRole::kIgnore;
  } else if (has(words, {"name", "pid", "process", "dyno", "host", "instance", "source", "pod",
                         "container", "worker", "job", "service"})) {
    column.role = CsvRole::kName;
  } else if (const std::size_t heap = column.name.find("heap");
             has(words, {"heap", "heapused"}) || heap == 0) {
    // Of "heap total", "heap used" the one that says what is in it.
    const bool of_objects = has(words, {"heapused", "used", "live", "gc"});
    column.role = of_objects || words.size() <= 2 ? CsvRole::kHeap : CsvRole::kIgnore;
    column.rank = of_objects ? 2 : 1;
  } else if (const int rank = memory_rank(words); rank > 0) {
    column.role = CsvRole::kMemory;
    column.rank = rank;
  }
  return column;
}

std::optional<double> csv_number(std::string_view text) {
  text = csv_trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  return parse_number<double>(text);
}

}  // namespace tidemark
