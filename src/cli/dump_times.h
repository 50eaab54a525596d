// When the dumps of a comparison were taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace tidemark {

struct DumpTimes {
  std::vector<double> hours;  // since the first dump; empty: not known
  std::string source;         // "by --at", "by the files' times"
};

// `at`: as the user wrote them, one for each dump, or none: then the files' times are taken, where
// they are a minute or more apart and in order. Errors: kUsage.
Result<DumpTimes> dump_times(const std::vector<std::string>& at,
                             const std::vector<std::int64_t>& file_times_ns);

}  // namespace tidemark
