#include "report/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/raster.h"
#include "report/stroke_font.h"
#include "report/utf8.h"

namespace tidemark {
namespace {

constexpr double kDash = 6;
constexpr double kGap = 4;

std::vector<char32_t> characters_of(std::string_view words) {
  std::vector<char32_t> out;
  while (!words.empty()) {
    const Utf8Character character = decode_utf8(words);
    if (character.code >= U' ' && character.code != 0x7F) out.push_back(character.code);
    words.remove_prefix(character.length);
  }
  return out;
}

std::string escape_xml(std::string_view words) {
  std::string out;
  for (const char32_t character : characters_of(words)) {
    if (character == U'<') {
      out += "&lt;";
    } else if (character == U'>') {
      out += "&gt;";
    } else if (character == U'&') {
      out += "&amp;";
    } else if (character == U'"') {
      out += "&quot;";
    } else {
      append_utf8(out, character);
    }
  }
  return out;
}

std::string paint_of(std::string_view attribute, Color color) {
  std::string out =
      fmt::format("{}=\"#{:02x}{:02x}{:02x}\"", attribute, color.red, color.green, color.blue);
  if (color.opacity < 1) out += fmt::format(" {}-opacity=\"{:.2f}\"", attribute, color.opacity);
  return out;
}

std::string points_text(const std::vector<Point>& points) {
  std::string out;
  for (const Point& point : points) {
    if (!out.empty()) out += ' ';
    out += fmt::format("{:.1f},{:.1f}", point.x, point.y);
  }
  return out;
}

std::string_view anchor_name(Anchor anchor) {
  if (anchor == Anchor::kStart) return "start";
  return anchor == Anchor::kMiddle ? "middle" : "end";
}

// Polygons that a pen of this width covers along a line. All turn the same way.
void add_stroke(std::vector<std::vector<Point>>& polygons, const std::vector<Point>& points,
                double width) {
  const double half = width / 2;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i + 1 < points.size()) {
      const Point a = points[i];
      const Point b = points[i + 1];
      const double length = std::hypot(b.x - a.x, b.y - a.y);
      if (!(length > 0)) continue;
      const double x = -(b.y - a.y) / length * half;
      const double y = (b.x - a.x) / length * half;
      polygons.push_back(
          {{a.x + x, a.y + y}, {a.x - x, a.y - y}, {b.x - x, b.y - y}, {b.x + x, b.y + y}});
    }
    // Round joints.
    const double r = half * 0.92;
    const double d = r * 0.7;
    const Point p = points[i];
    polygons.push_back({{p.x + r, p.y},
                        {p.x + d, p.y + d},
                        {p.x, p.y + r},
                        {p.x - d, p.y + d},
                        {p.x - r, p.y},
                        {p.x - d, p.y - d},
                        {p.x, p.y - r},
                        {p.x + d, p.y - d}});
  }
}

std::vector<std::vector<Point>> dashes_of(const std::vector<Point>& points, double scale) {
  std::vector<std::vector<Point>> out;
  double left = kDash * scale;
  bool drawing = true;
  std::vector<Point> dash;
  for (std::size_t i = 0; i + 1 < points.size() && out.size() < 100000; ++i) {
    Point at = points[i];
    const Point to = points[i + 1];
    double rest = std::hypot(to.x - at.x, to.y - at.y);
    if (drawing && dash.empty()) dash.push_back(at);
    while (rest >= left && out.size() < 100000) {
      const double part = left / rest;
      at = {at.x + (to.x - at.x) * part, at.y + (to.y - at.y) * part};
      rest -= left;
      if (drawing) {
        dash.push_back(at);
        out.push_back(std::move(dash));
        dash.clear();
      } else {
        dash = {at};
      }
      drawing = !drawing;
      left = (drawing ? kDash : kGap) * scale;
    }
    left -= rest;
    if (drawing) dash.push_back(to);
  }
  if (drawing && dash.size() > 1) out.push_back(std::move(dash));
  return out;
}

