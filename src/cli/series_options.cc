#include "cli/series_options.h"

#include <cerrno>
#include <system_error>

namespace tidemark {

void add_series_options(Options& app, SeriesOptions& options) {
  app.add_option("--quota", options.quota_bytes,
                 "memory that may be used: 512MB, 1GiB (default: as found)")
      .option_text("SIZE")
      .as_size()
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

std::string errno_text() { return std::generic_category().message(errno); }

}  // namespace tidemark
