// The Comparison view of Chrome DevTools for two V8 heap snapshots, row for row. tidemark's own
// comparison is diff.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "answers/read_options.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

struct DevtoolsComparisonRequest {
  std::vector<std::string> dumps;  // two paths, the earlier one first
  ReadOptions read;
};

struct ComparedConstructor {
  std::string constructor;
  std::uint64_t new_objects = 0;
  std::uint64_t deleted_objects = 0;
  std::uint64_t new_bytes = 0;
  std::uint64_t deleted_bytes = 0;
};

struct DevtoolsComparisonAnswer {
  std::vector<Notice> notices;  // different_sessions: the ids of the snapshots say nothing
  std::vector<ComparedConstructor> constructors;  // with any change, most new bytes first
};

// Errors: those of opening dumps; kUsage where there are not two; kUnsupported for dumps of other
// formats. Thread-safe.
Result<DevtoolsComparisonAnswer> answer(const DevtoolsComparisonRequest& request, Monitor& monitor);

void describe(Fields& fields, const ComparedConstructor& row);
void describe(Fields& fields, const DevtoolsComparisonAnswer& answer);

}  // namespace tidemark
