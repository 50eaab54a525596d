// Verdicts for programs: schema "tidemark.verdict/1".
#pragma once

#include <string>
#include <vector>

#include "report/text_sink.h"
#include "report/verdict_text.h"

namespace tidemark {

// Sizes are bytes, times are seconds since 1970, durations are hours; what is not known is null.
void write_verdicts_json(TextSink& sink, const std::string& input,
                         const std::vector<std::string>& notes,
                         const std::vector<JudgedSeries>& judged);

}  // namespace tidemark
