// Why one object is alive, as text.
#pragma once

#include <cstddef>
#include <string>

#include "answers/heap/retainers.h"
#include "report/style.h"

namespace tidemark {

// `limit`: rows of referrers.
std::string retainers_text(const RetainersAnswer& answer, std::size_t limit,
                           const TextStyle& style);

}  // namespace tidemark
