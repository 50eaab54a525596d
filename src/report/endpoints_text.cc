#include "report/endpoints_text.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "answers/reproduce/load_fields.h"
#include "base/units.h"
#include "report/latency_text.h"
#include "report/safe_text.h"
#include "report/table.h"
#include "report/wrap.h"

namespace tidemark {
namespace {

std::string bytes(double value) { return format_bytes(std::llround(value)); }

std::string allocated_text(const EndpointCost& cost) {
  if (cost.allocated_bytes) return bytes(*cost.allocated_bytes);
  if (cost.allocated_objects) return fmt::format("{:.0f} objects", *cost.allocated_objects);
  return "-";
}

}  // namespace

std::string endpoints_text(const EndpointsAnswer& answer, const TextStyle& style) {
  Table out({number_column("KEPT"), number_column("ALLOCATED"), number_column("PEAK"),
             number_column("AT REST"), number_column("GREW"), number_column("REQUESTS"),
             number_column("HALF TOOK"), name_column("ENDPOINT")});
  for (const EndpointCost& one : answer.table.endpoints) {
    if (!one.failure.empty()) continue;
    const bool kept = one.kept.points >= 2;
    out.add_row({kept ? bytes(one.kept.per_request.value) : "-", allocated_text(one),
                 bytes(one.peak - one.before), bytes(one.after), bytes(one.after - one.before),
                 format_count(static_cast<std::int64_t>(one.requests)),
                 latency_text(latency_seconds(one.load, 0.5)), safe_text(one.name)});
  }
  std::string text = out.print(style) + "\n";
  text += wrap(
      "KEPT: live bytes that stay after each request. ALLOCATED: bytes, or objects, for each "
      "request. "
      "PEAK: the most above the level at rest that the app had, under this load. GREW: by how much "
      "it was larger at rest afterwards. Each endpoint in a fresh process.");
  for (const EndpointCost& one : answer.table.endpoints) {
    if (!one.failure.empty()) text += wrap(safe_text(fmt::format("{}: {}", one.name, one.failure)));
  }
  if (answer.table.interrupted) text += wrap("Interrupted: the rest was not measured.");
  return text;
}

}  // namespace tidemark
