// What documents say of load that was sent and of growth by the request.
#pragma once

#include "reproduce/growth.h"
#include "reproduce/load/load_generator.h"
#include "schema/fields.h"

namespace tidemark {

// Answered in a second; 0 when nothing was sent.
double requests_per_second(const LoadTotals& load);

// That `part` (0 to 1) of the answers took at most; with 1, the longest.
double latency_seconds(const LoadTotals& load, double part);

// The same for `times` as many requests.
Estimate scaled(const Estimate& estimate, double times);

void describe(Fields& fields, const LoadTotals& load);
// Of bytes.
void describe(Fields& fields, const GrowthTrend& growth);

}  // namespace tidemark
