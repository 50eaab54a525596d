#include "reproduce/baseline.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "capture/target/proc_files.h"

namespace tidemark {
namespace {

double number_at(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

const nlohmann::json& object_at(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kEmpty = nlohmann::json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : kEmpty;
}

}  // namespace

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
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const auto schema = document.is_object() ? document.find("schema") : document.end();
  if (!document.is_object() || schema == document.end() || *schema != "tidemark.reproduce/1") {
    return std::unexpected(
        Error{.code = ErrorCode::kNotADump,
              .message = "no report of `tidemark reproduce`",
              .file = path,
              .offset = {},
              .hint = "--compare takes the report.json that an earlier run left"});
  }
  Baseline out;
  out.path = path;
  const auto& conclusion = object_at(document, "conclusion");
  const auto outcome = conclusion.find("outcome");
  if (outcome != conclusion.end() && outcome->is_string()) out.outcome = *outcome;
  const auto by_heap = conclusion.find("by_heap");
  out.by_heap = by_heap != conclusion.end() && by_heap->is_boolean() && by_heap->get<bool>();
  const auto& growth = object_at(conclusion, "growth_per_1000_requests");
  out.growth_per_1000 = {.value = number_at(growth, "value"),
                         .low = number_at(growth, "low"),
                         .high = number_at(growth, "high")};
  out.level = number_at(conclusion, "level_bytes");
  out.peak = number_at(conclusion, "peak_bytes");
  const auto& load = object_at(document, "load");
  out.requests_per_second = number_at(load, "requests_per_second");
  out.p99_microseconds =
      static_cast<std::uint64_t>(number_at(object_at(load, "latency_ms"), "p99") * 1000);
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
