#include "answers/size/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sources/request_log.h"

namespace tidemark {
namespace {

constexpr double kUsualTime = 0.1;  // seconds of a request, where nothing is said of it

// Endpoints with the times and peaks that the log has for each.
void add_log_endpoints(const RequestLog& log, const std::optional<Distribution>& peak,
                       RequestMix& mix) {
  std::vector<std::vector<double>> times(log.endpoints.size());
  std::vector<std::vector<double>> peaks(log.endpoints.size());
  for (const RequestLogEntry& entry : log.requests) {
    times[entry.endpoint].push_back(entry.seconds);
    if (entry.bytes >= 0) peaks[entry.endpoint].push_back(entry.bytes);
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    Endpoint endpoint;
    endpoint.name = log.endpoints[i].empty() ? "requests" : log.endpoints[i];
    endpoint.weight = static_cast<double>(times[i].size());
    endpoint.seconds = Distribution::measured(std::move(times[i]));
    endpoint.peak = peak               ? *peak
                    : peaks[i].empty() ? Distribution::fixed(0)
                                       : Distribution::measured(std::move(peaks[i]));
    mix.endpoints.push_back(std::move(endpoint));
  }
}

// Each request at its time, from that of the first one.
void add_log_times(const RequestLog& log, const std::optional<Distribution>& peak,
                   ReadTraffic& out) {
  const bool timed = log.requests.front().at >= 0;
  if (!timed || log.requests.size() < 2) return;
  const double begin = log.requests.front().at;
  const double span = log.requests.back().at - begin;
  if (span > 0) out.log_rate = static_cast<double>(log.requests.size()) / span;
  for (std::size_t i = 0; i < log.requests.size(); ++i) {
    const RequestLogEntry& entry = log.requests[i];
    const double bytes = peak ? peak->at((static_cast<double>(i * 7919 % 10007) + 0.5) / 10007)
                              : std::max(entry.bytes, 0.0);
    // A log writes a request down when it has ended.
    out.log.push_back({std::max(0.0, entry.at - begin - entry.seconds), {entry.seconds, bytes}});
  }
  std::ranges::stable_sort(out.log, {}, &LoggedRequest::at);
}

Result<ReadTraffic> read_log(const Traffic& traffic, Monitor& monitor) {
  auto log = read_request_log(traffic.log, monitor);
  if (!log) return std::unexpected(log.error());
  ReadTraffic out;
  out.has_peaks = traffic.peak_bytes || std::ranges::any_of(log->requests, [](const auto& entry) {
                    return entry.bytes > 0;
                  });
  add_log_endpoints(*log, traffic.peak_bytes, out.mix);
  add_log_times(*log, traffic.peak_bytes, out);
  if (log->skipped > 0) {
    out.notices.push_back({.code = "skipped_lines",
                           .message = fmt::format("{} lines are no requests", log->skipped),
                           .file = traffic.log,
                           .offset = {},
                           .hint = {}});
  }
  return out;
}

}  // namespace

Result<ReadTraffic> read_traffic(const Traffic& traffic, Monitor& monitor) {
  if (!traffic.log.empty()) {
    if (!traffic.endpoints.empty() || traffic.seconds) {
      return fail(ErrorCode::kUsage, "--log already says what requests there are",
                  "leave out --endpoint and --time");
    }
    return read_log(traffic, monitor);
  }
  ReadTraffic out;
  if (!traffic.endpoints.empty()) {
    if (traffic.seconds || traffic.peak_bytes) {
      return fail(ErrorCode::kUsage,
                  "--time and --peak belong to each --endpoint where there are any");
    }
    out.mix.endpoints = traffic.endpoints;
    return out;
  }
  out.has_peaks = traffic.peak_bytes.has_value();
  out.mix.endpoints.push_back({.name = "requests",
                               .weight = 1,
                               .seconds = traffic.seconds.value_or(Distribution::fixed(kUsualTime)),
                               .peak = traffic.peak_bytes.value_or(Distribution())});
  return out;
}

bool shorten_taken_times(RequestMix& mix, double rate, std::size_t threads) {
  constexpr double kBusyNow = 0.5;
  const double busy = rate * mix.mean_seconds() / static_cast<double>(threads);
  if (busy <= kBusyNow) return false;
  mix = mix.slowed(kBusyNow / busy);
  return true;
}

}  // namespace tidemark
