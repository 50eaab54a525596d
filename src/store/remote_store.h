// Memory over time in a Prometheus-compatible server: Prometheus (with
// --web.enable-remote-write-receiver), VictoriaMetrics, Mimir, Thanos and others.
//
//   tidemark_memory_bytes{name, memory}         one series each, as sampled
//   tidemark_requests{name, memory}             served since the sample before
//   tidemark_workers, tidemark_quota_bytes{name, memory}
//   tidemark_event{name, memory, kind, detail}  1 at the time of the event
//
// A bearer token, where the server wants one, comes from the environment: TIDEMARK_REMOTE_TOKEN.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "series/series.h"

namespace tidemark {

class RemoteStore {
 public:
  // `url`: of the server, "http://host:9090", with what stands before /api/v1 there.
  explicit RemoteStore(std::string url);

  static bool recognises(std::string_view url);  // http:// or https://

  // Sends the samples and events from these indices on, in order of time. What the server refuses
  // for good (400: out of order, too old) is an error of code kUnsupported, and sending it again
  // does not help; kIo otherwise.
  Result<void> append(const MemorySeries& series, std::size_t first_sample,
                      std::size_t first_event) const;

  // What append() wrote in the last `seconds` before `now`, by name.
  Result<SeriesSet> read(double now, double seconds) const;

  // Any PromQL: each series of the answer in bytes, named by its labels. A plain selector gives the
  // samples as they were scraped, anything else is computed each 20 s or more.
  Result<SeriesSet> query(const std::string& promql, double now, double seconds) const;

 private:
  std::string url_;
  std::string token_;
};

// The PromQL in "http://host:9090?query=..." (decoded), and the URL without it.
struct RemoteInput {
  std::string url;
  std::string query;  // empty: what append() wrote
};
RemoteInput parse_remote_input(std::string_view text);

}  // namespace tidemark
