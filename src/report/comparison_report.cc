#include "report/comparison_report.h"

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "report/safe_text.h"
#include "report/table.h"

namespace tidemark {
namespace {

std::string plain_count(std::uint64_t count) {
  return format_count(static_cast<std::int64_t>(count));
}

std::string difference(std::uint64_t more, std::uint64_t less) {
  return format_signed_count(static_cast<std::int64_t>(more) - static_cast<std::int64_t>(less));
}

}  // namespace

std::string comparison_report(const Diff& diff, const Grouping& grouping, const TextStyle& style) {
  std::vector<const GroupChange*> rows;
  for (const GroupChange& change : diff.groups) {
    if (change.born_last > 0 || change.died_last > 0) rows.push_back(&change);
  }
  std::ranges::sort(rows, [](const GroupChange* a, const GroupChange* b) {
    if (a->born_last_bytes != b->born_last_bytes) return a->born_last_bytes > b->born_last_bytes;
    if (a->died_last_bytes != b->died_last_bytes) return a->died_last_bytes > b->died_last_bytes;
    return a->group < b->group;
  });
  Table table({number_column("# NEW"), number_column("# DELETED"), number_column("# DELTA"),
               number_column("ALLOC. SIZE"), number_column("FREED SIZE"),
               number_column("SIZE DELTA"), name_column("CONSTRUCTOR")});
  for (const GroupChange* row : rows) {
    table.add_row({plain_count(row->born_last), plain_count(row->died_last),
                   difference(row->born_last, row->died_last), plain_count(row->born_last_bytes),
                   plain_count(row->died_last_bytes),
                   difference(row->born_last_bytes, row->died_last_bytes),
                   grouping.key(row->group).class_name});
  }
  return table.print(style);
}

}  // namespace tidemark
