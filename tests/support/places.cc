#include "support/places.h"

#include <cstdlib>

namespace tidemark {

std::string in_source(const std::string& path) { return TIDEMARK_SOURCE_DIR "/" + path; }

std::string tidemark_binary() {
  const char* other = std::getenv("TIDEMARK");
  return other != nullptr && *other != 0 ? other : TIDEMARK_BINARY;
}

}  // namespace tidemark
