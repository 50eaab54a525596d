#include "answers/heap/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <span>
#include <tuple>
#include <utility>

#include "analysis/diff.h"
#include "analysis/dominators.h"
#include "analysis/retained_by_group.h"
#include "answers/heap/each_heap.h"

namespace tidemark {
namespace {

constexpr std::array kListed = {Trend::kGrows, Trend::kNew, Trend::kFluctuates, Trend::kBounded};

std::int64_t growth_of(const std::vector<std::uint64_t>& counts) {
  return static_cast<std::int64_t>(counts.back()) - static_cast<std::int64_t>(counts.front());
}

// Level groups are many; a cache is one that has some size, and has filled up or changes its
// members, which only dumps of one process can tell.
bool is_cache(const GroupChange& change, bool comparable) {
  constexpr std::uint64_t kSmallest = 10;
  return change.counts.back() >= kSmallest &&
         ((comparable && change.born_last > 0) || change.counts.front() < change.counts.back());
}

// Is there something to say of it?
bool has_moved(const GroupChange& change, bool comparable) {
  if (std::ranges::find(kListed, change.trend) == kListed.end()) return false;
  if (change.trend == Trend::kBounded) return is_cache(change, comparable);
  return comparable ? change.stayed > 0 : growth_of(change.counts) > 0;
}

std::uint64_t weight(const ChangedGroup& group, DiffSort sort) {
  if (group.trend == Trend::kBounded) return group.bytes.back();
  switch (sort) {
    case DiffSort::kRetained:
      return group.stayed_retained_bytes.value_or(group.stayed_bytes);
    case DiffSort::kBytes:
      return group.stayed_bytes;
    case DiffSort::kStayed:
      return group.stayed;
    case DiffSort::kGrowth:
      return static_cast<std::uint64_t>(std::max<std::int64_t>(0, group.growth()));
  }
  return 0;
}

void sort_groups(std::vector<ChangedGroup>& groups, DiffSort sort) {
  const auto order = [&](const ChangedGroup& group) {
    const auto place = std::ranges::find(kListed, group.trend) - kListed.begin();
    return std::tuple(-place, weight(group, sort), group.stayed_bytes, group.bytes.back());
  };
  std::ranges::sort(groups, [&](const ChangedGroup& a, const ChangedGroup& b) {
    const auto left = order(a);
    const auto right = order(b);
    if (left != right) return left > right;
    return std::tie(a.name.label, a.name.class_name, a.name.type) <
           std::tie(b.name.label, b.name.class_name, b.name.type);
  });
}

// Everything that one run of the comparison needs, and what it finds out.
class Comparison {
 public:
  Comparison(const DiffRequest& request, Monitor& monitor)
      : request_(request),
        monitor_(monitor),
        words_(std::make_shared<Vocabulary>()),
        grouping_(*words_, request.by),
        heaps_(grouping_) {}

  Result<DiffAnswer> run();

 private:
  Result<void> take(NamedHeap&& heap, bool last);
  Result<void> add_retained(const HeapGraph& graph, const Buffer<GroupId>& stayed);
  void add_totals(const std::vector<double>& hours);
  void add_groups();