void draw_words(Raster& raster, std::string_view words, Point at, double size, Color color) {
  const double unit = size / kGlyphHeight * 0.95;
  std::vector<std::vector<Point>> polygons;
  for (const char32_t character : characters_of(words)) {
    std::vector<Point> stroke;
    const std::string_view strokes = glyph_strokes(character);
    for (std::size_t i = 0; i < strokes.size();) {
      if (strokes[i] == ' ') {
        add_stroke(polygons, stroke, size * 0.095);
        stroke.clear();
        ++i;
        continue;
      }
      stroke.push_back({at.x + (strokes[i] - '0') * unit,
                        at.y - (strokes[i + 1] - '0' - kGlyphBaseline) * unit});
      i += 2;
    }
    add_stroke(polygons, stroke, size * 0.095);
    at.x += kGlyphAdvance * unit;
  }
  raster.fill(polygons, color);
}

}  // namespace

void Picture::line(std::vector<Point> points, Color color, double width, bool dashed) {
  if (points.size() < 2) return;
  items_.push_back({.kind = Kind::kLine,
                    .points = std::move(points),
                    .color = color,
                    .size = width,
                    .dashed = dashed,
                    .anchor = Anchor::kStart,
                    .words = {}});
}

void Picture::area(std::vector<Point> points, Color color) {
  items_.push_back({.kind = Kind::kArea,
                    .points = std::move(points),
                    .color = color,
                    .size = 1,
                    .dashed = false,
                    .anchor = Anchor::kStart,
                    .words = {}});
}

void Picture::text(Point at, std::string_view words, double size, Color color, Anchor anchor) {
  items_.push_back({.kind = Kind::kText,
                    .points = {at},
                    .color = color,
                    .size = size,
                    .dashed = false,
                    .anchor = anchor,
                    .words = std::string(words)});
}

double Picture::text_width(std::string_view words, double size) {
  return static_cast<double>(characters_of(words).size()) * kGlyphAdvance * size / kGlyphHeight *
         0.95;
}

std::string Picture::svg() const {
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"system-ui, sans-serif\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
      width_, height_);
  for (const Item& item : items_) {
    switch (item.kind) {
      case Kind::kLine:
        out += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" {} stroke-width=\"{:.1f}\" "
            "stroke-linejoin=\"round\"{}/>\n",
            points_text(item.points), paint_of("stroke", item.color), item.size,
            item.dashed ? fmt::format(" stroke-dasharray=\"{} {}\"", kDash, kGap) : std::string());
        break;
      case Kind::kArea:
        out += fmt::format("<polygon points=\"{}\" {}/>\n", points_text(item.points),
                           paint_of("fill", item.color));
        break;
      case Kind::kText:
        out += fmt::format(
            "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.0f}\" {} "
            "text-anchor=\"{}\">{}</text>\n",
            item.points[0].x, item.points[0].y, item.size, paint_of("fill", item.color),
            anchor_name(item.anchor), escape_xml(item.words));
        break;
    }
  }
  return out + "</svg>\n";
}

std::string Picture::png(double scale) const {
  Raster raster(static_cast<int>(width_ * scale), static_cast<int>(height_ * scale));
  for (const Item& item : items_) {
    std::vector<Point> points = item.points;
    for (Point& point : points) point = {point.x * scale, point.y * scale};
    std::vector<std::vector<Point>> polygons;
    if (item.kind == Kind::kArea) {
      polygons.push_back(std::move(points));
      raster.fill(polygons, item.color);
    } else if (item.kind == Kind::kLine) {
      if (item.dashed) {
        for (const auto& dash : dashes_of(points, scale)) {
          add_stroke(polygons, dash, item.size * scale);
        }
      } else {
        add_stroke(polygons, points, item.size * scale);
      }
      raster.fill(polygons, item.color);
    } else {
      const double width = text_width(item.words, item.size) * scale;
      Point at = points[0];
      if (item.anchor == Anchor::kMiddle) at.x -= width / 2;
      if (item.anchor == Anchor::kEnd) at.x -= width;
      draw_words(raster, item.words, at, item.size * scale, item.color);
    }
  }
  return raster.png();
}

}  // namespace tidemark
