#include "runtimes/gc_stats.h"

#include <fmt/format.h>

namespace tidemark {

std::string gc_stats_json(const GcStats& stats) {
  std::string out =
      fmt::format(R"({{"runtime":"{}","version":"{}")", runtime_word(stats.runtime), stats.version);
  const auto number = [&](const char* name, std::optional<std::uint64_t> value) {
    if (value) out += fmt::format(R"(,"{}":{})", name, *value);
  };
  number("after_gc_bytes", stats.after_gc_bytes);
  number("used_bytes", stats.used_bytes);
  number("heap_bytes", stats.heap_bytes);
  number("old_objects", stats.old_objects);
  number("old_bytes", stats.old_bytes);
  number("malloc_increase_bytes", stats.malloc_increase_bytes);
  number("oldmalloc_increase_bytes", stats.oldmalloc_increase_bytes);
  number("external_bytes", stats.external_bytes);
  number("malloced_bytes", stats.malloced_bytes);
  number("minor_collections", stats.minor_collections);
  number("major_collections", stats.major_collections);
  out += R"(,"all":{)";
  for (std::size_t i = 0; i < stats.all.size(); ++i) {
    out += fmt::format(R"({}"{}":{})", i == 0 ? "" : ",", stats.all[i].first, stats.all[i].second);
  }
  return out + "}}\n";
}

}  // namespace tidemark
