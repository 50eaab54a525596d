// How long a request took, for a person: "7.3 ms".
#pragma once

#include <fmt/format.h>

#include <string>

namespace tidemark {

inline std::string latency_text(double seconds) {
  const double value = seconds * 1000;
  return fmt::format("{:.{}f} ms", value, value < 10 ? 1 : 0);
}

}  // namespace tidemark
