#include "cli/series_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/quantities.h"
#include "cli/command_parser.h"

namespace tidemark {

void add_series_options(Options& app, SeriesOptions& options) {
  app.add_option("--quota", options.quota,
                 "memory that may be used: 512MB, 1GiB (default: as found)")
      .option_text("SIZE")
      .take_last();
  app.add_option("--workers", options.workers,
                 "processes that share the work, to say how many fit (default: as found)")
      .option_text("N")
      .check(whole_number(1, 10000))
      .take_last();
  app.add_option("--speedup", options.speedup,
                 "one second stands for N of production, for a load test (default: 1)")
      .option_text("N")
      .check(number_between(1e-3, 1e6))
      .take_last();
}

Result<void> prepare_series(SeriesSet& set, const SeriesOptions& options,
                            const std::vector<std::string>& names) {
  double quota = 0;
  if (!options.quota.empty()) {
    const auto parsed = parse_bytes(options.quota);
    if (!parsed) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no size", options.quota),
                  "for instance --quota 512MB");
    }
    quota = static_cast<double>(*parsed);
  }
  for (const std::string& name : names) {
    const bool known = std::any_of(set.series.begin(), set.series.end(),
                                   [&](const MemorySeries& series) { return series.name == name; });
    if (known) continue;
    std::string there;
    for (const MemorySeries& series : set.series) {
      if (there.size() > 60) break;
      there += (there.empty() ? "" : ", ") + series.name;
    }
    return fail(ErrorCode::kNotFound, fmt::format("no series '{}'", name), "there is: " + there);
  }
  std::erase_if(set.series, [&](const MemorySeries& series) {
    return !names.empty() && std::find(names.begin(), names.end(), series.name) == names.end();
  });
  for (MemorySeries& series : set.series) {
    if (quota > 0) series.quota = quota;
    if (options.workers == 0) continue;
    for (MemorySample& sample : series.samples) sample.workers = options.workers;
  }
  return {};
}

std::string errno_text() { return std::generic_category().message(errno); }

}  // namespace tidemark
