// Times as users type them: "14:05", "14:05:30", "2026-01-31T14:05", "2026-01-31 14:05:30Z".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace tidemark {

// For an option that takes one or several of them.
ValueCheck clock_time();

// In seconds since a moment that is the same for all times of one form. A clock time before the
// last one is of the next day. Nothing where one is not a time.
std::optional<std::vector<double>> parse_clock_times(const std::vector<std::string>& texts);

}  // namespace tidemark
