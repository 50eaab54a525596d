// Files of the kernel: small, of no known size, and gone at any time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// At most 1 MB of it. None when it cannot be read.
std::optional<std::string> read_small_file(const std::string& path);

// The number after "Key:" at a line's begin, times 1024 when " kB" follows. None: no such line.
std::optional<double> value_after(std::string_view text, std::string_view key);

}  // namespace tidemark
