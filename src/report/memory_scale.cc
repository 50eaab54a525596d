#include "report/memory_scale.h"

#include <cmath>
#include <initializer_list>

namespace tidemark {

MemoryScale memory_scale(double most) {
  const double power = std::pow(10, std::floor(std::log10(most / 5)));
  MemoryScale scale;
  for (const double step : {1.0, 2.0, 2.5, 5.0, 10.0, 20.0}) {
    scale.step = step * power;
    if (most * 1.04 / scale.step <= 6) break;
  }
  scale.top = scale.step * std::ceil(most * 1.04 / scale.step);
  return scale;
}

}  // namespace tidemark
