// What the columns of a table are, by their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

enum class CsvRole : std::uint8_t {
  kUnknown,
  kTime,
  kMemory,
  kSwap,
  kRequests,
  kRate,
  kWorkers,
  kEvent,
  kQuota,
  kName,
  kHeap,
  kIgnore,
};

struct CsvColumn {
  std::string name;
  CsvRole role = CsvRole::kUnknown;
  int rank = 0;           // of several that may be the memory, the highest is
  double unit = 0;        // bytes in one; 0: not said by the name
  double per_minute = 1;  // of a rate
  double seconds = 0;     // of a time: in one of what it counts; 0: not said by the name
  // Ignored because it is this, "a share, not an amount"; empty where there is nothing to say.
  std::string_view why = {};
};

// Ranks that others ask for.
inline constexpr int kRankChosen = 100;  // by the user
inline constexpr int kRankProportional = 80;
inline constexpr int kRankResident = 64;
inline constexpr int kRankLeastResident = 62;
inline constexpr int kRankValue = 10;  // a number that only its neighbours say to be memory

// "memory_total (MB)" is the memory, in megabytes.
CsvColumn recognise_csv_column(std::string_view name);

// Letters of ASCII in lower case; without blanks at both ends.
std::string csv_lower(std::string_view text);
std::string_view csv_trim(std::string_view text);

// A cell that is a number, and nothing else.
std::optional<double> csv_number(std::string_view text);

}  // namespace tidemark
