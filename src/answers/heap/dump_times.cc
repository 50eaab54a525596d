#include "answers/heap/dump_times.h"

#include <fmt/format.h>

#include <algorithm>

namespace tidemark {
namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kNanoseconds = 1e9;

// Empty where they say nothing: copies and pipes have no time of their own.
std::vector<double> seconds_of_files(const std::vector<std::int64_t>& file_times_ns) {
  constexpr double kApart = 60;
  std::vector<double> seconds;
  for (const std::int64_t time : file_times_ns) {
    const double second = static_cast<double>(time) / kNanoseconds;
    if (second <= 0 || (!seconds.empty() && second - seconds.back() < kApart)) return {};
    seconds.push_back(second);
  }
  return seconds;
}

}  // namespace

Result<DumpTimes> dump_times(const std::vector<double>& asked,
                             const std::vector<std::int64_t>& file_times_ns) {
  if (!asked.empty() && asked.size() != file_times_ns.size()) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} times for {} dumps", asked.size(), file_times_ns.size()),
                "give one for each dump; a stream may hold several");
  }
  const std::vector<double> seconds = asked.empty() ? seconds_of_files(file_times_ns) : asked;
  if (seconds.size() < 2) return DumpTimes{};
  if (!std::ranges::is_sorted(seconds) || seconds.back() <= seconds.front()) {
    return fail(ErrorCode::kUsage, "the times of the dumps do not go up",
                "give the dumps and their times in the order of time");
  }
  DumpTimes times{.hours = {}, .from = asked.empty() ? TimesFrom::kFiles : TimesFrom::kRequest};
  for (const double second : seconds) {
    times.hours.push_back((second - seconds.front()) / kSecondsPerHour);
  }
  return times;
}

}  // namespace tidemark
