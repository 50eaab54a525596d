// Memory over time in JSON: what monitoring servers answer, and lines of JSON that apps log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sources/table_rows.h"

namespace tidemark {

// Whether a text begins as a JSON document, or as lines that are one each.
bool looks_like_json(std::string_view head);

// The samples in it, as a table. Known: a Prometheus query_range answer (or /query of a range),
// Graphite, Datadog, CloudWatch (get-metric-statistics, get-metric-data), InfluxDB, Netdata; lists
// of objects with a time, which dashboards export and apps log as JSON lines, whose nested members
// become "memory.rss". Errors: kNotADump where nothing of that is in it, kDamaged for what is no
// JSON; of lines those that are none are skipped, `damaged` counts them.
Result<MemoryTable> table_of_json(std::string_view text, std::size_t& damaged);

// The lines of text that lines of JSON carry, each behind its time: what a log shipper wrapped.
// Empty where they carry none.
std::string text_in_json_lines(std::string_view text);

}  // namespace tidemark
