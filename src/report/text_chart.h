// Memory over time in a terminal: columns of block characters, the quota as a line, marks for
// events.
//
//   512 MB ┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ quota
//          │            ▂▄▅▆▇
//   256 MB ┤     ▃▅▆▇████████
//          │▂▄▆██████████████
//     0 MB ┼──────────R─────D
//           14:02       20:11
#pragma once

#include <cstddef>
#include <string>

#include "report/style.h"
#include "series/series.h"

namespace tidemark {

struct TextChartOptions {
  std::size_t width = 78;  // of a whole line
  std::size_t height = 8;  // rows of the drawing, without the two of the axis
  double from = 0;         // times; both 0: all of the series
  double to = 0;
};

// Lines with a newline each. Empty when there is nothing to draw. Samples in order of time.
std::string text_chart(const MemorySeries& series, const TextChartOptions& options,
                       const TextStyle& style);

}  // namespace tidemark
