// What is in a heap: totals, groups along every dimension with what they keep alive, ages, what is
// garbage or there twice, the largest objects. How it is found out: analysis/summary.h.
//
// "Program" is what the running program itself is made of: classes, methods, compiled code, the
// virtual machine's own bookkeeping; all else is data. What the runtime spends on measuring is in
// no number but its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/amounts.h"
#include "analysis/dimension.h"
#include "answers/heap/dump_read.h"
#include "answers/heap/group_label.h"
#include "answers/heap/shapes.h"
#include "answers/read_options.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"
#include "schema/fields.h"

namespace tidemark {

struct SummaryRequest {
  std::string dump;                 // a path, "-" or a remote address
  std::vector<Dimension> by;        // these tables alone; empty: all, and everything else
  std::optional<SummarySort> sort;  // of groups; none: by what they retain where it is known
  std::string filter;               // only groups whose label, class or type contains this
  bool data_only = false;           // leave groups out that are of the program alone
  bool contents = true;             // with the beginning of strings that are there twice
  std::size_t largest = 20;         // objects in each list
  ReadOptions read;
};

struct HeapGroup {
  GroupLabel name;
  Portion portion;
  double share = 0;                             // of the heap's bytes, 0 to 1
  std::optional<Amount> garbage;                // of these, what no root reaches
  std::optional<std::uint64_t> retained_bytes;  // what the members keep alive, each byte once
  std::optional<double> retained_share;         // of all that is reachable
  std::uint32_t order = 0;                      // in which groups come in memory
};

// Several groups of a table.
struct GroupSum {
  std::uint64_t groups = 0;
  std::uint64_t data_groups = 0;  // of these, not of the program alone
  Portion portion;

  void add(const Portion& group);
};

// Rows and those left out add up to the heap.
struct HeapGroups {
  std::vector<HeapGroup> rows;  // in the order that was asked for
  GroupSum left_out;            // by `filter` and `data_only`

  // Those left out, and all rows but the first.
  [[nodiscard]] GroupSum others(std::size_t first) const;
};

// One for each dimension that was asked for; none by generation.
struct GroupTables {
  std::array<std::optional<HeapGroups>, kDimensionNames.size()> by_dimension;

  // Null: not asked for.
  [[nodiscard]] const HeapGroups* of(Dimension dimension) const;
};

struct GarbageGroup {
  GroupLabel name;
  Amount garbage;
};

struct GarbageGroups {
  std::vector<GarbageGroup> rows;  // by class, most bytes first
  std::uint64_t left_out_groups = 0;
  Amount left_out;
};

struct SlotUse {
  std::uint32_t slot_bytes = 0;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
};

struct DuplicateString {
  std::uint64_t copies = 0;
  std::uint64_t bytes = 0;             // shallow, of all of them
  std::uint64_t wasted = 0;            // bytes but for one of them
  std::uint32_t length = 0;            // of the text, in bytes
  std::string example;                 // an address
  std::optional<std::string> preview;  // the first bytes, escaped as in the dump
};

struct DuplicateStrings {
  std::uint64_t texts = 0;  // that are there more than once, listed or not
  std::uint64_t wasted = 0;
  std::vector<DuplicateString> rows;  // most waste first
};

struct CollectionGroup {
  std::string class_name;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // of the collections with their tables
  std::uint64_t spare = 0;  // of these, what nothing is in
  std::string example;      // the address of the one with most spare bytes
};

struct CollectionSpace {
  std::uint64_t empty_count = 0;
  std::uint64_t oversized_count = 0;
  std::uint64_t spare = 0;
  std::vector<CollectionGroup> empty;      // most spare bytes first
  std::vector<CollectionGroup> oversized;  // likewise; more than half of it spare
};

struct LargeObject {
  ObjectRef object;
  std::string type;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> retained_bytes;  // of what is reachable, where roots are known
  std::optional<ObjectRef>
      holder;  // the nearest without which it would go; none: there are several
};

struct LargestObjects {
  std::vector<LargeObject> by_bytes;
  // Data only, and without what is the main content of another. Empty without roots.
  std::vector<LargeObject> by_retained_bytes;
};

struct SummaryAnswer {
  std::vector<Notice> notices;
  std::string name;  // of the dump
  DumpRead read;
  bool numbered = false;   // objects have numbers (V8), not addresses
  bool has_sites = false;  // some object's place of allocation or definition is known
  // As asked for, `sort` as it was decided.
  std::vector<Dimension> by;
  SummarySort sort = SummarySort::kBytes;
  std::string filter;
  bool data_only = false;

  Portion heap;
  std::uint64_t references = 0;
  std::uint64_t traced_objects = 0;  // with a recorded place or age
  Amount measuring;
  std::optional<Reachability> reachability;  // none: the dump has no roots
  std::vector<SlotUse> slots;                // where free slots are recorded
  GroupTables groups;
  std::optional<Ages> ages;
  std::optional<GarbageGroups> garbage_by_class;
  std::optional<DuplicateStrings> duplicate_strings;
  std::optional<CollectionSpace> collections;
  std::optional<LargestObjects> largest;
};

// Errors: those of open_heap(); kCancelled. Thread-safe.
Result<SummaryAnswer> answer(const SummaryRequest& request, Monitor& monitor);

// A bin of ages as documents list it.
struct AgeBin {
  std::optional<std::uint32_t> first;  // generation; none: not recorded
  std::optional<std::uint32_t> last;
  Portion portion;
};

// At most `limit` bins, and what has no recorded age.
std::vector<AgeBin> age_bins(const Ages& ages, std::size_t limit);

void describe(Fields& fields, const Amount& amount);
void describe(Fields& fields, const HeapGroup& group);
void describe(Fields& fields, const AgeBin& bin);
void describe(Fields& fields, const SummaryAnswer& answer);

template <>
inline constexpr auto kWordsOf<SummarySort> = std::to_array<WordOf<SummarySort>>({
    {SummarySort::kCount, "count", "by the number of objects"},
    {SummarySort::kBytes, "bytes", "by their bytes"},
    {SummarySort::kRetained, "retained", "by what they keep alive"},
});

}  // namespace tidemark
