// What is in one heap, as text: an overview that fits a screen, or full tables where these were
// asked for. Every table ends with the sum of what it does not list.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "answers/heap/summary.h"
#include "report/style.h"

namespace tidemark {

struct SummaryTextOptions {
  std::optional<std::size_t> limit{};  // rows a list; none: what suits it
  std::string path{};                  // how the next command finds the dump; empty: not at all
};

std::string summary_text(const SummaryAnswer& answer, const SummaryTextOptions& options,
                         const TextStyle& style);

}  // namespace tidemark
