// How many workers and threads fit, in sentences.
#pragma once

#include <string>

#include "answers/size/size.h"
#include "report/style.h"

namespace tidemark {

std::string size_text(const SizeAnswer& answer, const TextStyle& style);

}  // namespace tidemark
