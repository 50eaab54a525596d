// A drawing of lines, areas and words, written as SVG or as PNG.
//
// The PNG is drawn here, with letters made of strokes, so that it needs neither fonts nor libraries
// on the machine: on a server there are none. Characters that it has no strokes for are boxes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  double opacity = 1;
};

struct Point {
  double x = 0;  // to the right
  double y = 0;  // down
};

enum class Anchor : std::uint8_t { kStart, kMiddle, kEnd };

class Picture {
 public:
  // In pixels of the SVG; the PNG has `scale` pixels for each.
  Picture(double width, double height) : width_(width), height_(height) {}

  void line(std::vector<Point> points, Color color, double width, bool dashed = false);
  void area(std::vector<Point> points, Color color);
  // `at`: the left end, middle or right end of the baseline. Control characters are left out.
  void text(Point at, std::string_view words, double size, Color color,
            Anchor anchor = Anchor::kStart);

  [[nodiscard]] std::string svg() const;
  [[nodiscard]] std::string png(double scale = 2) const;

  // How wide the words are as PNG; in an SVG about as much.
  static double text_width(std::string_view words, double size);

 private:
  enum class Kind : std::uint8_t { kLine, kArea, kText };
  struct Item {
    Kind kind = Kind::kLine;
    std::vector<Point> points;
    Color color;
    double size = 1;  // of a line or of letters
    bool dashed = false;
    Anchor anchor = Anchor::kStart;
    std::string words;
  };

  double width_;
  double height_;
  std::vector<Item> items_;
};

}  // namespace tidemark
