// The Comparison view of Chrome DevTools for two snapshots, row for row.
#pragma once

#include <string>

#include "analysis/diff.h"
#include "analysis/grouping.h"
#include "report/style.h"

namespace tidemark {

// Classes with anything new or deleted, most new bytes first. `diff`: of two numbered heaps, by
// class.
std::string comparison_report(const Diff& diff, const Grouping& grouping, const TextStyle& style);

}  // namespace tidemark
