#include "analysis/referrers.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "base/hash.h"

namespace tidemark {
namespace {

constexpr std::uint32_t kNoNode = std::numeric_limits<std::uint32_t>::max();

struct Way {
  NodeLabel referrer;
  ReferenceKind kind;
  StringId field;
  friend bool operator==(const Way&, const Way&) = default;
};

struct WayHash {
  std::size_t operator()(const Way& way) const noexcept {
    return combine(combine(way.referrer.packed(), way.field.value),
                   static_cast<std::uint64_t>(way.kind));
  }
};

class Collector {
 public:
  Collector(const HeapGraph& graph, std::uint32_t node) : graph_(graph), node_(node) {}

  // By the references, of which there is at least one.
  void add_referrer(std::uint32_t referrer);
  void add_instance(std::uint32_t instance);
  Referrers finish();

 private:
  [[nodiscard]] Way way_of(std::uint32_t referrer, std::size_t edge) const;
  void add(const Way& way, std::uint32_t referrer);

  const HeapGraph& graph_;
  std::uint32_t node_;
  Referrers found_;
  tsl::robin_map<Way, std::size_t, WayHash> group_of_;
  std::vector<std::uint32_t> last_referrer_;  // by group
};

Way Collector::way_of(std::uint32_t referrer, std::size_t edge) const {
  Way way{.referrer = label_of(graph_, referrer), .kind = ReferenceKind::kOther, .field = {}};
  switch (graph_.role(referrer)) {
    case Role::kRoot:
      way.kind = ReferenceKind::kRoot;
      return way;
    case Role::kArray:
      way.kind = ReferenceKind::kElement;
      return way;
    case Role::kMap:
      way.kind = ReferenceKind::kEntry;
      return way;
    default:
      break;
  }
  const std::vector<StringId> names = graph_.field_candidates(referrer, edge);
  if (names.size() == 1) {
    way.kind = ReferenceKind::kField;
    way.field = names.front();
  }
  return way;
}

void Collector::add_referrer(std::uint32_t referrer) {
  ++found_.referrers;
  const auto references = graph_.references(referrer);
  for (std::size_t edge = 0; edge < references.size(); ++edge) {
    if (references[edge] == node_) add(way_of(referrer, edge), referrer);
  }
}

void Collector::add_instance(std::uint32_t instance) {
  ++found_.referrers;
  add({.referrer = label_of(graph_, instance), .kind = ReferenceKind::kClass, .field = {}},
      instance);
}

void Collector::add(const Way& way, std::uint32_t referrer) {
  const auto place = group_of_.emplace(way, found_.groups.size());
  if (place.second) {
    found_.groups.push_back({.referrer = way.referrer,
                             .kind = way.kind,
                             .field = way.field,
                             .references = 0,
                             .referrers = 0,
                             .example = referrer});
    last_referrer_.push_back(kNoNode);
  }
  const std::size_t number = place.first->second;
  ReferrerGroup& group = found_.groups[number];
  ++group.references;
  ++found_.references;
  if (std::exchange(last_referrer_[number], referrer) != referrer) ++group.referrers;
}

Referrers Collector::finish() {
  std::ranges::stable_sort(found_.groups, [](const ReferrerGroup& a, const ReferrerGroup& b) {
    return a.references > b.references;
  });
  return std::move(found_);
}

}  // namespace

Result<Referrers> find_referrers(const HeapGraph& graph, const Predecessors& predecessors,
                                 std::uint32_t node, Monitor& monitor) {
  constexpr std::size_t kPollMask = (1U << 10) - 1;
  Collector collector(graph, node);
  std::uint32_t last = kNoNode;
  const auto references = predecessors.references_to(node);
  for (std::size_t i = 0; i < references.size(); ++i) {
    if ((i & kPollMask) == 0 && monitor.cancelled()) {
      return fail(ErrorCode::kCancelled, "stopped while looking for referrers");
    }
    if (std::exchange(last, references[i]) != references[i]) collector.add_referrer(references[i]);
  }
  for (const std::uint32_t instance : predecessors.instances_of(node)) {
    collector.add_instance(instance);
  }
  return collector.finish();
}

}  // namespace tidemark
