// Suspects as sentences.
#pragma once

#include <cstddef>
#include <string>

#include "answers/heap/suspects.h"
#include "report/style.h"

namespace tidemark {

// `limit`: suspects, and rows of the other lists.
std::string suspects_text(const SuspectsAnswer& answer, std::size_t limit, const TextStyle& style);

}  // namespace tidemark
