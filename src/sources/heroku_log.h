// Memory series out of Heroku's logs: what `heroku logs` prints, the bodies of log drains, and
// files of either, in any order, with lines twice or cut.
//
// A series is a dyno's slot (web.1). The dyno behind it changes with each start; its UUID in the
// metrics lines says so even where the line about the restart is missing.
//
//   memory    log-runtime-metrics (rss + swap), of 2013 as of today; without them the
//             "Process running mem=" of R14
//   quota     memory_quota; else R14's percentage; else the dyno size of "Scaled to"
//   lives     Starting process, a new UUID; after a release they are deploys; R15 is a kill
//   requests  router lines, per slot and endpoint
//   workers   what puma and puma_worker_killer say of themselves
//
// Its megabytes are those of platforms/dyno_sizes.h: 1,048,576 bytes. Memory: 32 bytes a sample and
// 8 bytes for each endpoint and ten seconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "series/series.h"
#include "sources/log_line.h"

namespace tidemark {

// Whether these first bytes of an input look like such a log.
bool looks_like_heroku_log(std::string_view head);

// "GET /users/:id/tasks" for GET /users/17/tasks?page=2: numbers, UUIDs and long hexadecimal parts
// are ids, the query is left out.
std::string endpoint_of(std::string_view method, std::string_view path);

class HerokuLog {
 public:
  // `now`: for syslog times without a year.
  explicit HerokuLog(double now) : now_(now), seen_(kRemembered) {}

  // Whole lines or a drain body. Pieces may come in any order.
  void add(std::string_view text);

  // The series so far, by slot name. More may be added afterwards.
  [[nodiscard]] SeriesSet series() const;

  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::uint64_t useful_lines() const { return useful_; }

 private:
  struct Slot {
    std::vector<MemorySample> metrics;
    std::vector<MemorySample> warnings;  // what R14 said
    std::vector<SeriesEvent> events;
    std::map<std::int64_t, std::uint32_t> requests;  // by ten seconds
    std::map<std::uint32_t, std::map<std::int64_t, std::uint32_t>> endpoints;
    std::map<std::string, double, std::less<>> dynos;  // UUID -> first seen
    double quota = 0;
    double quota_by_percent = 0;
    std::vector<std::pair<double, std::uint32_t>> workers;
  };

  void add_line(const LogLine& line);
  bool add_metrics(const LogLine& line, double time);
  bool add_state(const LogLine& line, double time);
  bool add_release(const LogLine& line, double time);
  bool add_request(const LogLine& line, double time);
  bool add_server(const LogLine& line, double time);
  void add_scale(std::string_view text, double time);
  Slot& slot(std::string_view name);
  bool is_new(std::string_view id);
  [[nodiscard]] MemorySeries series_of(const std::string& name, const Slot& slot) const;
  void add_lives(const Slot& slot, MemorySeries& series) const;

  static constexpr std::size_t kRemembered = 1 << 16;
  static constexpr std::size_t kMostSlots = 4096;
  static constexpr std::size_t kMostEndpoints = 512;

  double now_;
  std::map<std::string, Slot, std::less<>> slots_;
  Slot ignored_;
  std::map<std::string, std::uint32_t, std::less<>> endpoint_ids_;
  std::vector<std::string> endpoint_names_;
  std::vector<std::pair<double, std::string>> releases_;
  std::map<std::string, double, std::less<>> sizes_;  // "web" -> quota, by "Scaled to"
  std::vector<std::uint64_t> seen_;                   // hashes of the last request ids
  std::uint64_t lines_ = 0;
  std::uint64_t useful_ = 0;
  std::uint64_t timeless_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t lost_ = 0;  // lines that Heroku says it dropped
};

}  // namespace tidemark
