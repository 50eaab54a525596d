// V8 snapshots show a pair of a WeakMap as two references to its value, one from the table and one
// from the key, which are told by their names:
//   "7 / part of key (Object @17) -> value (Array @19) pair in WeakMap (table @21)"
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/numbers.h"

namespace tidemark {

struct WeakPair {
  std::string_view common;  // what both names have in common: all but the number at the beginning
  std::uint32_t table = 0;  // id of the WeakMap's table
};

// Nothing for the name of any other reference.
inline std::optional<WeakPair> parse_weak_pair(std::string_view name) {
  constexpr std::string_view kTable = " pair in WeakMap (table @";
  if (name.empty() || name.front() < '0' || name.front() > '9') return std::nullopt;
  const std::size_t digits = name.find_first_not_of("0123456789");
  if (digits == name.npos) return std::nullopt;
  const std::string_view common = name.substr(digits);
  const std::size_t table = common.rfind(kTable);
  const bool is_pair = common.starts_with(" / part of key (") && common.ends_with(')') &&
                       table != common.npos && common.substr(0, table).contains(") -> value (");
  if (!is_pair) return std::nullopt;
  WeakPair pair{.common = common};
  std::string_view id = common.substr(table + kTable.size());
  id.remove_suffix(1);  // the bracket
  const auto number = parse_number<decltype(pair.table)>(id);
  if (!number) return std::nullopt;
  pair.table = *number;
  return pair;
}

}  // namespace tidemark
