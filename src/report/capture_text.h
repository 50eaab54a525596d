// How `capture` answers.
#pragma once

#include <string>

#include "answers/live/allocation_tracing.h"
#include "answers/live/capture.h"
#include "report/style.h"

namespace tidemark {

std::string capture_text(const CaptureAnswer& answer, const TextStyle& style);
// What follows the last of several.
std::string capture_text(const CaptureSeriesAnswer& answer);
std::string capture_text(const CapturePlanAnswer& answer, const TextStyle& style);
std::string allocation_tracing_text(const AllocationTracingAnswer& answer);
// Of several processes that are called `target` the first is taken.
std::string chosen_text(const std::vector<RuntimeProcess>& candidates, const std::string& target,
                        const TextStyle& style);

}  // namespace tidemark
