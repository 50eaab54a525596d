// The kernel's small texts of lines "Name: value" (/proc/PID/status, meminfo, smaps_rollup) or
// "name value" (memory.stat, memory.events), as views into them. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

// The value of the line of that name; empty when there is none.
std::string_view status_field(std::string_view text, std::string_view name);

// Its first number, in the given base.
std::optional<std::uint64_t> status_number(std::string_view text, std::string_view name,
                                           int base = 10);

// The same in bytes: times 1024 when " kB" follows.
std::optional<double> status_bytes(std::string_view text, std::string_view name);

// Takes the next line off `text`, without its newline. False at the end.
bool next_line(std::string_view& text, std::string_view& line);

}  // namespace tidemark
