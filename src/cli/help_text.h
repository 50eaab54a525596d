// The shape that all help has: a heading, then names on the left and their meaning on the right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/style.h"

namespace tidemark {

struct HelpEntry {
  std::string name;     // "--limit N"
  std::string meaning;  // wrapped
};

// The entries' meanings begin at column `meaning_at`; a longer name has a line of its own.
std::string help_section(std::string_view heading, const std::vector<HelpEntry>& entries,
                         std::size_t meaning_at, const TextStyle& style);

// Says what the exit codes mean.
std::string exit_code_help(const TextStyle& style);

}  // namespace tidemark
