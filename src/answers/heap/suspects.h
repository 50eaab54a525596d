// What probably leaks, who holds it, and what a fix frees: ranked suspects of one heap or of
// several in the order of time, and what only looks like one.
//
// Heaps are read one after the other; of all but the last only the paths are kept (path_growth.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/dominators.h"
#include "analysis/suspects.h"
#include "answers/heap/shapes.h"
#include "answers/read_options.h"
#include "base/monitor.h"
#include "base/notice.h"
#include "base/result.h"

namespace tidemark {

struct SuspectsRequest {
  std::vector<std::string> dumps;  // in the order of time; "-": standard input, may hold several
  std::vector<double> at_seconds;  // seconds since any one moment, one a dump; none: the files'
  bool source_lines = true;        // read the line of code where its file is at hand
  ReadOptions read;
};

// Who holds a suspect's members.
struct SuspectHolder {
  ObjectRef object;
  std::string name;  // as a developer calls it: of a table, the collection it is part of
  std::optional<CodePlace> made;  // where it was allocated; V8: defined
};

// Where members were allocated (V8: defined).
struct MemberPlace {
  CodePlace place;
  std::uint64_t objects = 0;
};

struct SuspectAnswer {
  std::string signature;  // the same for the same leak in another dump
  Judgement judgement = Judgement::kHeld;
  SuspectKind kind = SuspectKind::kCollection;
  std::string name;                       // of a member, as a developer calls it
  std::optional<std::string> class_name;  // of the members; none for what is large by itself
  std::vector<std::string> also;          // classes that grow in the same place
  std::uint64_t members = 0;
  std::vector<std::uint64_t> counts;         // members at each dump; empty for a single one
  std::vector<std::uint64_t> bytes;          // of members and what is below them, at each dump
  std::optional<std::int64_t> growth_bytes;  // from the first dump to the last
  std::optional<double> growth_bytes_per_hour;
  std::uint64_t retained_bytes = 0;           // what a fix frees
  std::uint64_t retained_bytes_at_least = 0;  // what each member alone keeps alive, added up
  double retained_share = 0;                  // of what is reachable
  AgePattern ages = AgePattern::kUnknown;
  std::optional<SuspectHolder> holder;  // none: held from several places
  ObjectRef example;                    // a member; of what is large by itself, that
  std::vector<PathStep> path;           // from the root to the holder, or to the example
  std::vector<PathStep> content;        // the way to the bulk of the example; may be empty
  std::uint64_t content_bytes = 0;      // what the example keeps
  std::vector<MemberPlace> places;      // most members first
  std::optional<std::string> advice;    // what usually ends it
};

struct SuspectsAnswer {
  std::vector<Notice> notices;
  std::vector<std::string> dumps;  // their names
  std::vector<double> hours;       // of each since the first; empty: not known
  std::uint64_t reachable_bytes = 0;
  std::uint64_t reachable_objects = 0;
  std::uint64_t tracing_bytes = 0;      // of these, what allocation tracing itself takes
  bool traced = false;                  // the last dump says where objects were allocated
  bool places_are_code = false;         // a place is where it is defined, not allocated
  std::vector<SuspectAnswer> suspects;  // most suspicious first
  std::vector<SuspectAnswer> cleared;   // bounded: members are replaced
  std::vector<SuspectAnswer> large;     // large, but made once or not growing
  std::uint64_t minor = 0;              // places that gained next to nothing, in no list
};

// Errors: those of open_heap(); kUnsupported for a dump without roots; kUsage for times that do not
// fit; kCancelled. Thread-safe.
Result<SuspectsAnswer> answer(const SuspectsRequest& request, Monitor& monitor);

// What an analysis found, as an answer; the dumps' names and hours are left to the caller.
SuspectsAnswer suspects_answer(const SuspectReport& found, const HeapGraph& graph,
                               const Dominators& dominators, const std::vector<double>& hours,
                               bool source_lines);

template <>
inline constexpr auto kWordsOf<Judgement> = std::to_array<WordOf<Judgement>>({
    {Judgement::kGrows, "grows", "more members at every dump"},
    {Judgement::kEveryAge, "survivors_of_every_age", "one dump: survivors from every time"},
    {Judgement::kHeld, "held", "one dump: large, and nothing speaks for or against growth"},
    {Judgement::kDidNotGrow, "level", "several dumps: large, but level"},
    {Judgement::kBounded, "bounded", "a cache: members are replaced"},
    {Judgement::kMadeOnce, "made_once", "one dump: all members are old"},
});

template <>
inline constexpr auto kWordsOf<SuspectKind> = std::to_array<WordOf<SuspectKind>>({
    {SuspectKind::kCollection, "collection", "one object holds many members"},
    {SuspectKind::kChain, "chain", "a list: members hang behind each other"},
    {SuspectKind::kLarge, "large_object", "one object is large by itself"},
    {SuspectKind::kScattered, "scattered", "members of one kind, held by many"},
    {SuspectKind::kDetached, "detached", "nodes of documents that no page shows"},
});

template <>
inline constexpr auto kWordsOf<AgePattern> = std::to_array<WordOf<AgePattern>>({
    {AgePattern::kUnknown, "unknown", "not traced, or too few"},
    {AgePattern::kEveryAge, "every_age", "from then to now without a gap: accumulates"},
    {AgePattern::kYoungOnly, "young_only", "the old ones were let go: bounded"},
    {AgePattern::kOldOnly, "old_only", "made once"},
    {AgePattern::kMixed, "mixed", "no clear pattern"},
});

void describe(Fields& fields, const SuspectAnswer& suspect);
void describe(Fields& fields, const SuspectsAnswer& answer);

}  // namespace tidemark
