// What a user says about series that the samples do not: shared by `verdict`, `watch`,
// `size` and `simulate`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "sources/csv_series.h"

namespace tidemark {

struct SeriesOptions {
  double quota_bytes = 0;     // 0: as the series says
  std::uint32_t workers = 0;  // the same
  double speedup = 1;
};

// `options` must outlive the parsing.
void add_series_options(Options& app, SeriesOptions& options);

// What a user says of a table that its names and cells do not.
struct TableArguments {
  std::vector<std::string> columns;  // COLUMN=ROLE
  std::string unit;
  std::string date_order;
};

void add_table_options(Options& app, TableArguments& arguments);

// Errors: kUsage for what is not COLUMN=ROLE.
Result<TableOptions> table_options(const TableArguments& arguments);

// The system's words for errno.
std::string errno_text();

}  // namespace tidemark
