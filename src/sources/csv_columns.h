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
};

// "memory_total (MB)" is the memory, in megabytes.
CsvColumn recognise_csv_column(std::string_view name);

// Letters of ASCII in lower case; without blanks at both ends.
std::string csv_lower(std::string_view text);
std::string_view csv_trim(std::string_view text);

// A cell that is a number, and nothing else.
std::optional<double> csv_number(std::string_view text);

}  // namespace tidemark
