// The frame of a picture of memory over time: where it stands, its lines of sizes, its legend.
#pragma once

#include <string>
#include <vector>

#include "report/memory_scale.h"
#include "report/picture.h"

namespace tidemark {

inline constexpr Color kInk = {33, 37, 41};
inline constexpr Color kQuiet = {108, 117, 125};

struct LegendEntry {
  std::string words;
  Color color;
};

// Pixels from the picture's upper left corner.
struct MemoryFrame {
  double width = 1100;
  double height = 560;
  double left = 84;
  double right = 1072;
  double top = 92;
  double bottom = 494;
  MemoryScale scale = {};

  [[nodiscard]] double x(double part) const { return left + part * (right - left); }
  [[nodiscard]] double y(double bytes) const { return bottom - bytes / scale.top * (bottom - top); }

  void draw_sizes(Picture& picture) const;
  // Below the frame, from the left.
  void draw_legend(Picture& picture, const std::vector<LegendEntry>& entries) const;
};

}  // namespace tidemark
