// Who refers to one object directly, taken together by what the referrers are and how they refer.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/node_label.h"
#include "analysis/predecessors.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

enum class ReferenceKind : std::uint8_t {
  kRoot,     // a root group does
  kField,    // from a field of which the name is known
  kElement,  // from an array
  kEntry,    // from a map, as a key or a value
  kClass,    // it is the referrers' class
  kOther,    // from a field of unknown name, or from inside the runtime
};

struct ReferrerGroup {
  NodeLabel referrer;
  ReferenceKind kind = ReferenceKind::kOther;
  StringId field;  // kField only
  std::uint64_t references = 0;
  std::uint64_t referrers = 0;  // nodes; fewer than references where one refers several times
  std::uint32_t example = 0;    // a referrer
};

struct Referrers {
  std::vector<ReferrerGroup> groups;  // most references first
  std::uint64_t references = 0;
  std::uint64_t referrers = 0;  // nodes; one that refers in two ways is in two groups
};

// Looks through all edges of each referrer. Errors: kCancelled.
Result<Referrers> find_referrers(const HeapGraph& graph, const Predecessors& predecessors,
                                 std::uint32_t node, Monitor& monitor);

}  // namespace tidemark
