#include "reproduce/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"
#include "base/json.h"

namespace tidemark {

namespace {

constexpr std::string_view kHint = "--compare takes the report.json that an earlier run left";

Estimate estimate(const Json& json) {
  return {.value = json["value"].number_or(0),
          .low = json["low"].number_or(0),
          .high = json["high"].number_or(0)};
}

// What the two versions call by the same name.
Baseline common_part(const std::string& path, const Json& document) {
  Baseline out;
  out.path = path;
  const Json& conclusion = document["conclusion"];
  out.outcome = conclusion["outcome"].text();
  out.by_heap = conclusion["by_heap"].is_true();
  out.level = conclusion["level_bytes"].number_or(0);
  out.peak = conclusion["peak_bytes"].number_or(0);
  return out;
}

Baseline from_version_1(const std::string& path, const Json& document) {
  Baseline out = common_part(path, document);
  std::ranges::replace(out.outcome, '-', '_');
  out.growth_per_1000 = estimate(document["conclusion"]["growth_per_1000_requests"]);
  const Json& load = document["load"];
  out.requests_per_second = load["requests_per_second"].number_or(0);
  out.p99_seconds = load["latency_ms"]["p99"].number_or(0) / 1000;
  return out;
}

Baseline from_version_2(const std::string& path, const Json& document) {
  Baseline out = common_part(path, document);
  out.growth_per_1000 = estimate(document["conclusion"]["growth_bytes_per_1000_requests"]);
  const Json& load = document["load"];
  out.requests_per_second = load["answered_per_second"].number_or(0);
  out.p99_seconds = load["latency"]["p99_seconds"].number_or(0);
  return out;
}

Error no_report(const std::string& path, std::string why) {
  return {.code = ErrorCode::kNotADump,
          .message = std::move(why),
          .file = path,
          .offset = {},
          .hint = std::string(kHint)};
}

}  // namespace

Result<Baseline> read_baseline(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = "cannot read it: " + system_reason(errno),
                                 .file = path,
                                 .offset = {},
                                 .hint = std::string(kHint)});
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto document = parse_json(text, path);
  if (!document) {
    Error error = no_report(path, "no report of `tidemark reproduce`: " + document.error().message);
    error.offset = document.error().offset;
    return std::unexpected(std::move(error));
  }
  const std::string& schema = (*document)["schema"].text();
  if (schema == "tidemark.reproduce/2") return from_version_2(path, *document);
  if (schema == "tidemark.reproduce/1") return from_version_1(path, *document);
  return std::unexpected(
      no_report(path, schema.starts_with("tidemark.reproduce/")
                          ? fmt::format("a report of another version of tidemark ({})", schema)
                          : "no report of `tidemark reproduce`"));
}

const GrowthTrend& growth_of(const Conclusion& conclusion) {
  if (!conclusion.by_heap || conclusion.outcome == Outcome::kNative) return conclusion.resident;
  return conclusion.outcome == Outcome::kLeak ? conclusion.heap : conclusion.data;
}

ComparisonResult compare_growth(const Baseline* before, const Conclusion& now,
                                std::optional<double> max_growth) {
  const Estimate& growth = growth_of(now).per_request;
  ComparisonResult result;
  // What a caller names is the limit; else what there was before, with its uncertainty.
  result.limit = max_growth ? *max_growth : before != nullptr ? before->growth_per_1000.high : 0;
  result.exceeded = growth.low * 1000 > result.limit;
  return result;
}

}  // namespace tidemark
