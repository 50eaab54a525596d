#include "analysis/path_growth.h"

#include <algorithm>

#include "base/hash.h"

namespace tidemark {
namespace {

// A step that stands twice among this many last steps already is folded into the nearer one.
constexpr std::size_t kFoldedSteps = 6;

// What a step of a path is called: a class or root group by its own name, all else by type and
// class. Functions and scopes are all of one class; where they stand in the code tells them apart.
class Labels {
 public:
  explicit Labels(const HeapGraph& graph) : graph_(graph), own_(graph.node_count()) {
    for (const auto& [node, name] : graph.own_names) own_[node] = name.value + 1;
  }
  [[nodiscard]] std::uint64_t of(std::uint32_t node) const {
    const std::uint64_t kind = graph_.kinds[graph_.kind[node]].name.value;
    if (own_[node] != 0) return kOwnName | (kind << 32) | own_[node];
    const std::uint64_t label = (kind << 32) | graph_.class_id[node].value;
    const SiteId site = graph_.sites_are_code() ? graph_.site_of(node) : SiteId::none();
    return site.valid() ? combine(label, site.value) & ~kOwnName : label;
  }

 private:
  static constexpr std::uint64_t kOwnName = std::uint64_t{1} << 63;

  const HeapGraph& graph_;
  std::vector<std::uint32_t> own_;  // StringId + 1
};

}  // namespace

std::size_t PathGrowth::KeyHash::operator()(const Key& key) const noexcept {
  return combine(key.label, key.parent);
}

const PathTotals& PathGrowth::total(std::size_t heap, PathId path) const {
  static const PathTotals kNothing;
  return path < totals_[heap].size() ? totals_[heap][path] : kNothing;
}

PathId PathGrowth::child(PathId parent, std::uint64_t label) {
  PathId nearest = kNoPath;
  PathId step = parent;
  for (std::size_t i = 0; i < kFoldedSteps && step != kNoPath; ++i, step = nodes_[step].parent) {
    if (nodes_[step].label != label) continue;
    if (nearest != kNoPath) return nearest;
    nearest = step;
  }
  const auto [place, fresh] =
      ids_.emplace(Key{.label = label, .parent = parent}, static_cast<PathId>(nodes_.size()));
  if (fresh) nodes_.push_back({.parent = parent, .label = label});
  return place->second;
}

Result<void> PathGrowth::add(const HeapGraph& graph, Monitor& monitor) {
  const std::uint32_t count = graph.node_count();
  const Labels labels(graph);
  paths_ = {};
  paths_ = Buffer<PathId>(count);
  std::fill(paths_.begin(), paths_.end(), kNoPath);
  Buffer<std::uint32_t> queue(count);
  std::size_t begin = 0;
  std::size_t end = 0;
  if (nodes_.empty()) nodes_.push_back({.parent = kNoPath, .label = labels.of(kRootNode.value)});
  paths_[kRootNode.value] = 0;
  bool certain = true;
  std::vector<std::pair<std::uint32_t, PathId>> conservative;
  const auto visit = [&](std::uint32_t node, PathId from) {
    if (paths_[node] != kNoPath) return;
    if (certain && (graph.flags[node] & kConservative) != 0) {
      conservative.emplace_back(node, from);
      return;
    }
    paths_[node] = child(from, labels.of(node));
    queue[end++] = node;
  };
  const auto drain = [&] {
    for (; begin < end; ++begin) {
      if ((begin & 0xffff) == 0 && monitor.cancelled()) return false;
      const PathId from = paths_[queue[begin]];
      for (const std::uint32_t target : graph.references(queue[begin])) visit(target, from);
    }
    return true;
  };
  // The root groups that may be wrong come after all that the others reach.
  for (const std::uint32_t group : graph.edges(kRootNode.value)) visit(group, 0);
  if (!drain()) return fail(ErrorCode::kCancelled, "stopped");
  certain = false;
  for (const auto& [group, from] : conservative) visit(group, from);
  if (!drain()) return fail(ErrorCode::kCancelled, "stopped");
  std::vector<PathTotals> totals(nodes_.size());
  for (std::size_t i = 0; i < end; ++i) {
    PathTotals& place = totals[paths_[queue[i]]];
    ++place.count;
    place.bytes += graph.shallow(queue[i]);
  }
  for (std::size_t path = totals.size(); path-- > 1;) {
    totals[path].subtree_bytes += totals[path].bytes;
    totals[nodes_[path].parent].subtree_bytes += totals[path].subtree_bytes;
  }
  totals_.push_back(std::move(totals));
  return {};
}

std::vector<std::uint64_t> PathGrowth::counts(PathId path) const {
  std::vector<std::uint64_t> counts;
  for (std::size_t heap = 0; heap < totals_.size(); ++heap) {
    counts.push_back(total(heap, path).count);
  }
  return counts;
}

bool PathGrowth::grows(PathId path) const {
  constexpr std::uint64_t kLeastGrowth = 10;  // objects; fewer is what any process gathers
  std::uint64_t before = total(0, path).count;
  const std::uint64_t first = before;
  for (std::size_t heap = 1; heap < totals_.size(); ++heap) {
    const std::uint64_t now = total(heap, path).count;
    if (now <= before) return false;
    before = now;
  }
  return before - first >= kLeastGrowth && (before - first) * 100 >= first;
}

std::vector<GrowingPlace> PathGrowth::growing() const {
  std::vector<GrowingPlace> places;
  if (totals_.size() < 2) return places;
  std::vector<std::uint8_t> below(nodes_.size());  // is, or is under, a growing path
  tsl::robin_map<PathId, std::size_t> by_holder;
  const auto gain = [&](PathId path) {
    return static_cast<std::int64_t>(total(totals_.size() - 1, path).subtree_bytes) -
           static_cast<std::int64_t>(total(0, path).subtree_bytes);
  };
  for (PathId path = 1; path < nodes_.size(); ++path) {
    const PathId parent = nodes_[path].parent;
    below[path] = below[parent];
    if (below[path] != 0 || !grows(path)) continue;
    below[path] = 1;
    const auto [place, fresh] = by_holder.emplace(parent, places.size());
    if (fresh) {
      places.push_back({.holder = parent, .members = {}, .counts = {}, .bytes = {}});
    }
    places[place->second].members.push_back(path);
  }
  for (GrowingPlace& place : places) {
    std::ranges::sort(place.members, [&](PathId a, PathId b) {
      return gain(a) != gain(b) ? gain(a) > gain(b) : a < b;
    });
    place.counts = counts(place.members.front());
    for (std::size_t heap = 0; heap < totals_.size(); ++heap) {
      std::uint64_t bytes = 0;
      for (const PathId member : place.members) bytes += total(heap, member).subtree_bytes;
      place.bytes.push_back(bytes);
    }
  }
  const auto growth = [](const GrowingPlace& place) {
    return static_cast<std::int64_t>(place.bytes.back()) -
           static_cast<std::int64_t>(place.bytes.front());
  };
  std::ranges::sort(places, [&](const GrowingPlace& a, const GrowingPlace& b) {
    return growth(a) != growth(b) ? growth(a) > growth(b) : a.holder < b.holder;
  });
  return places;
}

}  // namespace tidemark
