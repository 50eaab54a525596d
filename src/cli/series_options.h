// What a user says about series that the samples do not: shared by `verdict` and `watch`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "series/series.h"

namespace tidemark {

struct SeriesOptions {
  std::string quota;          // as written: "512MB", "1GiB"
  std::uint32_t workers = 0;  // 0: as the series says
  double speedup = 1;
};

// `options` must outlive the parsing.
void add_series_options(Options& app, SeriesOptions& options);

// Puts the options into every series, and keeps those with one of the names (all when there are
// none). Errors: kUsage, kNotFound for a name that no series has.
Result<void> prepare_series(SeriesSet& set, const SeriesOptions& options,
                            const std::vector<std::string>& names);

// The system's words for errno.
std::string errno_text();

}  // namespace tidemark
