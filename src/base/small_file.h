// Files that are read whole: settings of a user, and what the kernel shows as files, which have no
// known size and are gone at any time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

// At most `most` bytes of it, from its begin. Errors: kNotFound when there is none, else kIo.
Result<std::string> read_small_file(const std::string& path,
                                    std::size_t most = std::size_t{1} << 20);

// Into a file that is there, in one write. False when the system refuses it.
bool write_small_file(const std::string& path, std::string_view text);

}  // namespace tidemark
