// The requests that a server gets, as whoever asks knows them: for `simulate` and `size`.
//
// Times are seconds, sizes bytes. Plain data and functions of it: thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "simulate/distribution.h"
#include "simulate/server_model.h"

namespace tidemark {

// All of it may be left out.
struct Traffic {
  std::optional<Distribution> seconds;     // how long a request takes
  std::optional<Distribution> peak_bytes;  // what it needs at its end
  std::vector<Endpoint> endpoints;         // instead, each kind of request
  std::string log;  // instead, the path of a request log; with peak_bytes where it tells no sizes
  double requests_per_second = 0;  // in all; 0: not said

  // Is anything said of the requests themselves?
  [[nodiscard]] bool says_requests() const {
    return seconds || peak_bytes || !endpoints.empty() || !log.empty();
  }
};

struct ReadTraffic {
  RequestMix mix;
  std::vector<LoggedRequest> log;  // in order of time, from 0; empty without times
  double log_rate = 0;             // requests a second of the log; 0: unknown
  bool has_peaks = true;           // false: times only
  std::vector<Notice> notices;     // lines of the log that are no requests
};

// Errors: kUsage where two ways to say it are mixed; those of read_request_log().
Result<ReadTraffic> read_traffic(const Traffic& traffic, Monitor& monitor);

// Times that were taken to be the usual ones, and not measured, are made shorter where they would
// keep the threads busy for more than half of the time: what comes is served as it is. Whether they
// were. `rate`: requests a second that these threads serve.
bool shorten_taken_times(RequestMix& mix, double rate, std::size_t threads);

}  // namespace tidemark
