// A run of `reproduce` in sentences and tables.
#pragma once

#include <cstddef>
#include <string>

#include "answers/reproduce/reproduce.h"
#include "report/style.h"

namespace tidemark {

// `limit`: suspects.
std::string reproduce_text(const ReproduceAnswer& answer, std::size_t limit,
                           const TextStyle& style);

}  // namespace tidemark
