#include "cli/series_options.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "sources/amount_cell.h"

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

void add_table_options(Options& app, TableArguments& arguments) {
  app.add_option("--column", arguments.columns,
                 "what a column of a table is: time, memory, swap, requests, rpm, workers, event, "
                 "quota, heap, name or ignore")
      .option_text("COLUMN=ROLE");
  app.add_option("--unit", arguments.unit, "of numbers that nothing gives a unit: MB")
      .option_text("UNIT")
      .check(one_of({"bytes", "kB", "KiB", "MB", "MiB", "GB", "GiB"}))
      .take_last();
  app.add_option("--date-order", arguments.date_order,
                 "whether 03/02 is in February or in March: day-first or month-first")
      .option_text("ORDER")
      .check(one_of({"day-first", "month-first"}))
      .take_last();
}

Result<TableOptions> table_options(const TableArguments& arguments) {
  TableOptions options{.columns = {}, .unit = unit_in_bytes(arguments.unit)};
  for (const std::string& text : arguments.columns) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is not COLUMN=ROLE", text),
                  "for instance --column rss=memory");
    }
    options.columns.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  if (arguments.date_order == "day-first") options.date_order = DateOrder::kDayFirst;
  if (arguments.date_order == "month-first") options.date_order = DateOrder::kMonthFirst;
  return options;
}

std::string errno_text() { return std::generic_category().message(errno); }

}  // namespace tidemark
