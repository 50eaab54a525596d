// Comparisons in the words of other tools, line for line.
#pragma once

#include <string>

#include "answers/heap/devtools_comparison.h"
#include "answers/heap/three_dump_method.h"
#include "report/style.h"

namespace tidemark {

// As the well-known script writes it: names stand as they are in the dump.
std::string three_dump_text(const ThreeDumpAnswer& answer);

std::string devtools_comparison_text(const DevtoolsComparisonAnswer& answer,
                                     const TextStyle& style);

}  // namespace tidemark
