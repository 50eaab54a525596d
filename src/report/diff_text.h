// A comparison of heaps as text.
#pragma once

#include <cstddef>
#include <string>

#include "answers/heap/diff.h"
#include "report/style.h"

namespace tidemark {

// `limit`: rows in each list.
std::string diff_text(const DiffAnswer& answer, std::size_t limit, const TextStyle& style);

}  // namespace tidemark
