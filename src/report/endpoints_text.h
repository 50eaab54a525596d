// What a request to each endpoint costs, as a table.
#pragma once

#include <string>

#include "answers/reproduce/endpoints.h"
#include "report/style.h"

namespace tidemark {

std::string endpoints_text(const EndpointsAnswer& answer, const TextStyle& style);

}  // namespace tidemark
