// A run of `reproduce` for programs: schema "tidemark.reproduce/1", and "tidemark.endpoints/1".
#pragma once

#include "report/text_sink.h"
#include "reproduce/endpoints.h"
#include "reproduce/reproduction.h"

namespace tidemark {

// Sizes are bytes, times are seconds since 1970. What is not known is null.
void write_reproduction_json(TextSink& sink, const Reproduction& found);
void write_endpoints_json(TextSink& sink, const EndpointTable& table);
// The samples as `tidemark verdict` reads them.
void write_series_csv(TextSink& sink, const MemorySeries& series);

}  // namespace tidemark
