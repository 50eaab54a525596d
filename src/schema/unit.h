// The unit of a field, which its name says: "retained_bytes", "growth_bytes_per_hour", "share".
#pragma once

#include <string_view>

namespace tidemark {

// "bytes", "bytes an hour", "seconds", "share of 1", "time, ISO 8601, UTC"; empty for a count, a
// name and whatever else has no unit. By the words of the name, between underscores.
std::string_view unit_of_field(std::string_view name);

}  // namespace tidemark
