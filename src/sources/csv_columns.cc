#include "sources/csv_columns.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ranges>
#include <utility>
#include <vector>

#include "sources/amount_cell.h"

namespace tidemark {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// Whether a word ends before `at`: "memoryUsed", "rssMB", but not "MiB".
bool breaks_at(std::string_view name, std::size_t at) {
  if (at < 3 || !is_upper(name[at])) return false;
  return is_lower(name[at - 1]) && (is_lower(name[at - 2]) || is_upper(name[at - 2])) &&
         (is_lower(name[at - 3]) || is_upper(name[at - 3]));
}

// The words of a column's name: "memory_total (MB)" is memory, total, mb.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  const std::string lower = csv_lower(name);
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = lower[i];
    const bool letter = is_lower(c) || (c >= '0' && c <= '9');
    const bool ends = !letter || breaks_at(name, i);
    if (ends && !words.back().empty()) words.emplace_back();
    if (c == '%') {
      words.back() = "%";
      words.emplace_back();
    }
    if (letter) words.back() += c;
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
  for (const std::string& word : std::views::reverse(words)) {
    // A letter or a "t" alone is no unit in a name.
    const double unit = word.size() > 1 || word == "b" ? unit_in_bytes(word) : 0;
    if (unit > 0) return unit;
  }
  return 0;
}

// How good a column is as the memory: what a quota counts comes first.
int memory_rank(const std::vector<std::string>& words) {
  const bool memory = has(words, {"mem", "memory"});
  if (memory && has(words, {"total"})) return 90;
  if (has(words, {"pss"})) return kRankProportional;
  if (memory && has(words, {"working", "workingset"})) return 74;
  if (memory && has(words, {"current", "real", "physical", "footprint"})) return 73;
  if (memory && has(words, {"usage"})) return 72;
  if (memory && has(words, {"used", "use"})) return 71;
  if (has(words, {"rss", "memrss", "vmrss", "maxrss"})) return kRankResident;
  if (has(words, {"resident", "res"})) return kRankResident - 1;
  if (has(words, {"uss"})) return kRankResident - 2;
  if (has(words, {"memused", "memusage", "usedmem", "kbmemused", "usedmemory"})) return 55;
  if (memory && words.size() <= 2) return 50;
  if (memory || has(words, {"used", "real"})) return 40;
  if (has(words, {"total", "bytes", "mb", "mib", "kb", "kib", "gb", "gib"})) return 11;
  return has(words, {"value", "values", "val", "average", "mean", "avg", "max", "maximum", "last"})
             ? kRankValue
             : 0;
}

struct NotMemory {
  std::initializer_list<std::string_view> words;
  std::string_view why;
};

// What a number is that a table of memory holds as well, and that nobody may take for memory.
std::string_view why_no_memory(const std::vector<std::string>& words) {
  static const std::array<NotMemory, 7> kKinds = {{
      {{"percent", "pct", "percentage", "%", "utilization", "utilisation", "ratio", "perc",
        "usedpercent"},
       "a share, not an amount: the limit that it is a share of is not in the table"},
      {{"free", "freeable", "available", "avail", "unused", "remaining", "memfree", "memavailable",
        "kbmemfree", "kbavail", "idle"},
       "memory that is free, not memory in use"},
      {{"pages",       "page",        "slots",  "slot",    "objects", "object",
        "count",       "counts",      "num",    "number",  "strings", "arrays",
        "hashes",      "allocations", "faults", "threads", "fds",     "handles",
        "connections", "restarts",    "errors", "majflt",  "minflt",  "flt"},
       "a count, not an amount of memory"},
      {{"cpu", "load", "load1", "load5", "load15", "cores", "cputime"},
       "the processor's, not memory"},
      {{"cache", "cached", "buffers", "buff", "slab", "pgpgin", "pgpgout", "mapped", "dirty",
        "kbcached", "kbbuffers", "kbcommit", "kbactive", "kbinact", "kbdirty", "kbslab"},
       "the page cache's, not the process's"},
      {{"virtual", "vsz", "vms", "virt", "vmsize", "vsize", "address", "commit", "committed"},
       "address space, not memory in use"},
      {{"latency",  "duration", "seconds", "ms",   "p50",         "p90",    "p95",
        "p99",      "status",   "disk",    "net",  "network",     "rx",     "tx",
        "read",     "write",    "io",      "iops", "temperature", "uptime", "port",
        "priority", "nice",     "errors",  "rate"},
       "not memory"},
  }};
  for (const NotMemory& kind : kKinds) {
    if (has(words, kind.words)) return kind.why;
  }
  return {};
}

