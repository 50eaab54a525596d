#include "answers/heap/summary.h"

#include <algorithm>
#include <utility>

#include "analysis/summary.h"
#include "answers/heap/object_words.h"
#include "answers/heap/open_heap.h"

namespace tidemark {
namespace {

constexpr std::size_t kAllRows = SIZE_MAX;
constexpr std::size_t kMostLargest = 100'000;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// What is asked of the analysis.
SummaryOptions summary_options(const SummaryRequest& request) {
  SummaryOptions options;
  options.threads = request.read.threads;
  options.largest = std::min(request.largest, kMostLargest);
  if (!request.by.empty()) {
    options.dimensions = request.by;
    std::erase(options.dimensions, Dimension::kGeneration);
  }
  return options;
}

// Makes the answer from what was found out of a heap.
class SummaryWriter {
 public:
  SummaryWriter(const SummaryRequest& request, const OpenedHeap& heap, const Summary& summary)
      : request_(request), heap_(heap), graph_(heap.graph), summary_(summary) {}

  SummaryAnswer write();

 private:
  [[nodiscard]] bool wants(Dimension dimension) const;
  void add_totals();
  [[nodiscard]] HeapGroups groups(const GroupTable& table) const;
  [[nodiscard]] GarbageGroups garbage() const;
  [[nodiscard]] DuplicateStrings duplicates() const;
  [[nodiscard]] CollectionSpace collections() const;
  [[nodiscard]] LargestObjects largest() const;
  [[nodiscard]] LargeObject large_object(std::uint32_t node) const;
  [[nodiscard]] std::uint32_t holder_of(std::uint32_t node) const;

  const SummaryRequest& request_;
  const OpenedHeap& heap_;
  const HeapGraph& graph_;
  const Summary& summary_;
  SummaryAnswer answer_;
};

bool SummaryWriter::wants(Dimension dimension) const {
  return request_.by.empty() || std::ranges::find(request_.by, dimension) != request_.by.end();
}

void SummaryWriter::add_totals() {
  answer_.notices = heap_.notices;
  answer_.name = heap_.name;
  answer_.read = dump_read(graph_.report);
  answer_.numbered = graph_.numbered;
  answer_.has_sites = graph_.has_sites();
  answer_.by = request_.by;
  answer_.filter = request_.filter;
  answer_.data_only = request_.data_only;
  const bool known = summary_.has_reachability;
  answer_.sort = request_.sort.value_or(SummarySort::kRetained);
  if (!known) answer_.sort = std::min(answer_.sort, SummarySort::kBytes);
  answer_.heap = summary_.heap;
  answer_.references = summary_.edges;
  answer_.traced_objects = graph_.report.traced_objects;
  answer_.measuring = summary_.overhead;
  if (known) answer_.reachability = summary_.reachability;
  for (const SlotClass& slots : graph_.slots) {
    if (slots.slot_bytes == 0) continue;  // not recorded
    answer_.slots.push_back(
        {.slot_bytes = slots.slot_bytes, .used = slots.used, .free = slots.free});
  }
}

HeapGroups SummaryWriter::groups(const GroupTable& table) const {
  const TopRows top =
      top_rows(table, {.sort = answer_.sort,
                       .limit = kAllRows,
                       .filter = request_.filter,
                       .part = request_.data_only ? HeapPart::kData : HeapPart::kAll});
  HeapGroups out;
  out.rows.reserve(top.rows.size());
  std::vector<bool> listed(table.rows.size());
  for (const GroupRow* row : top.rows) {
    listed[static_cast<std::size_t>(row - table.rows.data())] = true;
    HeapGroup group;
    group.name = group_label(table.names->key(row->group));
    group.portion = row->portion;
    group.share = share(row->portion.all.bytes, summary_.heap.all.bytes);
    group.order = row->group;
    if (table.has_retained) {
      group.garbage = row->garbage;
      group.retained_bytes = row->retained;
      group.retained_share = share(row->retained, summary_.reachability.reachable.bytes);
    }
    out.rows.push_back(std::move(group));
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (!listed[i]) out.left_out.add(table.rows[i].portion);
  }
  return out;
}

GarbageGroups SummaryWriter::garbage() const {
  const GroupTable& table = summary_.table(Dimension::kClass);
  const TopRows top = top_rows(table, {.sort = SummarySort::kBytes,
                                       .limit = kAllRows,
                                       .filter = request_.filter,
                                       .part = HeapPart::kGarbage});
  GarbageGroups out{.rows = {}, .left_out_groups = top.other_groups, .left_out = top.others};
  for (const GroupRow* row : top.rows) {
    out.rows.push_back(
        {.name = group_label(table.names->key(row->group)), .garbage = row->garbage});
  }
  return out;
}

DuplicateStrings SummaryWriter::duplicates() const {
  DuplicateStrings out{
      .texts = graph_.duplicate_groups, .wasted = graph_.duplicate_waste, .rows = {}};
  for (const DuplicateText& text : graph_.duplicate_texts) {
    DuplicateString row{.copies = text.count,
                        .bytes = text.bytes,
                        .wasted = text.wasted,
                        .length = text.length,
                        .example = address_label(graph_, text.example),
                        .preview = {}};
    if (request_.contents) row.preview = graph_.words->text(text.preview);
    out.rows.push_back(std::move(row));
  }
  return out;
}

CollectionSpace SummaryWriter::collections() const {
  const CollectionWaste& found = summary_.collections;
  CollectionSpace out{.empty_count = found.empty_count,
                      .oversized_count = found.oversized_count,
                      .spare = found.spare,
                      .empty = {},
                      .oversized = {}};
  const auto add = [&](const std::vector<CollectionRow>& rows, std::vector<CollectionGroup>& to) {
    for (const CollectionRow& row : rows) {
      to.push_back({.class_name = std::string(graph_.words->class_name(row.class_id)),
                    .count = row.count,
                    .bytes = row.bytes,
                    .spare = row.spare,
                    .example = address_label(graph_, row.example)});
    }
  };
  add(found.empty, out.empty);
  add(found.oversized, out.oversized);
  return out;
}

// The nearest dominator that says something to a person; the root: no single one.
std::uint32_t SummaryWriter::holder_of(std::uint32_t node) const {
  const auto& idom = heap_.dominators.idom;
  std::uint32_t holder = idom[node];
  // Ruby 4 keeps instance variables of classes in an internal object of their own.
  while (graph_.role(holder) == Role::kInternal && graph_.is_object(idom[holder])) {
    holder = idom[holder];
  }
  return holder;
}

LargeObject SummaryWriter::large_object(std::uint32_t node) const {
  LargeObject large{.object = object_ref(graph_, node),
                    .type = std::string(graph_.kind_name(node)),
                    .bytes = graph_.shallow(node),
                    .retained_bytes = {},
                    .holder = {}};
  if (!summary_.has_reachability || !heap_.dominators.reachable(node)) return large;
  large.retained_bytes = heap_.dominators.retained[node];
  const std::uint32_t holder = holder_of(node);
  if (holder != kRootNode.value) large.holder = object_ref(graph_, holder);
  return large;
}

LargestObjects SummaryWriter::largest() const {
  LargestObjects out;
  for (const std::uint32_t node : summary_.largest_shallow) {
    out.by_bytes.push_back(large_object(node));
  }
  if (!summary_.has_reachability) return out;
  for (const std::uint32_t node : summary_.largest_retained) {
    out.by_retained_bytes.push_back(large_object(node));
  }
  return out;
}

SummaryAnswer SummaryWriter::write() {
  add_totals();
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    const auto dimension = static_cast<Dimension>(i);
    const GroupTable& table = summary_.table(dimension);
    if (table.names != nullptr) answer_.groups.by_dimension[i] = groups(table);
  }
  if (wants(Dimension::kGeneration)) answer_.ages = summary_.ages;
  if (!request_.by.empty()) return std::move(answer_);
  if (summary_.has_reachability) answer_.garbage_by_class = garbage();
  answer_.duplicate_strings = duplicates();
  answer_.collections = collections();
  answer_.largest = largest();
  return std::move(answer_);
}

}  // namespace

