#include "schema/unit.h"

#include <array>

namespace tidemark {
namespace {

struct UnitName {
  std::string_view words;  // of a field's name
  std::string_view unit;
};

// The longer ones first: "bytes_per_hour" has "bytes" in it.
constexpr std::array kUnits = {
    UnitName{.words = "bytes_per_1000_requests", .unit = "bytes for each 1,000 requests"},
    UnitName{.words = "bytes_per_request", .unit = "bytes for each request"},
    UnitName{.words = "bytes_per_second", .unit = "bytes a second"},
    UnitName{.words = "bytes_per_hour", .unit = "bytes an hour"},
    UnitName{.words = "bytes_per_day", .unit = "bytes a day"},
    UnitName{.words = "per_1000_requests", .unit = "for each 1,000 requests"},
    UnitName{.words = "per_request", .unit = "for each request"},
    UnitName{.words = "per_second", .unit = "a second"},
    UnitName{.words = "per_hour", .unit = "an hour"},
    UnitName{.words = "per_day", .unit = "a day"},
    UnitName{.words = "bytes", .unit = "bytes"},
    UnitName{.words = "hours", .unit = "hours"},
    UnitName{.words = "seconds", .unit = "seconds"},
    UnitName{.words = "milliseconds", .unit = "milliseconds"},
    UnitName{.words = "cores", .unit = "processor cores"},
    UnitName{.words = "share", .unit = "share of 1"},
    UnitName{.words = "log_odds", .unit = "natural logarithm of odds"},
    UnitName{.words = "odds", .unit = "probability, 0 to 1"},
    UnitName{.words = "confidence", .unit = "probability, 0 to 1"},
    UnitName{.words = "probability", .unit = "probability, 0 to 1"},
    UnitName{.words = "chance", .unit = "probability, 0 to 1"},
    UnitName{.words = "at", .unit = "time, ISO 8601, UTC"},
};

// Are `words` whole words of the name?
bool has_words(std::string_view name, std::string_view words) {
  for (std::size_t at = name.find(words); at != std::string_view::npos;
       at = name.find(words, at + 1)) {
    const std::size_t end = at + words.size();
    const bool begins = at == 0 || name[at - 1] == '_';
    const bool ends = end == name.size() || name[end] == '_';
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

std::string_view unit_of_field(std::string_view name) {
  for (const UnitName& one : kUnits) {
    // "at" is a time at the end of a name only: "retained_bytes_at_least" is none.
    const bool is_time = name == "at" || name.ends_with("_at");
    if (one.words == "at" ? is_time : has_words(name, one.words)) return one.unit;
  }
  return {};
}

}  // namespace tidemark