  const DiffRequest& request_;
  Monitor& monitor_;
  std::shared_ptr<Vocabulary> words_;
  Grouping grouping_;
  HeapComparison heaps_;
  Diff diff_;
  std::vector<std::string> names_;
  std::vector<std::int64_t> times_ns_;
  DiffAnswer answer_;
};

// What the objects that stayed keep alive: for each group, and for all of them together.
Result<void> Comparison::add_retained(const HeapGraph& graph, const Buffer<GroupId>& stayed) {
  if (!graph.report.has_roots) return {};
  auto dominators = compute_dominators(graph, monitor_);
  if (!dominators) return std::unexpected(dominators.error());
  const std::span<const GroupId> groups(stayed.data.get(), stayed.size);
  const std::vector<std::uint64_t> retained =
      retained_by_group(*dominators, groups, grouping_.size());
  for (GroupChange& change : diff_.groups) change.stayed_retained = retained[change.group];
  std::vector<GroupId> together(stayed.size, HeapComparison::kNoGroup);
  std::ranges::transform(groups, together.begin(), [](GroupId group) {
    return group == HeapComparison::kNoGroup ? group : GroupId{0};
  });
  diff_.stayed_retained = retained_by_group(*dominators, together, 1).front();
  diff_.has_retained = true;
  return {};
}

Result<void> Comparison::take(NamedHeap&& heap, bool last) {
  if (names_.size() >= HeapComparison::kMaxDumps) {
    return fail(ErrorCode::kUsage, fmt::format("more than {} dumps", HeapComparison::kMaxDumps));
  }
  monitor_.begin_phase("comparing", 0);
  std::ranges::move(heap.notices, std::back_inserter(answer_.notices));
  names_.push_back(heap.name);
  times_ns_.push_back(heap.graph.report.time_ns);
  HeapGraph graph = std::move(heap.graph);
  graph.extent = {};
  heaps_.observe(graph, std::exchange(graph.addresses, {}));
  graph.site = {};
  graph.sparse_site = {};
  graph.generation = {};
  graph.content = {};
  heaps_.connect();
  if (!last) return {};
  const Buffer<GroupId> stayed = heaps_.stayed_groups();
  diff_ = heaps_.finish(graph);
  if (!request_.retained || !diff_.comparable) return {};
  return add_retained(graph, stayed);
}

void Comparison::add_totals(const std::vector<double>& hours) {
  answer_.comparable = diff_.comparable;
  answer_.numbered = diff_.numbered;
  answer_.by = request_.by;
  answer_.filter = request_.filter;
  for (std::size_t i = 0; i < diff_.dumps.size(); ++i) {
    const DumpTotals& dump = diff_.dumps[i];
    answer_.dumps.push_back({.name = names_[i],
                             .objects = dump.objects,
                             .bytes = dump.bytes,
                             .traced_objects = dump.traced,
                             .overhead_objects = dump.overhead_objects,
                             .overhead_bytes = dump.overhead_bytes,
                             .hours = {}});
    if (!hours.empty()) answer_.dumps.back().hours = hours[i];
  }
  for (const Interval& interval : diff_.intervals) {
    answer_.intervals.push_back({.same = interval.same,
                                 .born = interval.born,
                                 .died = interval.died,
                                 .addresses_reused = interval.reused,
                                 .matched_by_generation = interval.certain,
                                 .matched_by_content = interval.by_content,
                                 .matched_by_address_and_class = interval.weak});
  }
  answer_.stayed = {.objects = diff_.stayed, .bytes = diff_.stayed_bytes, .retained_bytes = {}};
  if (diff_.has_retained) answer_.stayed.retained_bytes = diff_.stayed_retained;
  answer_.churned_objects = diff_.churned;
}

void Comparison::add_groups() {
  const std::optional<double> hours = answer_.dumps.back().hours;
  for (GroupChange& change : diff_.groups) {
    if (!has_moved(change, diff_.comparable)) continue;
    ChangedGroup group;
    group.trend = change.trend;
    group.name = group_label(grouping_.key(change.group));
    if (!group.name.contains(request_.filter)) continue;
    group.counts = std::move(change.counts);
    group.bytes = std::move(change.bytes);
    group.stayed = change.stayed;
    group.stayed_bytes = change.stayed_bytes;
    if (diff_.has_retained) group.stayed_retained_bytes = change.stayed_retained;
    group.first_seen_in_last = change.fresh;
    group.gone_in_last_interval = change.died_last;
    if (diff_.numbered) {
      group.new_bytes_in_last_interval = change.born_last_bytes;
      group.gone_bytes_in_last_interval = change.died_last_bytes;
    }
    if (hours) group.growth_per_hour = static_cast<double>(group.growth()) / *hours;
    if (group.trend == Trend::kGrows || group.trend == Trend::kNew) {
      answer_.growing_bytes += group.stayed_bytes;
    }
    answer_.groups.push_back(std::move(group));
  }
  sort_groups(answer_.groups, request_.sort);
}

Result<DiffAnswer> Comparison::run() {
  const auto read = for_each_heap(
      request_.dumps, words_, monitor_,
      [&](bool last_input) {
        return LoadOptions{.references = last_input && request_.retained,
                           .content = true,
                           .name_holders = false,
                           .strict = request_.read.strict,
                           .threads = request_.read.threads};
      },
      [&](NamedHeap&& heap, bool last) { return take(std::move(heap), last); });
  if (!read) return std::unexpected(read.error());
  if (names_.size() < 2) {
    return fail(ErrorCode::kUsage, "a comparison needs two dumps or more, and there is only one",
                "`tidemark summary DUMP` says what is in a single dump");
  }
  const auto times = dump_times(request_.at_seconds, times_ns_);
  if (!times) return std::unexpected(times.error());
  answer_.times_from = times->from;
  add_totals(times->hours);
  add_groups();
  return std::move(answer_);
}

}  // namespace

std::int64_t ChangedGroup::growth() const { return growth_of(counts); }

Result<DiffAnswer> answer(const DiffRequest& request, Monitor& monitor) {
  return Comparison(request, monitor).run();
}

std::vector<ChangedGroup> listed_groups(const DiffAnswer& answer, std::size_t limit) {
  std::vector<ChangedGroup> listed;
  std::size_t of_trend = 0;
  for (std::size_t i = 0; i < answer.groups.size(); ++i) {
    const ChangedGroup& group = answer.groups[i];
    const bool first = i == 0 || answer.groups[i - 1].trend != group.trend;
    of_trend = first ? 1 : of_trend + 1;
    if (of_trend <= limit) listed.push_back(group);
  }
  return listed;
}

}  // namespace tidemark
