// When the dumps of a comparison were taken.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

enum class TimesFrom : std::uint8_t { kUnknown, kRequest, kFiles };

struct DumpTimes {
  std::vector<double> hours;  // since the first dump; empty: not known
  TimesFrom from = TimesFrom::kUnknown;
};

// `asked`: seconds since any one moment, one for each dump, or none: then the files' times are
// taken, where they are a minute or more apart and in order. Errors: kUsage.
Result<DumpTimes> dump_times(const std::vector<double>& asked,
                             const std::vector<std::int64_t>& file_times_ns);

template <>
inline constexpr auto kWordsOf<TimesFrom> = std::to_array<WordOf<TimesFrom>>({
    {TimesFrom::kUnknown, "unknown", "the times are not known"},
    {TimesFrom::kRequest, "request", "as whoever asked gave them"},
    {TimesFrom::kFiles, "files", "the times of the files"},
});

}  // namespace tidemark
