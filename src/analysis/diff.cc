#include "analysis/diff.h"

#include <algorithm>

#include "base/hash.h"

namespace tidemark {
namespace {

constexpr std::uint32_t kTraced = 1;  // lowest bit of Census::origin

// combine alone adds up: generation 7 at site 3 would be generation 6 at site 4.
std::uint32_t hash32(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint32_t>(combine(mix(a), b) >> 32);
}

}  // namespace

HeapComparison::Census HeapComparison::take_census(const HeapGraph& graph, Addresses addresses) {
  Census census;
  census.first_object = graph.first_object;
  census.traced = graph.report.traced_objects > 0;
  census.addresses = OrderedAddresses(std::move(addresses));
  census.group = grouping_.assign(graph);
  const std::uint32_t nodes = graph.node_count();
  census.counted = graph.object_count();
  if (graph.numbered) {
    census.shallow = graph.shallow32;
    for (std::uint32_t node = graph.first_object; node < nodes; ++node) {
      if (graph.is_counted(node)) continue;
      census.group[node] = kNoGroup;
      --census.counted;
    }
  }
  census.identity = Buffer<std::uint32_t>(nodes);
  census.origin = Buffer<std::uint32_t>(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    const std::uint64_t kind =
        graph.numbered ? 0 : std::uint64_t{graph.kinds[graph.kind[node]].name.value};
    const std::uint64_t what = (kind << 32) | graph.class_id[node].value;
    const std::uint32_t generation = graph.generation_of(node);
    const std::uint32_t content = graph.content.empty() ? 0 : graph.content[node];
    census.identity[node] = hash32(what, 0);
    if (generation != kNoGeneration) {
      census.origin[node] = hash32(generation, graph.site_of(node).value) | kTraced;
    } else {
      census.origin[node] = content != 0 ? (hash32(content, 0) | 2) & ~kTraced : 0;
    }
  }
  return census;
}

HeapComparison::Match HeapComparison::match(const Census& old, std::size_t old_node,
                                            std::size_t new_node, bool traced) const {
  if (old.identity[old_node] != current_.identity[new_node]) return Match::kDifferent;
  const std::uint32_t before = old.origin[old_node];
  const std::uint32_t now = current_.origin[new_node];
  // A number is never given twice, as long as its session lasts. Names tell whether it did.
  if (diff_.numbered) return before == now ? Match::kCertain : Match::kWeak;
  // Tracing may have been off in one of the dumps; then generations say nothing, and the content of
  // traced objects is not known.
  if (!traced && ((before | now) & kTraced) != 0) return Match::kWeak;
  if (before != now) return Match::kDifferent;
  if ((before & kTraced) != 0) return Match::kCertain;
  return before != 0 ? Match::kByContent : Match::kWeak;
}

void HeapComparison::link(const Census& old) {
  Interval interval;
  const bool traced = old.traced && current_.traced;
  std::vector<bool> survived(old.first_seen.size);
  for_each_common(old.addresses, current_.addresses, [&](std::size_t i, std::size_t j) {
    const std::size_t before = i + old.first_object;
    const std::size_t now = j + current_.first_object;
    if (old.group[before] == kNoGroup || current_.group[now] == kNoGroup) return;
    const Match how = match(old, before, now, traced);
    if (how == Match::kDifferent) {
      ++interval.reused;
      return;
    }
    current_.first_seen[now] = old.first_seen[before];
    survived[before] = true;
    ++interval.same;
    interval.certain += how == Match::kCertain ? 1 : 0;
    interval.by_content += how == Match::kByContent ? 1 : 0;
    interval.weak += how == Match::kWeak ? 1 : 0;
  });
  for (GroupChange& group : diff_.groups) {
    group.died_last = group.born_last = group.died_last_bytes = group.born_last_bytes = 0;
  }
  for (std::size_t node = old.first_object; node < old.first_seen.size; ++node) {
    if (survived[node] || old.group[node] == kNoGroup) continue;
    ++interval.died;
    GroupChange& group = diff_.groups[old.group[node]];
    ++group.died_last;
    if (!old.shallow.empty()) group.died_last_bytes += old.shallow[node];
    if (old.first_seen[node] > 0) ++diff_.churned;
  }
  interval.born = current_.counted - interval.same;
  diff_.intervals.push_back(interval);
  const std::uint64_t smaller =
      std::min<std::uint64_t>(old.addresses.size(), current_.addresses.size());
  // In one process nearly all that the app loaded at start is still where it was.
  constexpr std::uint64_t kLeastCommon = 5;
  if (interval.same * kLeastCommon < smaller) diff_.comparable = false;
  // Objects that are called the same before and after, of a hundred with a common number: nearly
  // all in one session, hardly half where it was closed between and the numbers given anew.
  constexpr std::uint64_t kLeastAlike = 90;
  const std::uint64_t common = interval.same + interval.reused;
  if (diff_.numbered && interval.certain * 100 < kLeastAlike * common) diff_.comparable = false;
}

void HeapComparison::observe(const HeapGraph& graph, Addresses addresses) {
  previous_ = std::move(current_);
  current_ = take_census(graph, std::move(addresses));
  diff_.numbered = graph.numbered;
  diff_.dumps.push_back({.objects = current_.counted,
                         .bytes = 0,
                         .traced = graph.report.traced_objects,
                         .overhead_objects = 0,
                         .overhead_bytes = 0,
                         .time_ns = graph.report.time_ns});
  for (std::size_t id = diff_.groups.size(); id < grouping_.size(); ++id) {
    diff_.groups.push_back({.group = static_cast<GroupId>(id)});
  }
  for (GroupChange& group : diff_.groups) {
    group.counts.resize(diff_.dumps.size());
    group.bytes.resize(diff_.dumps.size());
  }
  for (std::uint32_t node = graph.first_object; node < graph.node_count(); ++node) {
    if (current_.group[node] == kNoGroup) continue;
    GroupChange& group = diff_.groups[current_.group[node]];
    const std::uint64_t bytes = graph.shallow(node);
    ++group.counts.back();
    group.bytes.back() += bytes;
    DumpTotals& totals = diff_.dumps.back();
    totals.bytes += bytes;
    if ((graph.flags[node] & kOverhead) != 0) {
      ++totals.overhead_objects;
      totals.overhead_bytes += bytes;
    }
  }
}

void HeapComparison::connect() {
  const auto dump = static_cast<std::uint8_t>(diff_.dumps.size() - 1);
  current_.first_seen = Buffer<std::uint8_t>(current_.group.size);
  std::fill(current_.first_seen.begin(), current_.first_seen.end(), dump);
  if (dump > 0) link(previous_);
  previous_ = {};
  for (std::size_t node = current_.first_object; node < current_.group.size; ++node) {
    if (current_.first_seen[node] != dump || current_.group[node] == kNoGroup) continue;
    GroupChange& group = diff_.groups[current_.group[node]];
    ++group.born_last;
    if (!current_.shallow.empty()) group.born_last_bytes += current_.shallow[node];
  }
}

bool HeapComparison::is_stayed(std::uint8_t first_seen) const {
  const std::size_t dumps = diff_.dumps.size();
  if (first_seen == 0 || dumps < 2) return false;
  return dumps == 2 || first_seen + std::size_t{1} < dumps;
}

Buffer<GroupId> HeapComparison::stayed_groups() const {
  Buffer<GroupId> groups(current_.group.size);
  for (std::size_t node = 0; node < groups.size; ++node) {
    const bool counts = node >= current_.first_object && is_stayed(current_.first_seen[node]);
    groups[node] = counts ? current_.group[node] : kNoGroup;
  }
  return groups;
}

Diff HeapComparison::finish(const HeapGraph& last_heap) {
  const auto last = static_cast<std::uint8_t>(diff_.dumps.size() - 1);
  for (std::size_t node = current_.first_object; node < current_.group.size; ++node) {
    const std::uint8_t seen = current_.first_seen[node];
    if (seen == 0 || current_.group[node] == kNoGroup) continue;
    GroupChange& group = diff_.groups[current_.group[node]];
    if (seen == last) ++group.fresh;
    if (!is_stayed(seen)) continue;
    const std::uint64_t bytes = last_heap.shallow(static_cast<std::uint32_t>(node));
    ++group.stayed;
    group.stayed_bytes += bytes;
    ++diff_.stayed;
    diff_.stayed_bytes += bytes;
  }
  for (GroupChange& group : diff_.groups) {
    group.trend = trend_of(group.counts, group.died_last);
  }
  current_ = {};
  return std::move(diff_);
}

}  // namespace tidemark
