#include "sources/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/numbers.h"
#include "host/kernel_text.h"
#include "series/clock_text.h"
#include "sources/amount_cell.h"
#include "sources/csv_columns.h"

namespace tidemark {
namespace {

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
  Words out;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end;
  }
  return out;
}

bool is_whole(std::string_view word) {
  return !word.empty() &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The first word that says a kind of memory a header knows.
bool is_memory_header(const Words& words) {
  static constexpr std::array<std::string_view, 14> kKnown = {
      "RSS", "RES", "MEMORY(bytes)", "kbmemused", "used",      "rss",      "%MEM",
      "Rss", "PSS", "USS",           "VmRSS",     "kbmemfree", "MemUsage", "RSSMB"};
  return words.size() >= 2 && std::any_of(words.begin(), words.end(), [](std::string_view word) {
           return std::find(kKnown.begin(), kKnown.end(), word) != kKnown.end();
         });
}

class TextReader {
 public:
  TextReader(DateOrder order, double now) : order_(order), now_(now) {}

  Result<MemoryTable> read(std::string_view text) {
    for (std::string_view one; next_line(text, one);) line(one);
    if (!table_.rows.empty()) return std::move(table_);
    if (undated_ > 0) {
      return fail(ErrorCode::kNotADump,
                  fmt::format("{} lines tell of memory, and none says when", undated_),
                  "print the time before each: while true; do date; ps aux; sleep 60; done");
    }
    return fail(ErrorCode::kNotADump,
                "neither a Heroku log, nor a table with a column of times, nor a log that tells of "
                "memory",
                "a CSV needs names: time,rss_mb (see tidemark verdict --help)");
  }

 private:
  void line(std::string_view line) {
    line = csv_trim(line);
    if (line.size() > kLongestLine) return;
    if (line.empty()) {
      header_.clear();
      return;
    }
    if (metric(line) || collector(line) || profile(line)) return;
    line = dated(line);
    if (line.empty()) return;
    if (header(line) || row(line) || memory_line(line)) return;
    log_line(line);
  }

  // What stands behind the time of a line; empty where it is nothing but a time.
  std::string_view dated(std::string_view line) {
    line_time_.reset();
    // sysstat and Linux say the day once, above times of day.
    if (line.starts_with("Linux ")) {
      for (const std::string_view word : words_of(line)) {
        const auto day = parse_time_cell(word, order_);
        if (day && !day->number && !day->clock_only) day_ = day->time;
      }
      return {};
    }
    if (line.starts_with("top - ")) {
      const auto clock = parse_time_cell(line.substr(6, 8), order_);
      if (clock && clock->clock_only) block_time_ = of_clock(clock->time);
      header_.clear();
      return {};
    }
    std::size_t length = 0;
    auto time = parse_time_begin(line, order_, length);
    if (!time) {
      if (const auto syslog = parse_syslog_time_prefix(line, now_, length)) {
        time = TimeCell{.time = *syslog};
      }
    }
    if (time) {
      const double seconds = time->number ? seconds_of_epoch(time->time) : time->time;
      line.remove_prefix(length);
      while (!line.empty() && std::string_view("] |:,").find(line.front()) != line.npos) {
        line.remove_prefix(1);
      }
      if (line.empty()) {
        block_time_ = seconds;
        header_.clear();
      } else {
        line_time_ = seconds;
      }
      return line;
    }
    // "00:00:01 AM  UID  PID ..."
    const Words words = words_of(line);
    const auto clock = parse_time_cell(words[0], order_);
    if (!clock || !clock->clock_only) return line;
    std::string text(words[0]);
    std::size_t taken = 1;
    if (words.size() > 1 && (words[1] == "AM" || words[1] == "PM")) {
      text += " " + std::string(words[1]);
      taken = 2;
    }
    if (const auto full = parse_time_cell(text, order_)) line_time_ = of_clock(full->time);
    if (words.size() <= taken) {
      block_time_ = line_time_;
      return {};
    }
    return line.substr(static_cast<std::size_t>(words[taken].data() - line.data()));
  }

  // A time of day, behind midnight where it falls.
  double of_clock(double seconds) {
    if (seconds < last_clock_ - 43200) day_ += 86400;
    last_clock_ = seconds;
    return day_ + seconds;
  }

  [[nodiscard]] std::optional<double> time() const { return line_time_ ? line_time_ : block_time_; }

  void add(std::string_view name, std::string_view column, std::string_view value) {
    if (!time()) {
      ++undated_;
      return;
    }
    std::vector<std::string> row;
    table_.put(row, "time", fmt::format("{}", *time()));
    if (!name.empty()) table_.put(row, "name", std::string(name));
    table_.put(row, column, std::string(value));
    table_.rows.push_back(std::move(row));
  }

  bool header(std::string_view line) {
    const Words wide = wide_cells(line);
    const auto usage = std::find_if(wide.begin(), wide.end(), [](std::string_view word) {
      return word.starts_with("MEM USAGE");
    });
    if (usage != wide.end()) {
      header_.assign(wide.begin(), wide.end());
      wide_ = true;
    } else {
      const Words words = words_of(line);
      if (!is_memory_header(words)) return false;
      header_.assign(words.begin(), words.end());
      wide_ = false;
    }
    memory_column_ = name_column_ = pid_column_ = kNone;
    for (std::size_t i = 0; i < header_.size(); ++i) {
      const std::string& word = header_[i];
      const std::string lower = csv_lower(word);
      if (lower == "rss" || lower == "res" || lower == "memory(bytes)" || lower == "kbmemused" ||
          lower == "used" || lower == "vmrss" || word.starts_with("MEM USAGE")) {
        if (memory_column_ == kNone) memory_column_ = i;
      } else if (lower == "name" || lower == "names" || lower == "command" || lower == "cmd" ||
                 lower == "comm" || lower == "container") {
        if (name_column_ == kNone || lower == "command" || lower == "cmd") name_column_ = i;
      } else if (lower == "pid") {
        pid_column_ = i;
      }
    }
    // "free" has a name for each of its lines, above which nothing stands.
    label_ = lower_is("total", 0) && memory_column_ != kNone;
    return true;
  }

  [[nodiscard]] bool lower_is(std::string_view word, std::size_t at) const {
    return at < header_.size() && csv_lower(header_[at]) == word;
  }

  bool row(std::string_view line) {
    if (header_.empty() || memory_column_ == kNone) return bare_ps(line);
    const Words words = wide_ ? wide_cells(line) : words_of(line);
    const std::size_t shift = label_ ? 1 : 0;
    if (label_ && (words.empty() || !words[0].starts_with("Mem"))) return true;  // "Swap:"
    if (words.size() + (wide_ ? 0 : 1) < header_.size() || memory_column_ + shift >= words.size()) {
      return bare_ps(line);
    }
    const std::string_view cell = words[memory_column_ + shift];
    if (!parse_amount(cell)) return bare_ps(line);
    std::string name;
    if (name_column_ != kNone && name_column_ < words.size()) {
      // The last column may hold blanks.
      const bool last = name_column_ + 1 == header_.size() && !wide_;
      name = last ? std::string(line.substr(
                        static_cast<std::size_t>(words[name_column_].data() - line.data())))
                  : std::string(words[name_column_]);
    }
    if (pid_column_ != kNone && pid_column_ < words.size()) {
      name += fmt::format("[{}]", words[pid_column_]);
    }
    add(name, memory_name(), cell);
    return true;
  }

  // In which unit a tool counts what its header calls so.
  [[nodiscard]] std::string memory_name() const {
    const std::string lower = csv_lower(header_[memory_column_]);
    if (lower == "rss" || lower == "res" || lower == "vmrss") return "rss_kib";
    if (lower == "kbmemused") return "memory_used_kib";
    if (label_) return "memory_used";
    return lower.starts_with("mem usage") ? "memory_usage" : "memory";
  }

  // A line of `ps aux` whose header was filtered away:
  // USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
  bool bare_ps(std::string_view line) {
    const Words words = words_of(line);
    if (words.size() < 11 || !is_whole(words[1]) || !is_whole(words[4]) || !is_whole(words[5])) {
      return false;
    }
    const auto share = [](std::string_view word) {
      return word.find('.') != word.npos && parse_number<double>(word).has_value();
    };
    if (!share(words[2]) || !share(words[3]) || words[9].find(':') == words[9].npos) return false;
    if (std::string_view("RSDTtZXI").find(words[7].front()) == std::string_view::npos) return false;
    const auto begin = static_cast<std::size_t>(words[10].data() - line.data());
    add(fmt::format("{}[{}]", line.substr(begin), words[1]), "rss_kib", words[5]);
    return true;
  }

  // "VmRSS:  305027 kB", "Rss: 305027 kB", "total kB 915081 305027 280000" of pmap -x.
  bool memory_line(std::string_view line) {
    const Words words = words_of(line);
    if (words.size() >= 4 && words[0] == "total" && words[1] == "kB" && is_whole(words[3])) {
      add({}, "rss_kib", words[3]);
      return true;
    }
    if (words.size() != 3 || words[2] != "kB" || !is_whole(words[1])) return false;
    if (words[0] == "VmRSS:" || words[0] == "Rss:") {
      add({}, "rss_kib", words[1]);
    } else if (words[0] == "Pss:") {
      add({}, "pss_kib", words[1]);
    }
    return true;
  }

  // "name{labels} value time" of OpenMetrics.
  bool metric(std::string_view line) {
    if (line.starts_with("# ")) return line.starts_with("# HELP") || line.starts_with("# TYPE");
    const std::size_t brace = line.find('{');
    const std::size_t close = line.rfind('}');
    std::string_view name = line.substr(0, std::min(brace, line.find(' ')));
    std::string_view rest;
    if (brace != line.npos && close != line.npos && close > brace && brace < line.find(' ')) {
      rest = line.substr(close + 1);
    } else {
      const std::size_t blank = line.find(' ');
      if (blank == line.npos) return false;
      rest = line.substr(blank);
    }
    const bool identifier = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == ':';
    }) && name.find('_') != name.npos;
    const Words words = words_of(rest);
    if (!identifier || words.empty() || words.size() > 2 || !parse_number<double>(words[0])) {
      return false;
    }
    const CsvColumn column = recognise_csv_column(name);
    if (column.role != CsvRole::kMemory && column.why.empty()) return true;
    if (words.size() < 2) {
      if (column.role == CsvRole::kMemory && !block_time_) ++undated_;
      if (!block_time_) return true;
      line_time_ = block_time_;
    } else {
      const auto time = parse_number<double>(words[1]);
      if (!time) return false;
      line_time_ = seconds_of_epoch(*time);
    }
    const bool labels = brace != line.npos && close != line.npos && brace < close;
    add(labels ? line.substr(brace, close - brace + 1) : std::string_view(), name, words[0]);
    return true;
  }

  // node --trace-gc: "[4711:0x5581]  1234 ms: Mark-sweep 85.2 (93.4) -> 80.1 (92.0) MB, 3.4 / 0.0
  // ms"
  bool collector(std::string_view line) {
    const std::size_t ms = line.find(" ms: ");
    if (!line.starts_with('[') || ms == line.npos) return false;
    const std::size_t close = line.find(']');
    const std::size_t arrow = line.find("-> ");
    if (close == line.npos || close > ms || arrow == line.npos) return false;
    if (line.find("Mark-") == line.npos && line.find("Mark Compact") == line.npos) return true;
    const auto at = parse_number<double>(csv_trim(line.substr(close + 1, ms - close - 1)));
    const auto live = leading_number<double>(line.substr(arrow + 3));
    if (!at || !live) return false;
    line_time_ = *at / 1000;
    add({}, "heap_used_mib", fmt::format("{}", *live));
    return true;
  }

  // mprof: "MEM 297.8 1772409600.12"
  bool profile(std::string_view line) {
    const Words words = words_of(line);
    if (words.size() != 3 || words[0] != "MEM") return false;
    const auto time = parse_number<double>(words[2]);
    if (!time || !parse_number<double>(words[1])) return false;
    line_time_ = time;
    add({}, "memory_mib", words[1]);
    return true;
  }

  // "Consuming 297.9 mb with master and 2 workers", "rss=297MB", "memory_usage: 312347810".
  void log_line(std::string_view line) {
    constexpr std::string_view kConsuming = "Consuming ";
    if (const std::size_t at = line.find(kConsuming); at != line.npos) {
      const Words words = words_of(line.substr(at + kConsuming.size()));
      if (words.size() >= 2 && csv_lower(words[1]).starts_with("mb") && parse_amount(words[0])) {
        add({}, "memory_total_mib", words[0]);
        return;
      }
    }
    if (header_.empty()) pairs(line);
  }

  void pairs(std::string_view line) {
    CsvColumn best;
    std::string value;
    std::string process;
    for (std::size_t at = line.find_first_of("=:"); at != line.npos;
         at = line.find_first_of("=:", at + 1)) {
      std::size_t begin = at;
      while (begin > 0 && at - begin <= kLongestName &&
             std::string_view(" ,;{([\"'").find(line[begin - 1]) == line.npos)
        --begin;
      const std::string_view key = line.substr(begin, at - begin);
      std::string_view rest = csv_trim(line.substr(at + 1, kLongestValue));
      if (rest.starts_with('"')) rest.remove_prefix(1);
      if (key.empty() || key.size() > kLongestName) continue;
      if (key == "pid" || key == "dyno" || key == "pod" || key == "host" || key == "worker") {
        process = rest.substr(0, std::min(rest.find_first_of(" ,;\"}])"), rest.size()));
        continue;
      }
      const CsvColumn column = recognise_csv_column(key);
      if (column.role != CsvRole::kMemory || column.rank <= kRankValue + 1) continue;
      std::string_view number =
          rest.substr(0, std::min(rest.find_first_of(",;\"})]"), rest.size()));
      const Words words = words_of(number);
      if (words.empty()) continue;
      std::string cell(words[0]);
      if (words.size() > 1 && unit_in_bytes(words[1]) > 0 && words[1].size() > 1) {
        cell += std::string(words[1]);
      }
      if (!parse_amount(cell) || column.rank <= best.rank) continue;
      best = column;
      value = cell;
    }
    if (best.rank > 0) add(process, best.name, value);
  }

  // Of a name and a value in a line; and no tool prints longer lines of memory.
  static constexpr std::size_t kLongestName = 40;
  static constexpr std::size_t kLongestValue = 80;
  static constexpr std::size_t kLongestLine = std::size_t{1} << 16;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  DateOrder order_;
  double now_;
  MemoryTable table_{.layout = "lines of text", .names = {}, .rows = {}};
  std::optional<double> block_time_;  // of a line that was nothing but a time
  std::optional<double> line_time_;
  double day_ = 0;
  double last_clock_ = -1;
  std::vector<std::string> header_;
  bool wide_ = false;
  bool label_ = false;
  std::size_t memory_column_ = kNone;
  std::size_t name_column_ = kNone;
  std::size_t pid_column_ = kNone;
  std::size_t undated_ = 0;
};

}  // namespace

Result<MemoryTable> table_of_text(std::string_view text, DateOrder order, double now) {
  return TextReader(order, now).read(without_byte_order_mark(text));
}

}  // namespace tidemark
