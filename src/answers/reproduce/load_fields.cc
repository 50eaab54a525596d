#include "answers/reproduce/load_fields.h"

#include <string>
#include <vector>

#include "answers/estimate.h"

namespace tidemark {
namespace {

struct StatusCount {
  int status = 0;
  std::uint64_t responses = 0;
};

struct Fault {
  std::string fault;
  std::uint64_t requests = 0;
};

double seconds_of(std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

}  // namespace

static void describe(Fields& fields, const StatusCount& count) {
  fields.record("StatusCount", "How many responses had a status.");
  fields("status", count.status, "of HTTP: 200");
  fields("responses", count.responses, "how many had it");
}

static void describe(Fields& fields, const Fault& fault) {
  fields.record("LoadFault", "Why requests were not answered.");
  fields("fault", fault.fault, "what happened");
  fields("requests", fault.requests, "to how many");
}

static void describe(Fields& fields, const LatencyHistogram& latency) {
  fields.record("Latency", "How long answered requests took; to 1.6 %.");
  const auto quantile = [&](std::string_view name, double part, std::string_view meaning) {
    fields(name, seconds_of(latency.quantile(part)), meaning);
  };
  quantile("p50_seconds", 0.5, "half took so long at most");
  quantile("p90_seconds", 0.9, "9 of 10");
  quantile("p99_seconds", 0.99, "99 of 100");
  quantile("p999_seconds", 0.999, "999 of 1,000");
  fields("max_seconds", seconds_of(latency.most()), "the longest");
}

double requests_per_second(const LoadTotals& load) {
  return load.seconds > 0 ? static_cast<double>(load.answered) / load.seconds : 0;
}

double latency_seconds(const LoadTotals& load, double part) {
  return seconds_of(part < 1 ? load.latency.quantile(part) : load.latency.most());
}

Estimate scaled(const Estimate& estimate, double times) {
  return {
      .value = estimate.value * times, .low = estimate.low * times, .high = estimate.high * times};
}

void describe(Fields& fields, const LoadTotals& load) {
  fields.record("Load", "Requests that were sent, and what came back.");
  fields("sent", load.sent, "requests");
  fields("answered", load.answered, "of them, with a whole response, whatever its status");
  fields("failed", load.failed, "of them, without one: refused, broken, timed out");
  fields("body_bytes", load.bytes, "of all responses, without their heads");
  fields("load_seconds", load.seconds, "in which load was sent");
  fields("answered_per_second", requests_per_second(load), "requests answered in a second");
  fields("latency", load.latency, "how long answers took");
  std::vector<StatusCount> by_status;
  for (const auto& [status, count] : load.by_status) by_status.push_back({status, count});
  fields("statuses", by_status, "of the responses");
  std::vector<Fault> faults;
  for (const auto& [fault, count] : load.faults) faults.push_back({fault, count});
  fields("faults", faults, "why requests failed");
}

void describe(Fields& fields, const GrowthTrend& growth) {
  fields.record("RequestGrowth", "How much more there is with each request, by a line.");
  fields("points", growth.points, "measurements that it is made of");
  fields("growth_bytes_per_1000_requests", scaled(growth.per_request, 1000), "the line's slope");
  fields("total_bytes", growth.total, "from the first measurement to the last");
  fields("pace_kept_share", growth.pace_kept, "the pace of the last half, to that of the whole");
  fields("largest_step_share", growth.largest_step, "of the total, what one step added at most");
  fields("rises", growth.rises, "steps that went up by more than the noise");
  fields("noise_bytes", growth.noise, "standard deviation of one measurement, as found");
}

}  // namespace tidemark
