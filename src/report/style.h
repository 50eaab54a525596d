// Colour on a terminal, decided once and carried as a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

enum class ColorMode : std::uint8_t { kAuto, kAlways, kNever };

// Whether to colour what goes to this descriptor. kAuto: it is a terminal, TERM is not "dumb" and
// NO_COLOR is unset or empty (https://no-color.org).
bool wants_color(ColorMode mode, int descriptor);

enum class Tint : std::uint8_t { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// Wraps text in colour sequences, or returns it as it is when colour is off. The text must be safe
// (see safe_text.h) and not coloured yet.
class TextStyle {
 public:
  TextStyle() = default;  // colour off
  explicit TextStyle(bool color) : color_(color) {}
  TextStyle(ColorMode mode, int descriptor) : color_(wants_color(mode, descriptor)) {}

  [[nodiscard]] bool color() const { return color_; }
  [[nodiscard]] std::string paint(Tint tint, std::string_view text) const;

  [[nodiscard]] std::string bold(std::string_view text) const { return paint(Tint::kBold, text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return paint(Tint::kDim, text); }
  [[nodiscard]] std::string red(std::string_view text) const { return paint(Tint::kRed, text); }
  [[nodiscard]] std::string green(std::string_view text) const { return paint(Tint::kGreen, text); }
  [[nodiscard]] std::string yellow(std::string_view text) const {
    return paint(Tint::kYellow, text);
  }
  [[nodiscard]] std::string cyan(std::string_view text) const { return paint(Tint::kCyan, text); }

 private:
  bool color_ = false;
};

}  // namespace tidemark
