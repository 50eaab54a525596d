#include "cli/clock_times.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace tidemark {
namespace {

constexpr double kSecondsPerDay = 86400;

std::optional<double> parse_clock_time(const std::string& text) {
  static constexpr std::array kForms = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
                                        "%Y-%m-%d %H:%M",    "%H:%M:%S",       "%H:%M"};
  for (const char* form : kForms) {
    std::tm parts{};
    parts.tm_mday = 1;
    parts.tm_year = 70;
    const char* end = strptime(text.c_str(), form, &parts);
    if (end != nullptr && (*end == '\0' || std::string(end) == "Z")) {
      return static_cast<double>(timegm(&parts));
    }
  }
  return std::nullopt;
}

}  // namespace

ValueCheck clock_time() {
  return [](const std::string& text) {
    if (parse_clock_time(text)) return std::string();
    return fmt::format("must be a time such as 14:05 or 2026-01-31T14:05, not '{}'", text);
  };
}

std::optional<std::vector<double>> parse_clock_times(const std::vector<std::string>& texts) {
  std::vector<double> seconds;
  for (const std::string& text : texts) {
    auto time = parse_clock_time(text);
    if (!time) return std::nullopt;
    const bool clock_only = text.find('-') == std::string::npos;
    while (clock_only && !seconds.empty() && *time < seconds.back()) *time += kSecondsPerDay;
    seconds.push_back(*time);
  }
  return seconds;
}

}  // namespace tidemark
