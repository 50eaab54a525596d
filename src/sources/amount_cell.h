// One cell of a table as an amount: "312347810", "297.9 MiB", "1,234.5", "297Mi", "29 %".
#pragma once

#include <optional>
#include <string_view>

namespace tidemark {

struct CellAmount {
  double number = 0;
  double unit = 0;  // bytes in one; 0: the cell has no unit
  bool percent = false;
};

// What separates decimals where a cell alone cannot tell: "1,234".
enum class DecimalMark : char { kPoint = '.', kComma = ',' };

// Thousands may be separated by commas, points, blanks or apostrophes, decimals by a point or a
// comma. Of "297.9MiB / 512MiB" the first counts. Nothing for a text that is no amount. Units: B,
// kB, KB, KiB, Ki, K, and so on up to T; a letter alone is 1,024 based, as ps, top, docker and
// kubectl write it. Thread-safe.
std::optional<CellAmount> parse_amount(std::string_view text,
                                       DecimalMark mark = DecimalMark::kPoint);

// Bytes in "mb", "MiB", "kilobytes"; 0 for what is no unit.
double unit_in_bytes(std::string_view word);

// Whether a cell says that there is no value: "", "-", "NaN", "null", "N/A", "undefined".
bool says_nothing(std::string_view text);

}  // namespace tidemark
