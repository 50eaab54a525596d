// What a user says about series that the samples do not: shared by `verdict` and `watch`.
#pragma once

#include <cstdint>
#include <string>

#include "cli/options.h"

namespace tidemark {

struct SeriesOptions {
  double quota_bytes = 0;     // 0: as the series says
  std::uint32_t workers = 0;  // the same
  double speedup = 1;
};

// `options` must outlive the parsing.
void add_series_options(Options& app, SeriesOptions& options);

// The system's words for errno.
std::string errno_text();

}  // namespace tidemark
