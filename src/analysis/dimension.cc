#include "analysis/dimension.h"

#include <algorithm>

namespace tidemark {

std::optional<Dimension> dimension_named(std::string_view name) {
  const auto place = std::ranges::find(kDimensionNames, name);
  if (place == kDimensionNames.end()) return std::nullopt;
  return static_cast<Dimension>(place - kDimensionNames.begin());
}

}  // namespace tidemark
