// What is new in later dumps of one process and stayed, by allocation site or otherwise: what grows
// at each dump, and what only filled a bounded cache. How objects are followed: analysis/diff.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/dimension.h"
#include "analysis/trend.h"
#include "answers/heap/dump_times.h"
#include "answers/heap/group_label.h"
#include "answers/read_options.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

enum class DiffSort : std::uint8_t { kRetained, kBytes, kStayed, kGrowth };

struct DiffRequest {
  std::vector<std::string> dumps;  // paths, "-" or remote addresses, in the order of time
  Dimension by = Dimension::kSite;
  DiffSort sort = DiffSort::kRetained;  // within a trend; what is bounded is ordered by its bytes
  std::string filter;                   // only groups whose label, class or type contains this
  // When each dump was taken, in seconds since any one moment; empty: by the files' times.
  std::vector<double> at_seconds;
  bool retained = true;  // what objects keep alive; takes more time and memory
  ReadOptions read;
};

struct ComparedDump {
  std::string name;  // the path as given; with "#2" behind it for a further dump of one stream
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t traced_objects = 0;
  std::uint64_t overhead_objects = 0;  // of the measuring itself, in the numbers above
  std::uint64_t overhead_bytes = 0;
  std::optional<double> hours;  // since the first dump
};

// From one dump to the next.
struct DumpInterval {
  std::uint64_t same = 0;  // objects in both
  std::uint64_t born = 0;
  std::uint64_t died = 0;
  std::uint64_t addresses_reused = 0;
  // Of `same`, by how sure it is:
  std::uint64_t matched_by_generation = 0;
  std::uint64_t matched_by_content = 0;
  std::uint64_t matched_by_address_and_class = 0;
};

// New and stayed: not in the first dump, in the last one, and with three dumps or more also in one
// before it.
struct StayedObjects {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> retained_bytes;  // each byte once
};

struct ChangedGroup {
  Trend trend = Trend::kSteady;
  GroupLabel name;
  std::vector<std::uint64_t> counts;  // at each dump
  std::vector<std::uint64_t> bytes;   // likewise
  std::uint64_t stayed = 0;           // see StayedObjects
  std::uint64_t stayed_bytes = 0;
  std::optional<std::uint64_t> stayed_retained_bytes;
  std::uint64_t first_seen_in_last = 0;
  std::uint64_t gone_in_last_interval = 0;
  std::optional<std::uint64_t> new_bytes_in_last_interval;  // of numbered heaps only, as the next
  std::optional<std::uint64_t> gone_bytes_in_last_interval;
  std::optional<double> growth_per_hour;  // of the count

  [[nodiscard]] std::int64_t growth() const;  // of the count, from the first dump to the last
};

struct DiffAnswer {
  std::vector<Notice> notices;
  // False: the dumps are of different processes, or the heap was compacted. Then only the counts of
  // groups mean anything.
  bool comparable = true;
  bool numbered = false;  // objects have numbers (V8), not addresses
  Dimension by = Dimension::kSite;
  std::string filter;
  TimesFrom times_from = TimesFrom::kUnknown;
  std::vector<ComparedDump> dumps;
  std::vector<DumpInterval> intervals;  // one fewer than dumps
  StayedObjects stayed;                 // of all groups
  std::uint64_t churned_objects = 0;    // born after the first dump, gone before the last
  std::uint64_t growing_bytes = 0;      // `stayed_bytes` of all groups below that grow or are new
  // Those that grow, are new, fluctuate, are bounded, in this order; in each as was asked for. What
  // is steady or shrinks is not among them.
  std::vector<ChangedGroup> groups;
};

// Memory: of each dump 17 bytes an object until the next is read, see analysis/diff.h. Errors:
// those of opening dumps; kUsage for fewer than two dumps, too many, or times that do not fit them.
// Thread-safe.
Result<DiffAnswer> answer(const DiffRequest& request, Monitor& monitor);

// At most `limit` groups of each trend, as documents list them.
std::vector<ChangedGroup> listed_groups(const DiffAnswer& answer, std::size_t limit);

void describe(Fields& fields, const ComparedDump& dump);
void describe(Fields& fields, const DumpInterval& interval);
void describe(Fields& fields, const StayedObjects& stayed);
void describe(Fields& fields, const ChangedGroup& group);
void describe(Fields& fields, const DiffAnswer& answer);

template <>
inline constexpr auto kWordsOf<DiffSort> = std::to_array<WordOf<DiffSort>>({
    {DiffSort::kRetained, "retained", "by what the objects that stayed keep alive"},
    {DiffSort::kBytes, "bytes", "by their bytes"},
    {DiffSort::kStayed, "stayed", "by how many they are"},
    {DiffSort::kGrowth, "growth", "by how many more there are than in the first dump"},
});

template <>
inline constexpr auto kWordsOf<Trend> = std::to_array<WordOf<Trend>>({
    {Trend::kGrows, "grows", "more at each dump"},
    {Trend::kNew, "new", "two dumps only: more than before"},
    {Trend::kFluctuates, "fluctuates", "up and down"},
    {Trend::kBounded, "bounded", "filled up, then flat, as a cache does; not a leak"},
    {Trend::kSteady, "steady", "nothing new that stayed"},
    {Trend::kShrinks, "shrinks", "fewer at each dump"},
});

}  // namespace tidemark
