#include "formats/ruby_dump/assemble.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "base/threads.h"
#include "formats/ruby_dump/address_ranks.h"
#include "formats/ruby_dump/class_names.h"
#include "formats/ruby_dump/duplicate_texts.h"

namespace tidemark::ruby {
namespace {

constexpr std::uint64_t kMaxEdges = 0xfffffffeU;
constexpr std::string_view kTracerTable = "ObjectTracing/allocation_info_tracer";
constexpr std::string_view kStackRoot = "machine_context";

// The columns while they are written, by node and by any thread. They start uninitialised, so that
// they grow page by page while the segments they are made of are freed.
struct Columns {
  Buffer<std::uint8_t> kind, flags;
  Buffer<ClassId> class_id;
  Buffer<std::uint32_t> shallow, extent, generation, edge_begin, edge_target;
  Buffer<SiteId> site;
  Buffer<std::uint32_t> content;
};

// Labels repeat from row to row; one thread's memory of the last of them.
class LabelCache {
 public:
  // `lock`: held while a label is made, which reads words that another label may move.
  LabelCache(const ClassNames& names, std::mutex& lock) : names_(&names), lock_(&lock) {}
  ClassId of(const Row& row) {
    const std::uint64_t object = (std::uint64_t{row.class_code} << 32) | detail_of(row).value;
    const auto kind = static_cast<std::uint32_t>(row.type) |
                      (static_cast<std::uint32_t>(row.flags & kSingleton) << 8);
    Entry& entry = entries_[combine(object, kind) >> 54];
    if (!entry.label.valid() || entry.object != object || entry.kind != kind) {
      const std::scoped_lock held(*lock_);
      entry = {.object = object,
               .kind = kind,
               .label = names_->label(row.type, row.flags, row.class_code, detail_of(row))};
    }
    return entry.label;
  }

 private:
  struct Entry {
    std::uint64_t object = 0;
    std::uint32_t kind = 0;
    ClassId label;
  };
  const ClassNames* names_;
  std::mutex* lock_;
  std::array<Entry, 1024> entries_;
};

class Assembler {
 public:
  Assembler(std::vector<Segment> segments, const PageDictionary& pages,
            std::shared_ptr<Vocabulary> words, const AssemblyOptions& options, Monitor& monitor)
      : segments_(std::move(segments)), pages_(pages), options_(options), monitor_(monitor) {
    graph_.words = std::move(words);
  }

  Result<HeapGraph> run();

 private:
  template <class Work>
  bool each_segment(const Work& work);
  void gather_small_tables();
  Result<void> number_nodes();
  void resolve(Segment& segment);
  [[nodiscard]] std::vector<ClassEntry> class_entries() const;
  void count_edges(Segment& segment);
  Result<void> place_edges();
  void make_columns();
  void fill(Segment& segment, LabelCache& labels);
  void fill_roots();
  void gather_shapes();
  [[nodiscard]] bool fields_are_elsewhere(std::uint32_t node) const;
  void take_sparse(Segment& segment);
  void hand_over_columns();

  [[nodiscard]] std::uint32_t node_of(std::uint32_t code) const {
    const std::uint32_t rank = ranks_->rank(code);
    return rank == kAbsent ? kAbsent : rank + graph_.first_object;
  }
  [[nodiscard]] bool keeps_class_word(const Row& row) const {
    if (row.class_code == 0 || row.type == Type::kNone) return false;
    // Up to 3.1 the class of an IMEMO is whatever stands in that word: a reference like any other,
    // but for a call cache's class, which it does not keep alive.
    return row.type != Type::kImemo || detail_of(row) != call_cache_;
  }