void GroupSum::add(const Portion& group) {
  ++groups;
  if (group.data().objects > 0) ++data_groups;
  portion += group;
}

GroupSum HeapGroups::others(std::size_t first) const {
  GroupSum sum = left_out;
  for (std::size_t i = first; i < rows.size(); ++i) sum.add(rows[i].portion);
  return sum;
}

const HeapGroups* GroupTables::of(Dimension dimension) const {
  const auto& table = by_dimension[static_cast<std::size_t>(dimension)];
  return table ? &*table : nullptr;
}

std::vector<AgeBin> age_bins(const Ages& ages, std::size_t limit) {
  std::vector<AgeBin> bins;
  for (const Ages::Bin& bin : ages.bins(limit)) {
    bins.push_back({.first = bin.first, .last = bin.last, .portion = bin.portion});
  }
  bins.push_back({.first = {}, .last = {}, .portion = ages.before_tracing});
  return bins;
}

Result<SummaryAnswer> answer(const SummaryRequest& request, Monitor& monitor) {
  const SummaryOptions options = summary_options(request);
  const bool overview = request.by.empty();
  std::optional<HeapScan> scan;
  CollectionWaste collections;
  const auto heap = open_heap(request.dump,
                              {.load = {.duplicates = overview,
                                        .strict = request.read.strict,
                                        .threads = request.read.threads},
                               .use_index = request.read.use_index,
                               .beside =
                                   [&](const HeapGraph& graph) {
                                     scan.emplace(graph, options, monitor);
                                     if (overview) collections = find_collection_waste(graph);
                                   }},
                              monitor);
  if (!heap) return std::unexpected(heap.error());
  const Dominators* dominators = heap->graph.report.has_roots ? &heap->dominators : nullptr;
  auto summary = summarise(heap->graph, dominators, options, monitor, std::move(*scan));
  if (!summary) return std::unexpected(summary.error());
  summary->collections = std::move(collections);
  return SummaryWriter(request, *heap, *summary).write();
}

}  // namespace tidemark
