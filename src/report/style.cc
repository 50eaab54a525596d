#include "report/style.h"

#include <unistd.h>

#include <cstdlib>

namespace tidemark {
namespace {

std::string_view sequence(Tint tint) {
  switch (tint) {
    case Tint::kPlain:
      break;
    case Tint::kBold:
      return "\x1b[1m";
    case Tint::kDim:
      return "\x1b[2m";
    case Tint::kRed:
      return "\x1b[31m";
    case Tint::kGreen:
      return "\x1b[32m";
    case Tint::kYellow:
      return "\x1b[33m";
    case Tint::kCyan:
      return "\x1b[36m";
  }
  return {};
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
  return value != nullptr ? value : "";
}

}  // namespace

bool wants_color(ColorMode mode, int descriptor) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  return environment("NO_COLOR").empty() && environment("TERM") != "dumb" &&
         isatty(descriptor) == 1;
}

std::string TextStyle::paint(Tint tint, std::string_view text) const {
  const std::string_view start = sequence(tint);
  if (!color_ || start.empty() || text.empty()) return std::string(text);
  return std::string(start).append(text).append("\x1b[0m");
}

}  // namespace tidemark
