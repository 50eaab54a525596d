// The first screen of a summary: what is in here, and what to look at next.
#pragma once

#include <string>

#include "report/summary_text.h"

namespace tidemark {

// The answer must have everything: nothing asked for alone.
std::string summary_overview(const SummaryAnswer& answer, const SummaryTextOptions& options,
                             const TextStyle& style);

}  // namespace tidemark
