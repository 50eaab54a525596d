// Ranked suspects: what probably leaks, who holds it, what a fix frees; and what only looks like
// it.
//
// With several heaps, a place that holds more at every dump (path_growth.h) is a suspect, and a
// collection that stays level is cleared. With one heap, the collections that retain most are, and
// the ages of their members, where recorded, tell accumulation from a bounded cache.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/accumulators.h"
#include "analysis/dominators.h"
#include "analysis/path_growth.h"
#include "analysis/shortest_paths.h"
#include "heap/graph.h"

namespace tidemark {

enum class SuspectKind : std::uint8_t {
  kCollection,  // one object holds many members
  kChain,       // a list: members hang behind each other
  kLarge,       // one object is large by itself
  kScattered,   // members of one kind, held by many
  kDetached,    // one dump: nodes of documents that no page shows
};

enum class Judgement : std::uint8_t {
  kGrows,       // more members at every dump
  kEveryAge,    // one dump: survivors from every time, up to now
  kHeld,        // one dump: large, and nothing speaks for or against growth
  kDidNotGrow,  // several dumps: large, but level
  kBounded,     // a cache: members replaced, number level or old ones gone
  kMadeOnce,    // one dump: all members are old
};

struct Suspect {
  SuspectKind kind = SuspectKind::kCollection;
  Judgement judgement = Judgement::kHeld;
  NodeId holder;         // accumulation point; none for kScattered, kDetached
  ClassId member_class;  // none for kLarge
  std::uint8_t member_kind = 0;
  std::uint32_t example = 0;  // a member, or the holder itself for kLarge
  std::uint64_t members = 0;
  std::uint64_t retained = 0;           // what a fix frees: all that goes when the members go
  std::uint64_t retained_at_least = 0;  // what each member alone keeps alive, added up
  std::vector<std::uint64_t> counts;    // members at each dump; empty for a single dump
  std::vector<std::uint64_t> bytes;     // of members and what is below them, at each dump
  std::vector<ClassId> also;            // other classes that grow in the same place
  AgeSpread ages;
  std::vector<std::pair<SiteId, std::uint64_t>> sites;  // where members were allocated, most first
  std::vector<std::uint32_t> path;  // nodes from the root to the holder, or to the example
  std::string signature;            // the same for the same leak in another dump

  [[nodiscard]] std::int64_t growth() const {
    return bytes.empty()
               ? 0
               : static_cast<std::int64_t>(bytes.back()) - static_cast<std::int64_t>(bytes.front());
  }
};

struct SuspectReport {
  std::vector<Suspect> suspects;     // most suspicious first
  std::vector<Suspect> large;        // large, but did not grow, or made once
  std::vector<Suspect> cleared;      // bounded caches
  std::size_t minor = 0;             // places that grew by next to nothing, left out of `suspects`
  std::uint64_t overhead_bytes = 0;  // of the measuring itself: see kOverhead
};

// `growth`: heaps were added to it, this one last; null with a single heap. Errors: kCancelled.
Result<SuspectReport> find_suspects(const HeapGraph& graph, const Dominators& dominators,
                                    const PathGrowth* growth, Monitor& monitor);

}  // namespace tidemark
