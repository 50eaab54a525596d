// Puts what a command made into a file that the user named.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

class Picture;

// Errors: kIo, with the path.
Result<void> save_file(const std::string& path, std::string_view content);

// As SVG and as PNG; an empty path: not that one.
Result<void> write_picture(const Picture& picture, const std::string& svg, const std::string& png);

}  // namespace tidemark
