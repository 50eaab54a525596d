// Compressed bytes for tests.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

std::string gzip(std::string_view text);                 // one member
std::string zstd(std::string_view text, int level = 1);  // one frame, with a checksum
std::string zstd_skippable(std::string_view text);       // a frame that readers pass over

}  // namespace tidemark
