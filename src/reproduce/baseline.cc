#include "reproduce/baseline.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/file_descriptor.h"
#include "base/json.h"

namespace tidemark {

Result<Baseline> read_baseline(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::unexpected(
        Error{.code = ErrorCode::kIo,
              .message = "cannot read it: " + system_reason(errno),
              .file = path,
              .offset = {},
              .hint = "--compare takes the report.json that an earlier run left"});
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto document = parse_json(text, path);
  if (!document || (*document)["schema"].text() != "tidemark.reproduce/1") {
    return std::unexpected(Error{
        .code = ErrorCode::kNotADump,
        .message = document ? "no report of `tidemark reproduce`"
                            : "no report of `tidemark reproduce`: " + document.error().message,
        .file = path,
        .offset = document ? std::nullopt : document.error().offset,
        .hint = "--compare takes the report.json that an earlier run left"});
  }
  Baseline out;
  out.path = path;
  const Json& conclusion = (*document)["conclusion"];
  out.outcome = conclusion["outcome"].text();
  out.by_heap = conclusion["by_heap"].is_true();
  const Json& growth = conclusion["growth_per_1000_requests"];
  out.growth_per_1000 = {.value = growth["value"].number_or(0),
                         .low = growth["low"].number_or(0),
                         .high = growth["high"].number_or(0)};
  out.level = conclusion["level_bytes"].number_or(0);
  out.peak = conclusion["peak_bytes"].number_or(0);
  const Json& load = (*document)["load"];
  out.requests_per_second = load["requests_per_second"].number_or(0);
  const double p99 = load["latency_ms"]["p99"].number_or(0) * 1000;
  // A file that somebody wrote may hold any number.
  out.p99_microseconds = p99 > 0 && p99 < 1e15 ? static_cast<std::uint64_t>(p99) : 0;
  return out;
}

const GrowthTrend& growth_of(const Conclusion& conclusion) {
  if (!conclusion.by_heap || conclusion.outcome == Outcome::kNative) return conclusion.resident;
  return conclusion.outcome == Outcome::kLeak ? conclusion.heap : conclusion.data;
}

ComparisonResult compare_growth(const Baseline* before, const Conclusion& now, double max_growth) {
  const Estimate& growth = growth_of(now).per_request;
  ComparisonResult result;
  // What a caller names is the limit; else what there was before, with its uncertainty.
  result.limit = max_growth >= 0     ? max_growth
                 : before != nullptr ? before->growth_per_1000.high
                                     : 0;
  result.exceeded = growth.low * 1000 > result.limit;
  return result;
}

}  // namespace tidemark
