// Small files of text, as the kernel and other programs leave them: of no known size, and gone at
// any time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

// The whole of a small text file, at most `most` bytes. Empty when it cannot be read, or is.
std::string read_small_file(const std::string& path, std::size_t most = std::size_t{1} << 20);
// False when the system refuses it.
bool write_small_file(const std::string& path, std::string_view text);

}  // namespace tidemark