  std::vector<Segment> segments_;
  const PageDictionary& pages_;
  AssemblyOptions options_;
  Monitor& monitor_;
  HeapGraph graph_;
  Columns columns_;
  std::optional<AddressRanks> ranks_;
  std::optional<ClassNames> names_;
  std::vector<RootGroup> roots_;
  std::vector<ShapeRow> shapes_;
  std::atomic<std::uint64_t> dangling_{0};
  std::atomic<std::uint64_t> traced_{0};
  std::atomic<bool> any_site_{false};
  StringId tracer_table_;
  StringId call_cache_;
  std::mutex label_lock_;
};

// Calls work(thread, segment) for every segment; false when cancelled.
template <class Work>
bool Assembler::each_segment(const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&](unsigned thread, std::size_t, std::size_t) {
    for (std::size_t i = next++; i < segments_.size(); i = next++) {
      if (monitor_.cancelled()) return;
      work(thread, segments_[i]);
    }
  };
  constexpr std::size_t kAlwaysParallel = std::size_t{1} << 20;
  parallel_slices(segments_.size() > 1 ? options_.threads : 1, kAlwaysParallel, take);
  return !monitor_.cancelled();
}

Result<HeapGraph> Assembler::run() {
  const auto stopped = [] { return fail(ErrorCode::kCancelled, "stopped"); };
  gather_small_tables();
  if (auto numbered = number_nodes(); !numbered) return std::unexpected(numbered.error());
  if (!each_segment([&](unsigned, Segment& segment) { resolve(segment); })) return stopped();
  names_.emplace(class_entries(), *graph_.words);
  if (!each_segment([&](unsigned, Segment& segment) { count_edges(segment); })) return stopped();
  if (auto placed = place_edges(); !placed) return std::unexpected(placed.error());
  graph_.addresses = ranks_->addresses();
  make_columns();
  if (options_.duplicates) find_duplicate_texts(segments_, options_.threads, graph_);
  for (Segment& segment : segments_) take_sparse(segment);
  std::vector<LabelCache> labels(std::max(1U, options_.threads), LabelCache(*names_, label_lock_));
  const auto fill_one = [&](unsigned thread, Segment& segment) { fill(segment, labels[thread]); };
  if (!each_segment(fill_one)) return stopped();
  fill_roots();
  gather_shapes();
  hand_over_columns();
  names_->finish(graph_, options_.name_holders);
  return std::move(graph_);
}

Result<void> Assembler::number_nodes() {
  std::vector<Segment*> pointers;
  for (Segment& segment : segments_) pointers.push_back(&segment);
  ranks_.emplace(pages_.keys(), pointers);
  graph_.report.duplicate_addresses = ranks_->duplicates();
  const std::uint64_t nodes = std::uint64_t{ranks_->object_count()} + roots_.size() + 1;
  if (nodes >= 0xfffffffeU) return fail(ErrorCode::kTooLarge, "more than 4,294,967,293 objects");
  graph_.first_object = static_cast<std::uint32_t>(roots_.size()) + 1;
  columns_.kind = Buffer<std::uint8_t>(nodes);
  columns_.edge_begin = Buffer<std::uint32_t>(nodes + 1);
  return {};
}

void Assembler::make_columns() {
  const std::size_t nodes = columns_.kind.size;
  columns_.flags = Buffer<std::uint8_t>(nodes);
  columns_.class_id = Buffer<ClassId>(nodes);
  columns_.shallow = Buffer<std::uint32_t>(nodes);
  columns_.extent = Buffer<std::uint32_t>(nodes);
  if (any_site_) columns_.site = Buffer<SiteId>(nodes);
  if (traced_ > 0) columns_.generation = Buffer<std::uint32_t>(nodes);
  if (options_.content) columns_.content = Buffer<std::uint32_t>::zeroed(nodes);
}

void Assembler::hand_over_columns() {
  graph_.report.dangling_references = dangling_;
  graph_.report.traced_objects = traced_;
  graph_.kind = std::move(columns_.kind);
  graph_.flags = std::move(columns_.flags);
  graph_.class_id = std::move(columns_.class_id);
  graph_.shallow32 = std::move(columns_.shallow);
  graph_.extent = std::move(columns_.extent);
  graph_.site = std::move(columns_.site);
  graph_.generation = std::move(columns_.generation);
  graph_.edge_begin = std::move(columns_.edge_begin);
  graph_.edge_target = std::move(columns_.edge_target);
  graph_.content = std::move(columns_.content);
}

// Rows must hold node numbers.
std::vector<ClassEntry> Assembler::class_entries() const {
  std::vector<ClassEntry> classes;
  for (const Segment& segment : segments_) {
    for (const ClassRow& entry : segment.classes) {
      const Row& row = segment.rows[entry.row];
      if (row.code == kDeadRow) continue;
      const std::uint32_t super =
          entry.superclass_code == 0 ? kAbsent : node_of(entry.superclass_code);
      classes.push_back({.node = row.code,
                         .class_node = row.class_code,
                         .superclass_node = super == kAbsent ? 0 : super,
                         .name = entry.name,
                         .real_name = entry.real_name,
                         .type = row.type,
                         .singleton = (row.flags & kSingleton) != 0});
    }
  }
  return classes;
}

// What is small enough to be gathered before anything else: roots, shapes, counts, free slots.
void Assembler::gather_small_tables() {
  for (const TypeInfo& type : kTypes) {
    graph_.kinds.push_back({.name = graph_.words->intern(type.name), .role = type.role});
  }
  tracer_table_ = graph_.words->intern(kTracerTable);
  call_cache_ = graph_.words->intern("callcache");
  ReadReport& report = graph_.report;
  tsl::robin_map<std::uint32_t, std::size_t> slot_classes;  // size -> position
  const auto slots_of = [&](std::uint32_t size) -> SlotClass& {
    const auto [place, fresh] = slot_classes.emplace(size, graph_.slots.size());
    if (fresh) graph_.slots.push_back({.slot_bytes = size, .used = 0, .free = 0});
    return graph_.slots[place->second];
  };
  for (Segment& segment : segments_) {
    for (RootGroup& group : segment.roots) roots_.push_back(std::move(group));
    shapes_.insert(shapes_.end(), segment.shapes.begin(), segment.shapes.end());
    for (const auto& [size, count] : segment.free_slots) slots_of(size).free += count;
    SlotClass* last = nullptr;  // slots of a size stand together
    for (const Row& row : segment.rows) {
      if (row.type == Type::kShape) continue;
      if (last == nullptr || last->slot_bytes != row.slot_size) last = &slots_of(row.slot_size);
      ++(row.type == Type::kNone ? last->free : last->used);
    }
    if (segment.damaged_lines > 0 && report.damaged_lines == 0) {
      report.first_damaged_offset = segment.first_damaged_offset;
      report.first_damage = segment.first_damage;
    }
    report.lines += segment.lines;
    report.damaged_lines += segment.damaged_lines;
    report.repaired_lines += segment.repaired_lines;
  }
  report.has_roots = !roots_.empty();
  std::ranges::sort(graph_.slots, {}, &SlotClass::slot_bytes);
}

// Codes to nodes, in place. References that lead nowhere are closed over.
void Assembler::resolve(Segment& segment) {
  std::uint64_t dangling = 0;
  std::uint64_t traced = 0;
  bool any_site = false;
  std::size_t read = 0;
  std::size_t write = 0;
  for (Row& row : segment.rows) {
    const std::size_t end = read + row.reference_count;
    if (row.code == kDeadRow) {
      read = end;
      row.reference_count = 0;
      continue;
    }
    row.code = node_of(row.code);
    const std::uint32_t class_node = row.class_code == 0 ? kAbsent : node_of(row.class_code);
    row.class_code = class_node == kAbsent ? 0 : class_node;
    columns_.kind[row.code] = static_cast<std::uint8_t>(row.type);
    const std::size_t begin = write;
    for (; read < end; ++read) {
      const std::uint32_t node = node_of(segment.references[read]);
      if (node != kAbsent) segment.references[write++] = node;
    }
    const auto kept = static_cast<std::uint32_t>(write - begin);
    if (kept != row.reference_count) row.flags |= kHasDanglingEdges;
    dangling += row.reference_count - kept;
    row.reference_count = kept;
    traced += row.generation != kNoGeneration ? 1 : 0;
    any_site = any_site || row.site.valid();
  }
  segment.references.resize(write);
  dangling_ += dangling;
  traced_ += traced;
  if (any_site) any_site_ = true;
}

void Assembler::count_edges(Segment& segment) {
  for (Row& row : segment.rows) {
    if (row.code == kDeadRow) continue;
    if (!keeps_class_word(row)) row.class_code = 0;
    const bool has_edge = row.class_code != 0;
    if (has_edge && row.type != Type::kImemo) row.flags |= kHasClassEdge;
    columns_.edge_begin[row.code + 1] = row.reference_count + (has_edge ? 1 : 0);
  }
}

Result<void> Assembler::place_edges() {
  for (std::size_t i = 0; i < roots_.size(); ++i) {
    std::vector<std::uint32_t>& codes = roots_[i].codes;
    std::size_t kept = 0;
    for (const std::uint32_t code : codes) {
      const std::uint32_t node = node_of(code);
      if (node != kAbsent) codes[kept++] = node;
    }
    dangling_ += codes.size() - kept;
    codes.resize(kept);
    columns_.edge_begin[i + 2] = static_cast<std::uint32_t>(kept);
  }
  columns_.edge_begin[0] = 0;
  columns_.edge_begin[1] = static_cast<std::uint32_t>(roots_.size());
  std::uint64_t total = 0;
  for (std::uint32_t& begin : columns_.edge_begin) {
    total += begin;
    if (total > kMaxEdges) {
      return fail(ErrorCode::kTooLarge, "more than 4,294,967,294 references");
    }
    begin = static_cast<std::uint32_t>(total);
  }
  columns_.edge_target = Buffer<std::uint32_t>(total);
  return {};
}

void Assembler::fill(Segment& segment, LabelCache& labels) {
  const std::uint32_t* source = segment.references.data();
  for (const Row& row : segment.rows) {
    if (row.code == kDeadRow) continue;
    const std::uint32_t node = row.code;
    std::uint32_t* edge = columns_.edge_target.begin() + columns_.edge_begin[node];
    edge = std::copy_n(source, row.reference_count, edge);
    source += row.reference_count;
    if (row.class_code != 0) *edge = row.class_code;
    columns_.flags[node] = row.flags;
    if (row.type == Type::kData && detail_of(row) == tracer_table_) {
      columns_.flags[node] |= kOverhead;
    }
    columns_.class_id[node] = labels.of(row);
    columns_.shallow[node] = row.memsize;
    columns_.extent[node] = has_detail(row.type) ? 0 : row.extent;
    if (!columns_.site.empty()) columns_.site[node] = row.site;
    if (!columns_.generation.empty()) columns_.generation[node] = row.generation;
  }
  if (options_.content) {
    for (const TextRow& text : segment.texts) {
      const std::uint32_t node = segment.rows[text.row].code;
      if (node != kDeadRow) columns_.content[node] = static_cast<std::uint32_t>(text.hash | 1);
    }
  }
  segment = Segment();
}

// Sparse columns need node numbers only, and must be taken before a segment is freed.
void Assembler::take_sparse(Segment& segment) {
  for (const auto& [row, bytes] : segment.large_sizes) {
    if (segment.rows[row].code != kDeadRow) {
      graph_.large_sizes.emplace_back(segment.rows[row].code, bytes);
    }
  }
  for (const auto& [row, shape] : segment.object_shapes) {
    if (segment.rows[row].code != kDeadRow) {
      graph_.layouts.emplace_back(segment.rows[row].code, shape);
    }
  }
}

void Assembler::fill_roots() {
  std::uint32_t* edge = columns_.edge_target.begin();
  const ClassId label = graph_.words->intern_class("(root)");
  for (std::uint32_t i = 0; i <= roots_.size(); ++i) {
    columns_.kind[i] = static_cast<std::uint8_t>(Type::kRoot);
    columns_.class_id[i] = label;
    columns_.flags[i] = 0;
    columns_.shallow[i] = 0;
    columns_.extent[i] = 0;
    if (!columns_.site.empty()) columns_.site[i] = SiteId::none();
    if (!columns_.generation.empty()) columns_.generation[i] = kNoGeneration;
    if (i > 0) *edge++ = i;
  }
  for (std::uint32_t i = 0; i < roots_.size(); ++i) {
    edge = std::copy(roots_[i].codes.begin(), roots_[i].codes.end(), edge);
    if (graph_.words->text(roots_[i].name) == kStackRoot) columns_.flags[i + 1] = kConservative;
    graph_.own_names.emplace_back(i + 1, roots_[i].name);
  }
}

// From 4.1 on the fields of a large object may stand in an IMEMO that it refers to, which has the
// same shape.
bool Assembler::fields_are_elsewhere(std::uint32_t node) const {
  if (columns_.kind[node] != static_cast<std::uint8_t>(Type::kObject)) return false;
  for (std::uint32_t i = columns_.edge_begin[node]; i < columns_.edge_begin[node + 1]; ++i) {
    const std::uint32_t target = columns_.edge_target[i];
    if (columns_.kind[target] == static_cast<std::uint8_t>(Type::kImemo)) return true;
  }
  return false;
}

// The field names of a shape are those on the way to it from the root shape. A way that does not
// come from there, as where only the newest shapes were dumped, tells nothing.
void Assembler::gather_shapes() {
  std::ranges::sort(graph_.layouts);
  std::ranges::sort(graph_.large_sizes);
  std::erase_if(graph_.layouts,
                [&](const auto& entry) { return fields_are_elsewhere(entry.first); });
  tsl::robin_map<std::uint32_t, const ShapeRow*> by_id;
  for (const ShapeRow& shape : shapes_) by_id.emplace(shape.id, &shape);
  std::vector<std::uint32_t> used;
  used.reserve(graph_.layouts.size());
  for (const auto& [node, layout] : graph_.layouts) used.push_back(layout);
  std::ranges::sort(used);
  used.erase(std::ranges::unique(used).begin(), used.end());
  // Ruby allows some dozens of fields. The bound is on all ways together, so that no dump of one
  // long chain with many ends is turned into more names than it is worth.
  constexpr std::size_t kStepsPerShape = 64;
  std::size_t steps_left = kStepsPerShape * (shapes_.size() + used.size());
  for (const std::uint32_t layout : used) {
    std::vector<StringId> names;
    std::uint32_t id = layout;
    for (; id != kNoShape && steps_left > 0; --steps_left) {
      const auto place = by_id.find(id);
      if (place == by_id.end()) break;
      if (place->second->field.valid()) names.push_back(place->second->field);
      id = place->second->parent;
    }
    if (names.empty() || id != kNoShape) continue;
    std::ranges::reverse(names);
    graph_.layout_names.emplace_back(layout, std::move(names));
  }
}

}  // namespace

Result<HeapGraph> assemble(std::vector<Segment> segments, const PageDictionary& pages,
                           std::shared_ptr<Vocabulary> words, const AssemblyOptions& options,
                           Monitor& monitor) {
  return Assembler(std::move(segments), pages, std::move(words), options, monitor).run();
}

}  // namespace tidemark::ruby
