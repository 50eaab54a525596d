// What the reader of a dump had to leave out or mend, as notices.
#pragma once

#include <string>
#include <vector>

#include "base/notice.h"
#include "heap/graph.h"

namespace tidemark {

// What users call a dump: its path, "standard input" for "-", with "#2" behind it where it is the
// second (`index` 1) of several in one stream.
std::string dump_name(const std::string& path, std::size_t index, std::size_t count);

// Codes: damaged_lines, duplicate_addresses, no_roots. `name`: see dump_name().
std::vector<Notice> read_notices(const std::string& name, const ReadReport& report);

// Code several_dumps: only the last of an input's dumps was taken.
Notice several_dumps_notice(const std::string& path, std::size_t count);

}  // namespace tidemark
