#include "cli/dump_times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

namespace tidemark {
namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kSecondsPerDay = 86400;

// Seconds since some origin that is the same for all texts of one form.
std::optional<double> parse_time(const std::string& text) {
  static constexpr std::array kForms = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
                                        "%Y-%m-%d %H:%M",    "%H:%M:%S",       "%H:%M"};
  for (const char* form : kForms) {
    std::tm parts{};
    parts.tm_mday = 1;
    parts.tm_year = 70;
    const char* end = strptime(text.c_str(), form, &parts);
    if (end != nullptr && (*end == '\0' || std::string(end) == "Z")) {
      return static_cast<double>(timegm(&parts));
    }
  }
  return std::nullopt;
}

}  // namespace

Result<DumpTimes> dump_times(const std::vector<std::string>& at,
                             const std::vector<std::int64_t>& file_times_ns) {
  DumpTimes times;
  std::vector<double> seconds;
  if (!at.empty()) {
    if (at.size() != file_times_ns.size()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--at gives {} times for {} dumps", at.size(), file_times_ns.size()));
    }
    for (const std::string& text : at) {
      auto time = parse_time(text);
      if (!time) {
        return fail(ErrorCode::kUsage, fmt::format("--at: '{}' is not a time", text),
                    "write 14:05, 14:05:30 or 2026-01-31T14:05");
      }
      // A clock time before the last one is of the next day.
      const bool clock_only = text.find('-') == std::string::npos;
      while (clock_only && !seconds.empty() && *time < seconds.back()) *time += kSecondsPerDay;
      seconds.push_back(*time);
    }
    times.source = "by --at";
  } else {
    for (const std::int64_t time : file_times_ns)
      seconds.push_back(static_cast<double>(time) / 1e9);
    times.source = "by the files' times";
    // Copies and pipes have no time of their own.
    constexpr double kApart = 60;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      if (seconds[i] <= 0 || (i > 0 && seconds[i] - seconds[i - 1] < kApart)) return DumpTimes{};
    }
  }
  if (seconds.size() < 2) return DumpTimes{};
  if (!std::ranges::is_sorted(seconds) || seconds.back() <= seconds.front()) {
    return fail(ErrorCode::kUsage, "the times of the dumps do not go up",
                "give the dumps and --at in the order of time");
  }
  for (const double second : seconds) {
    times.hours.push_back((second - seconds.front()) / kSecondsPerHour);
  }
  return times;
}

}  // namespace tidemark
