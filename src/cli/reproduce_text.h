// A run of `reproduce` in sentences and tables.
#pragma once

#include <optional>
#include <string>

#include "report/style.h"
#include "reproduce/baseline.h"
#include "reproduce/endpoints.h"
#include "reproduce/reproduction.h"

namespace tidemark {

struct ReproduceTextOptions {
  std::size_t limit = 3;  // suspects
  double quota = 0;       // bytes; 0: the sizes that platforms sell are shown
};

std::string reproduce_text(const Reproduction& found, const ReproduceTextOptions& options,
                           const TextStyle& style);
// Before and after, and whether it holds the limit.
std::string comparison_text(const Baseline& before, const ReproducedRun& now,
                            const ComparisonResult& result, const TextStyle& style);
// The limit alone.
std::string limit_text(const ReproducedRun& now, const ComparisonResult& result,
                       const TextStyle& style);
std::string endpoints_text(const EndpointTable& table, const TextStyle& style);

}  // namespace tidemark
