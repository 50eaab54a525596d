#include "support/places.h"

namespace tidemark {

std::string in_source(const std::string& path) { return TIDEMARK_SOURCE_DIR "/" + path; }

std::string tidemark_binary() { return TIDEMARK_BINARY; }

}  // namespace tidemark
