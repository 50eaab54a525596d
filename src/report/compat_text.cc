#include "report/compat_text.h"

#include <fmt/format.h>

#include "base/units.h"
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

std::string three_dump_text(const ThreeDumpAnswer& answer) {
  std::string out;
  for (const LeakedObjects& leaked : answer.leaked) {
    out += fmt::format("Leaked {} {} objects of size {}/{} at: {}:{}\n", leaked.objects,
                       leaked.type, leaked.content_bytes, leaked.bytes, leaked.file.value_or(""),
                       leaked.line ? fmt::format("{}", *leaked.line) : "");
  }
  return out + fmt::format("\n\nTotal Size: {}/{}\n", answer.content_bytes, answer.bytes);
}

std::string devtools_comparison_text(const DevtoolsComparisonAnswer& answer,
                                     const TextStyle& style) {
  Table table({number_column("# NEW"), number_column("# DELETED"), number_column("# DELTA"),
               number_column("ALLOC. SIZE"), number_column("FREED SIZE"),
               number_column("SIZE DELTA"), name_column("CONSTRUCTOR")});
  for (const ComparedConstructor& row : answer.constructors) {
    table.add_row({plain_count(row.new_objects), plain_count(row.deleted_objects),
                   difference(row.new_objects, row.deleted_objects), plain_count(row.new_bytes),
                   plain_count(row.deleted_bytes), difference(row.new_bytes, row.deleted_bytes),
                   row.constructor});
  }
  return table.print(style);
}

}  // namespace tidemark
