// Which package a source file belongs to: a gem, a part of Ruby's standard library, an npm module,
// or the application itself. Decided from the path alone.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

// "activesupport 6.1.7" for a gem, "ruby stdlib: json", "ruby core", "npm: express", "app".
// Empty for an empty path.
std::string package_of(std::string_view path);

}  // namespace tidemark
