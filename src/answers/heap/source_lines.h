// The line of code behind "app/audit.rb:15", where the file is at hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark {

// The line without its indentation, as it stands there; empty when there is no such file or line.
// Only files that end like Ruby or JavaScript sources are read, and only their first megabyte:
// the path comes out of a dump.
std::string source_line(std::string_view path, std::uint32_t line);

}  // namespace tidemark