// Seconds in one of what a column of times says to count.
double seconds_of(const std::vector<std::string>& words) {
  if (has(words, {"ms", "msec", "millis", "milliseconds", "millisecond"})) return 1e-3;
  if (has(words, {"us", "usec", "micros", "microseconds"})) return 1e-6;
  if (has(words, {"ns", "nsec", "nanos", "nanoseconds"})) return 1e-9;
  if (has(words, {"min", "mins", "minutes", "minute"})) return 60;
  if (has(words, {"h", "hours", "hour"})) return 3600;
  return has(words, {"s", "sec", "secs", "seconds", "second"}) ? 1 : 0;
}

bool is_time(const std::vector<std::string>& words) {
  return has(words, {"t", "ts", "time", "timestamp", "timestamps", "date", "datetime", "epoch",
                     "unixtime", "elapsed", "at", "when"}) &&
         !has(words, {"cpu", "gc", "response", "request", "start", "stop", "run", "up"});
}

// Says whose memory a row holds.
bool says_whose(const std::vector<std::string>& words) {
  return has(words,
             {"name",   "pid",     "process",   "dyno",   "host",       "hostname", "instance",
              "source", "pod",     "container", "worker", "job",        "service",  "label",
              "labels", "scope",   "series",    "metric", "tags",       "target",   "legend",
              "field",  "command", "app",       "entity", "deployment", "node"});
}

// What monitoring tools write beside, which tells nothing apart.
bool stands_beside(const std::vector<std::string>& words) {
  return has(words, {"result", "table", "start", "stop", "measurement", "user", "uid", "tty",
                     "stat", "state", "id"});
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
  // The labels of a metric say whose it is; its name says what it is.
  std::string_view said = name;
  if (const std::size_t brace = said.find('{'); brace != std::string_view::npos) {
    said = said.substr(0, brace);
  }
  const auto words = words_of(said);
  column.unit = unit_of(words);
  const bool whose = says_whose(words) && column.unit == 0 && memory_rank(words) <= kRankValue;
  if (is_time(words)) {
    column.role = CsvRole::kTime;
    column.seconds = seconds_of(words);
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
  } else if (has(words, {"swap"}) && !has(words, {"total", "free"})) {
    column.role = CsvRole::kSwap;
  } else if (column.why = why_no_memory(words);
             !column.why.empty() || (!whose && stands_beside(words))) {
    column.role = CsvRole::kIgnore;
  } else if (whose) {
    column.role = CsvRole::kName;
  } else if (has(words, {"heap", "heapused", "heaptotal"})) {
    // Of "heap total", "heap used" the one that says what is in it.
    const bool of_objects = has(words, {"heapused", "used", "live", "gc"});
    column.role = of_objects || words.size() <= 2 ? CsvRole::kHeap : CsvRole::kIgnore;
    if (has(words, {"total", "heaptotal", "size"})) column.role = CsvRole::kIgnore;
    column.rank = of_objects ? 2 : 1;
  } else if (has(words, {"external", "buffers", "arraybuffers", "code", "malloc"})) {
    column.role = CsvRole::kIgnore;
    column.why = "a part of the memory, not all of it";
  } else if (const int rank = memory_rank(words); rank > 0) {
    column.role = CsvRole::kMemory;
    column.rank = rank;
  }
  return column;
}

std::optional<double> csv_number(std::string_view text) {
  const auto quantity = parse_amount(text);
  if (!quantity || quantity->percent || quantity->unit > 0) return std::nullopt;
  return quantity->number;
}

}  // namespace tidemark
