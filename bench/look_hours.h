// When evaluations of the verdict look at a series, so that what they measure can be compared.
#pragma once

#include <vector>

namespace tidemark {

// Hours after its begin: every half hour, then every hour, every second one from the twelfth to 72.
inline std::vector<double> look_hours() {
  std::vector<double> hours = {0.5, 1, 1.5};
  for (int hour = 2; hour < 12; ++hour) hours.push_back(hour);
  for (int hour = 12; hour <= 72; hour += 2) hours.push_back(hour);
  return hours;
}

}  // namespace tidemark
