#include "report/raster.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace tidemark {
namespace {

constexpr int kMostSide = 8000;
constexpr int kSubRows = 5;  // sampled in each row of pixels; within a row coverage is exact

void append_number(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

void append_chunk(std::string& out, std::string_view type, std::string_view content) {
  append_number(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t begin = out.size();
  out += type;
  out += content;
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + begin);
  append_number(out,
                static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(out.size() - begin))));
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data()), &size,
            reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()), 9);
  out.resize(size);
  return out;
}

}  // namespace

Raster::Raster(int width, int height)
    : width_(std::clamp(width, 1, kMostSide)),
      height_(std::clamp(height, 1, kMostSide)),
      pixels_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * 3, 255),
      coverage_(static_cast<std::size_t>(width_)) {}

// Adds the part of each pixel between two places of a row.
void Raster::cover(double from, double to, double weight) {
  from = std::clamp(from, 0.0, static_cast<double>(width_));
  to = std::clamp(to, 0.0, static_cast<double>(width_));
  if (to <= from) return;
  const auto first = static_cast<std::size_t>(from);
  const auto last = std::min(static_cast<std::size_t>(to), coverage_.size() - 1);
  if (first == last) {
    coverage_[first] += weight * (to - from);
    return;
  }
  coverage_[first] += weight * (static_cast<double>(first) + 1 - from);
  for (std::size_t x = first + 1; x < last; ++x) coverage_[x] += weight;
  coverage_[last] += weight * (to - static_cast<double>(last));
}

void Raster::cover_row(const std::vector<Edge>& edges, double y) {
  std::vector<std::pair<double, int>> crossings;
  for (const Edge& edge : edges) {
    if (y < edge.top || y >= edge.bottom) continue;
    crossings.emplace_back(edge.x + (y - edge.top) * edge.slope, edge.winding);
  }
  std::sort(crossings.begin(), crossings.end());
  int winding = 0;
  for (std::size_t i = 0; i + 1 < crossings.size(); ++i) {
    winding += crossings[i].second;
    if (winding != 0) cover(crossings[i].first, crossings[i + 1].first, 1.0 / kSubRows);
  }
}

void Raster::blend_row(int row, Color color) {
  const std::array<double, 3> paint = {static_cast<double>(color.red),
                                       static_cast<double>(color.green),
                                       static_cast<double>(color.blue)};
  std::uint8_t* pixel =
      pixels_.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) * 3;
  for (const double covered : coverage_) {
    const double share = std::min(covered, 1.0) * color.opacity;
    for (std::size_t channel = 0; channel < 3; ++channel, ++pixel) {
      if (share <= 0) continue;
      *pixel = static_cast<std::uint8_t>(
          std::lround(static_cast<double>(*pixel) * (1 - share) + paint[channel] * share));
    }
  }
}

void Raster::fill(const std::vector<std::vector<Point>>& polygons, Color color) {
  std::vector<Edge> edges;
  for (const auto& polygon : polygons) {
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      Point a = polygon[i];
      Point b = polygon[(i + 1) % polygon.size()];
      if (!(std::isfinite(a.x) && std::isfinite(a.y) && std::isfinite(b.x) && std::isfinite(b.y)) ||
          a.y == b.y) {
        continue;
      }
      const int winding = a.y < b.y ? 1 : -1;
      if (winding < 0) std::swap(a, b);
      edges.push_back({a.y, b.y, a.x, (b.x - a.x) / (b.y - a.y), winding});
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.top < b.top; });
  std::vector<Edge> active;
  std::size_t next = 0;
  for (int row = 0; row < height_ && (next < edges.size() || !active.empty()); ++row) {
    while (next < edges.size() && edges[next].top < row + 1) active.push_back(edges[next++]);
    std::erase_if(active, [&](const Edge& edge) { return edge.bottom <= row; });
    if (active.empty()) continue;
    std::fill(coverage_.begin(), coverage_.end(), 0.0);
    for (int part = 0; part < kSubRows; ++part) cover_row(active, row + (part + 0.5) / kSubRows);
    blend_row(row, color);
  }
}

std::string Raster::png() const {
  std::string rows;
  const std::size_t stride = static_cast<std::size_t>(width_) * 3;
  rows.reserve((stride + 1) * static_cast<std::size_t>(height_));
  for (int y = 0; y < height_; ++y) {
    rows += '\0';  // no filter
    rows.append(
        reinterpret_cast<const char*>(pixels_.data()) + static_cast<std::size_t>(y) * stride,
        stride);
  }
  std::string out = "\x89PNG\r\n\x1a\n";
  std::string header;
  append_number(header, static_cast<std::uint32_t>(width_));
  append_number(header, static_cast<std::uint32_t>(height_));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", deflated(rows));
  append_chunk(out, "IEND", {});
  return out;
}

}  // namespace tidemark
