// What the well-known three-dump scripts print, for those who have to match their numbers: see
// analysis/three_dumps.h. tidemark's own comparison is diff.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answers/read_options.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

struct ThreeDumpRequest {
  std::vector<std::string> dumps;  // paths, "-" or remote addresses; three dumps in all
  ReadOptions read;
};

struct LeakedObjects {
  std::uint64_t objects = 0;
  std::string type;
  std::uint64_t content_bytes = 0;  // length of strings and symbols
  std::uint64_t bytes = 0;          // memsize
  std::optional<std::string> file;  // where they were allocated
  std::optional<std::uint32_t> line;
};

struct ThreeDumpAnswer {
  std::vector<Notice> notices;
  std::uint64_t content_bytes = 0;
  std::uint64_t bytes = 0;
  std::vector<LeakedObjects> leaked;  // most objects first
};

// Errors: those of opening dumps; kUsage where there are not three. Thread-safe.
Result<ThreeDumpAnswer> answer(const ThreeDumpRequest& request, Monitor& monitor);

void describe(Fields& fields, const LeakedObjects& leaked);
void describe(Fields& fields, const ThreeDumpAnswer& answer);

}  // namespace tidemark
