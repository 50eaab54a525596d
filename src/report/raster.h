// Fills areas of a bitmap with soft edges, and packs the bitmap as PNG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/picture.h"

namespace tidemark {

class Raster {
 public:
  // White. At most 64 million pixels; sizes are clipped to that.
  Raster(int width, int height);

  // Fills what the polygons surround together (each closed by itself, all turning the same way
  // where they may overlap).
  void fill(const std::vector<std::vector<Point>>& polygons, Color color);

  [[nodiscard]] std::string png() const;

 private:
  struct Edge {
    double top;
    double bottom;
    double x;      // at the top
    double slope;  // x for each y
    int winding;
  };

  void cover_row(const std::vector<Edge>& edges, double y);
  void cover(double from, double to, double weight);
  void blend_row(int row, Color color);

  int width_;
  int height_;
  std::vector<std::uint8_t> pixels_;  // red, green, blue
  std::vector<double> coverage_;      // of the row at hand
};

}  // namespace tidemark
