#include "answers/heap/read_notices.h"

#include <fmt/format.h>

#include <utility>

#include "base/units.h"

namespace tidemark {

std::string dump_name(const std::string& path, std::size_t index, std::size_t count) {
  const std::string name = path == "-" ? "standard input" : path;
  return count > 1 ? fmt::format("{}#{}", name, index + 1) : name;
}

std::vector<Notice> read_notices(const std::string& name, const ReadReport& report) {
  std::vector<Notice> notices;
  const auto add = [&](std::string code, std::string message) -> Notice& {
    return notices.emplace_back(Notice{.code = std::move(code),
                                       .message = std::move(message),
                                       .file = name,
                                       .offset = {},
                                       .hint = {}});
  };
  if (report.damaged_lines > 0) {
    add("damaged_lines",
        fmt::format("{} left out as damaged; the first at byte {}: {}",
                    plural(report.damaged_lines, "line"),
                    format_count(static_cast<std::int64_t>(report.first_damaged_offset)),
                    report.first_damage))
        .offset = report.first_damaged_offset;
  }
  if (report.duplicate_addresses > 0) {
    add("duplicate_addresses",
        fmt::format("{} of an address that came before; the first of each was taken",
                    plural(report.duplicate_addresses, "record")));
  }
  if (!report.has_roots) {
    add("no_roots",
        "no ROOT records (a dump made with since:, or a part of one), so nothing is known of "
        "what is reachable");
  }
  return notices;
}

Notice several_dumps_notice(const std::string& path, std::size_t count) {
  return {.code = "several_dumps",
          .message = fmt::format("holds {} dumps; this is about the last of them", count),
          .file = dump_name(path, 0, 1),
          .offset = {},
          .hint = {}};
}

}  // namespace tidemark
