// How long each request took and, where the log knows, how much memory it needed: what a simulation
// is fed with.
//
// Two forms, plain, gzip or zstd:
//   CSV with names   seconds or ms (service, duration, time_ms...); bytes, kb or mb (peak_mb,
//                    memory_mb, allocated_mb...); endpoint or path, method; at, time, timestamp
//   lines with key=value   Heroku's router (service=22ms path=/x method=GET), lograge and logfmt
//                    (duration=58.33 path=/x), with peak_mb=, memory_mb= or allocated_mb= if any
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

struct RequestLogEntry {
  double at = -1;            // seconds since 1970; -1: not said
  double seconds = 0;        // served in
  double bytes = -1;         // of memory at its peak; -1: not said
  std::size_t endpoint = 0;  // of the log's names
};

struct RequestLog {
  std::vector<std::string> endpoints;  // "GET /users/:id"; "" where none is named
  std::vector<RequestLogEntry> requests;
  std::size_t skipped = 0;  // lines that are no requests
};

// Errors: kIo; kNotADump when no line is a request; kTooLarge above 1 GB.
Result<RequestLog> read_request_log(const std::string& path, Monitor& monitor);
// The same over text. `now`: for times without a year.
Result<RequestLog> parse_request_log(std::string_view text, double now);

}  // namespace tidemark
