// How a number that was inferred stands in a document, with its interval. Its unit stands in the
// name of the field that holds it: "growth_bytes_per_hour".
#pragma once

#include "schema/fields.h"
#include "verdict/verdict.h"

namespace tidemark {

void describe(Fields& fields, const Estimate& estimate);

}  // namespace tidemark
