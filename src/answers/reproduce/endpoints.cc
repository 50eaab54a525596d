#include "answers/reproduce/endpoints.h"

#include <optional>

#include "answers/estimate.h"
#include "answers/reproduce/load_fields.h"

namespace tidemark {

static void describe(Fields& fields, const EndpointCost& cost) {
  fields.record("Endpoint", "What a request to an endpoint costs, measured in a fresh process.");
  fields("endpoint", cost.name, "method and path: GET /search?q={a,b}");
  fields("failure", cost.failure.empty() ? std::nullopt : std::optional(cost.failure),
         "why it could not be measured");
  fields("requests", cost.requests, "that were answered between the first and the last look");
  fields("kept_bytes_per_request",
         cost.kept.points >= 2 ? std::optional(cost.kept.per_request) : std::nullopt,
         "live bytes that stay after each; null: no heap could be taken");
  fields("allocated_bytes_per_request", cost.allocated_bytes, "Node.js: by sampling");
  fields("allocated_objects_per_request", cost.allocated_objects, "Ruby: as Ruby counts them");
  fields("memory_before_bytes", cost.before, "of the app at rest, after its first requests");
  fields("memory_after_bytes", cost.after, "at rest, after the last one");
  fields("memory_peak_bytes", cost.peak, "the most under load");
  fields("load", cost.load, "what was sent");
}

Result<EndpointsAnswer> answer(const EndpointsRequest& request, Monitor& monitor) {
  auto prepared = prepare(request.app);
  if (!prepared) return std::unexpected(prepared.error());
  auto table = measure_endpoints(prepared->settings, monitor);
  if (!table) return std::unexpected(table.error());
  return EndpointsAnswer{.notices = std::move(prepared->notices),
                         .folder = std::move(prepared->folder),
                         .table = std::move(*table)};
}

void describe(Fields& fields, const EndpointsAnswer& answer) {
  fields.document("endpoints", 2, "What a request to each endpoint costs in memory.",
                  answer.notices);
  fields("folder", answer.folder, "with the app's output and this document");
  fields("interrupted", answer.table.interrupted, "the rest was not measured");
  fields("endpoints", answer.table.endpoints, "most kept bytes first, then most at the peak");
}

}  // namespace tidemark
