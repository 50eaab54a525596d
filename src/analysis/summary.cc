// How it is quick: objects that agree in class, type and allocation site are one atom, of which
// there are some ten thousand, however many objects there are. One pass over the nodes finds each
// one's atom and adds up the atoms; every dimension is then a grouping of atoms. Only retained
// sizes need the objects once more.
#include "analysis/summary.h"

#include <tsl/robin_map.h>

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "analysis/accumulators.h"
#include "analysis/dominator_tree.h"
#include "analysis/retained_by_group.h"
#include "base/hash.h"
#include "base/threads.h"

namespace tidemark {
namespace {

// There is one in a real heap; more are looked at no closer, so that no heap can make it slow.
constexpr std::size_t kMostOverheadNodes = 16;
constexpr std::uint32_t kPollMask = (1U << 16) - 1;

// What every dimension but age looks at.
struct AtomKey {
  std::uint32_t class_id = 0;
  std::uint32_t site = 0;
  std::uint8_t kind = 0;
  friend bool operator==(const AtomKey&, const AtomKey&) = default;
};

struct AtomHash {
  std::size_t operator()(const AtomKey& key) const noexcept {
    const std::uint64_t both = std::uint64_t{key.class_id} << 32 | key.site;
    return combine(process_seed() + key.kind, both);
  }
};

struct Atom {
  AtomKey key{};
  Amount all{};
  Amount garbage{};
};

// A hash table with a small cache in front, where a clash costs time only: so a cheap hash will do.
class AtomTable {
 public:
  std::uint32_t number(const AtomKey& key) {
    std::uint32_t& recent = recent_[slot(key)];
    if (recent == kUngrouped || atoms_[recent].key != key) {
      const auto [place, fresh] = numbers_.emplace(key, static_cast<std::uint32_t>(atoms_.size()));
      if (fresh) atoms_.push_back({.key = key});
      recent = place->second;
    }
    return recent;
  }
  Atom& operator[](std::uint32_t number) { return atoms_[number]; }
  [[nodiscard]] const std::vector<Atom>& all() const { return atoms_; }

 private:
  static constexpr unsigned kSlotBits = 17;
  static std::size_t slot(const AtomKey& key) {
    const std::uint64_t what = std::uint64_t{key.class_id} << 8 | key.kind;
    return ((key.site * 0x9e3779b97f4a7c15ULL) ^ (what * 0xbf58476d1ce4e5b9ULL)) >>
           (64 - kSlotBits);
  }

  std::vector<std::uint32_t> recent_ =
      std::vector<std::uint32_t>(std::size_t{1} << kSlotBits, kUngrouped);
  std::vector<Atom> atoms_;
  tsl::robin_map<AtomKey, std::uint32_t, AtomHash> numbers_;
};

// The largest of the numbers that are offered.
class Largest {
 public:
  explicit Largest(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] bool wants(std::uint64_t bytes) const { return bytes >= least_ && limit_ > 0; }
  void offer(std::uint64_t bytes, std::uint32_t node) {
    if (!wants(bytes)) return;
    entries_.push_back({bytes, node});
    // Cut when there are twice as many as wanted: that is cheaper than a heap.
    if (entries_.size() >= 2 * limit_) cut();
  }
  std::vector<std::uint32_t> nodes() {
    cut();
    std::vector<std::uint32_t> nodes;
    for (const Entry& entry : entries_) nodes.push_back(entry.node);
    return nodes;
  }

 private:
  struct Entry {
    std::uint64_t bytes;
    std::uint32_t node;
  };

  void cut() {
    std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
      return a.bytes != b.bytes ? a.bytes > b.bytes : a.node < b.node;
    });
    if (entries_.empty() || entries_.size() < limit_) return;
    entries_.resize(limit_);
    least_ = entries_.back().bytes;
  }

  std::size_t limit_;
  std::uint64_t least_ = 1;
  std::vector<Entry> entries_;
};

// Sums by generation. A range that is too wide for a counter each (no real one is) is counted
// in steps.
class GenerationCounts {
 public:
  explicit GenerationCounts(const GenerationRange& range) : first_(range.first) {
    if (!range.known) return;
    while ((range.last - range.first) >> shift_ >= kMost) ++shift_;
    portions_.resize(((range.last - range.first) >> shift_) + 1);
  }
  void add(std::uint32_t generation, const Portion& portion) {
    if (generation == kNoGeneration) {
      none_ += portion;
    } else {
      portions_[(generation - first_) >> shift_] += portion;
    }
  }
  [[nodiscard]] Ages ages() const {
    Ages ages{.generations = {}, .before_tracing = none_};
    for (std::uint32_t i = 0; i < portions_.size(); ++i) {
      if (portions_[i].all.objects == 0) continue;
      ages.generations.push_back({.generation = first_ + (i << shift_), .portion = portions_[i]});
    }
    return ages;
  }

 private:
  static constexpr std::uint32_t kMost = 1U << 20;
  std::uint32_t first_;
  std::uint32_t shift_ = 0;
  std::vector<Portion> portions_;
  Portion none_{};
};

// A node on the path from the root, and the dimensions whose group it opened (a bit for each).
struct Step {
  std::uint32_t node;
  std::uint8_t opened;
};

// What one thread needs and finds on its part of the dominator tree.
struct Walk {
  std::vector<Step> path;
  std::vector<std::uint8_t> open;       // by group: a member is on the path
  std::vector<std::uint64_t> retained;  // by group
  bool in_conservative = false;         // below a conservative root
  Amount conservative{};
};

}  // namespace

bool is_program(Role role) {
  return role == Role::kClass || role == Role::kCode || role == Role::kInternal;
}

struct HeapScan::State {
  State(const HeapGraph& graph, const SummaryOptions& options)
      : generations(generation_range(graph)), shallow(options.largest) {}
  void scan(const HeapGraph& graph, Monitor& monitor);
  void add(const HeapGraph& graph, std::uint32_t node, const Amount& amount);

  AtomTable atoms;
  Buffer<std::uint32_t> atom{};  // by node; kUngrouped for those that are not the program's
  GenerationCounts generations;
  Largest shallow;
  Portion heap{};
  Amount overhead{};
  std::vector<std::uint32_t> overhead_nodes{};
};

HeapScan::HeapScan(HeapScan&&) noexcept = default;
HeapScan& HeapScan::operator=(HeapScan&&) noexcept = default;
HeapScan::~HeapScan() = default;

HeapScan::HeapScan(const HeapGraph& graph, const SummaryOptions& options, Monitor& monitor)
    : state_(std::make_unique<State>(graph, options)) {
  state_->scan(graph, monitor);
}

void HeapScan::State::scan(const HeapGraph& graph, Monitor& monitor) {
  atom = Buffer<std::uint32_t>(graph.node_count());
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    if ((node & kPollMask) == 0 && monitor.cancelled()) return;
    atom[node] = kUngrouped;
    if (!graph.is_counted(node)) continue;
    const Amount amount{.objects = 1, .bytes = graph.shallow(node)};
    if ((graph.flags[node] & kOverhead) != 0) {
      overhead += amount;
      if (overhead_nodes.size() < kMostOverheadNodes) overhead_nodes.push_back(node);
    } else {
      add(graph, node, amount);
    }
  }
}

void HeapScan::State::add(const HeapGraph& graph, std::uint32_t node, const Amount& amount) {
  atom[node] = atoms.number({.class_id = graph.class_id[node].value,
                             .site = graph.site_of(node).value,
                             .kind = graph.kind[node]});
  atoms[atom[node]].all += amount;
  const bool program = is_program(graph.role(node));
  const Portion portion{.all = amount, .program = program ? amount : Amount()};
  heap += portion;
  generations.add(graph.generation_of(node), portion);
  shallow.offer(amount.bytes, node);
}

class Summariser {
 public:
  Summariser(const HeapGraph& graph, const Dominators* dominators, const SummaryOptions& options,
             Monitor& monitor, HeapScan&& scan)
      : graph_(graph),
        dominators_(dominators),
        options_(options),
        monitor_(monitor),
        scan_(std::move(*scan.state_)),
        atoms_(scan_.atoms),
        atom_(scan_.atom),
        retained_(options.largest) {}

  Result<Summary> run();

 private:
  void look_up_reachability();
  [[nodiscard]] bool is_main_content(std::uint32_t node) const;
  void take_totals();
  void group(Dimension dimension, const HeapGraph& atoms);
  void walk(Walk& walk, std::size_t begin, std::size_t end) const;
  void enter(Walk& walk, std::uint32_t node) const;
  void leave(Walk& walk) const;
  void add_retained();
  void leave_overhead_out(std::vector<std::uint64_t>& retained) const;
  [[nodiscard]] HeapGraph atom_graph() const;

  const HeapGraph& graph_;
  const Dominators* dominators_;
  const SummaryOptions& options_;
  Monitor& monitor_;

  HeapScan::State scan_;
  AtomTable& atoms_;                   // of the scan
  Buffer<std::uint32_t>& atom_;        // of the scan
  std::vector<std::uint32_t> groups_;  // of each atom in the first dimension, in the second...
  std::uint32_t first_group_ = 0;      // groups are numbered through over all dimensions
  Largest retained_;
  Summary summary_;
};

// What is garbage, and which objects keep the most alive.
void Summariser::look_up_reachability() {
  const std::uint32_t* const idom = dominators_->idom.span().data();
  const std::uint64_t* const retained = dominators_->retained.span().data();
  for (std::uint32_t node = 0; node < graph_.node_count(); ++node) {
    if ((node & kPollMask) == 0 && monitor_.cancelled()) return;
    if (atom_[node] == kUngrouped) continue;
    if (idom[node] == kUnreachable) {
      const Amount amount{.objects = 1, .bytes = graph_.shallow(node)};
      atoms_[atom_[node]].garbage += amount;
      summary_.reachability.garbage += amount;
    } else if (retained_.wants(retained[node]) && !is_program(graph_.role(node)) &&
               !is_main_content(node)) {
      retained_.offer(retained[node], node);
    }
  }
}

// Of an object that holds nearly nothing but this one.
bool Summariser::is_main_content(std::uint32_t node) const {
  const std::uint32_t holder = dominators_->idom[node];
  if (!graph_.is_object(holder) || is_program(graph_.role(holder))) return false;
  constexpr double kMostOfIt = 0.9;
  return static_cast<double>(dominators_->retained[node]) >=
         kMostOfIt * static_cast<double>(dominators_->retained[holder]);
}

void Summariser::take_totals() {
  summary_.edges = graph_.edge_count();
  summary_.heap = scan_.heap;
  summary_.overhead = scan_.overhead;
  summary_.ages = scan_.generations.ages();
  summary_.largest_shallow = scan_.shallow.nodes();
  summary_.largest_retained = retained_.nodes();
  if (dominators_ == nullptr) return;
  summary_.has_reachability = true;
  summary_.reachability.reachable = summary_.heap.all - summary_.reachability.garbage;
}

// A heap of one object for each atom, which Grouping can group.
HeapGraph Summariser::atom_graph() const {
  std::vector<std::uint8_t> kind;
  std::vector<ClassId> class_id;
  std::vector<SiteId> site;
  for (const Atom& atom : atoms_.all()) {
    kind.push_back(atom.key.kind);
    class_id.emplace_back(atom.key.class_id);
    site.emplace_back(atom.key.site);
  }
  HeapGraph atoms;
  atoms.words = graph_.words;
  atoms.kinds = graph_.kinds;
  atoms.everything_lives = graph_.everything_lives;
  atoms.kind = std::move(kind);
  atoms.class_id = std::move(class_id);
  atoms.site = std::move(site);
  return atoms;
}

void Summariser::group(Dimension dimension, const HeapGraph& atoms) {
  auto names = std::make_shared<Grouping>(*graph_.words, dimension);
  const Buffer<GroupId> groups = names->assign(atoms);
  GroupTable& table = summary_.tables[static_cast<std::size_t>(dimension)];
  table.rows.resize(names->size());
  for (GroupId id = 0; id < names->size(); ++id) table.rows[id].group = id;
  for (std::size_t atom = 0; atom < groups.size; ++atom) {
    const Atom& sum = atoms_.all()[atom];
    GroupRow& row = table.rows[groups[atom]];
    const bool program = is_program(graph_.kinds[sum.key.kind].role);
    row.portion += {.all = sum.all, .program = program ? sum.all : Amount()};
    row.garbage += sum.garbage;
    groups_.push_back(first_group_ + groups[atom]);
  }
  first_group_ += names->size();
  table.names = std::move(names);
}

// The rule of retained_by_group.h for all dimensions at once: what costs is to come to a node, not
// what is done there. Takes the nodes at these places in Dominators::order.
void Summariser::walk(Walk& walk, std::size_t begin, std::size_t end) const {
  walk.retained.resize(first_group_);
  walk.open.resize(first_group_);
  const std::uint32_t* const idom = dominators_->idom.span().data();
  const auto order = dominators_->order.span();
  if (begin > 0) {  // the path to the first of them, whose groups the slice before has counted
    const std::vector<std::uint32_t> path = dominator_path(*dominators_, idom[order[begin]]);
    for (const std::uint32_t node : path) enter(walk, node);
    std::ranges::fill(walk.retained, 0);
    walk.conservative = {};
  }
  for (std::size_t place = begin; place < end; ++place) {
    if ((place & kPollMask) == 0 && monitor_.cancelled()) return;
    constexpr std::size_t kAhead = 16;
    if (place + kAhead < end) {
      __builtin_prefetch(&idom[order[place + kAhead]]);
      __builtin_prefetch(&atom_[order[place + kAhead]]);
      __builtin_prefetch(&dominators_->retained[order[place + kAhead]]);
    }
    const std::uint32_t node = order[place];
    while (!walk.path.empty() && walk.path.back().node != idom[node]) leave(walk);
    enter(walk, node);
  }
}

void Summariser::enter(Walk& walk, std::uint32_t node) const {
  Step step{.node = node, .opened = 0};
  const std::uint32_t atom = atom_[node];
  if (dominators_->idom[node] == kRootNode.value) {
    walk.in_conservative = !graph_.is_object(node) && (graph_.flags[node] & kConservative) != 0;
  }
  if (atom != kUngrouped) {
    const std::size_t atoms = atoms_.all().size();
    for (std::size_t at = atom, bit = 1; at < groups_.size(); at += atoms, bit *= 2) {
      const std::uint32_t group = groups_[at];
      if (walk.open[group] != 0) continue;
      walk.open[group] = 1;
      walk.retained[group] += dominators_->retained[node];
      step.opened |= static_cast<std::uint8_t>(bit);
    }
    if (walk.in_conservative) {
      walk.conservative += {.objects = 1, .bytes = graph_.shallow(node)};
    }
  }
  walk.path.push_back(step);
}

void Summariser::leave(Walk& walk) const {
  const Step step = walk.path.back();
  walk.path.pop_back();
  const std::size_t atoms = atoms_.all().size();
  for (std::size_t at = atom_[step.node], bits = step.opened; bits != 0; at += atoms, bits /= 2) {
    if ((bits & 1) != 0) walk.open[groups_[at]] = 0;
  }
}

void Summariser::add_retained() {
  std::vector<Walk> walks(std::max(1U, options_.threads));
  parallel_slices(options_.threads, dominators_->order.size(),
                  [&](unsigned thread, std::size_t begin, std::size_t end) {
                    walk(walks[thread], begin, end);
                  });
  for (std::size_t i = 1; i < walks.size(); ++i) {
    Walk& first = walks.front();
    first.conservative += walks[i].conservative;
    if (walks[i].retained.empty()) continue;
    std::ranges::transform(first.retained, walks[i].retained, first.retained.begin(), std::plus());
  }
  leave_overhead_out(walks.front().retained);
  summary_.reachability.conservative = walks.front().conservative;
  const std::uint64_t* retained = walks.front().retained.data();
  for (const Dimension dimension : options_.dimensions) {
    GroupTable& table = summary_.tables[static_cast<std::size_t>(dimension)];
    table.has_retained = true;
    for (GroupRow& row : table.rows) row.retained = *retained++;
  }
}

// What the measuring takes is in the retained size of each group that holds it.
void Summariser::leave_overhead_out(std::vector<std::uint64_t>& retained) const {
  const std::size_t atoms = atoms_.all().size();
  for (const std::uint32_t node : scan_.overhead_nodes) {
    if (!dominators_->reachable(node)) continue;
    std::vector<bool> seen(first_group_);
    for (std::uint32_t above = node; above != kRootNode.value;) {
      above = dominators_->idom[above];
      if (atom_[above] == kUngrouped) continue;
      for (std::size_t at = atom_[above]; at < groups_.size(); at += atoms) {
        if (!seen[groups_[at]]) retained[groups_[at]] -= graph_.shallow(node);
        seen[groups_[at]] = true;
      }
    }
  }
}

Result<Summary> Summariser::run() {
  monitor_.begin_phase("summarising", 0);
  if (dominators_ != nullptr) look_up_reachability();
  if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
  take_totals();
  const HeapGraph atoms = atom_graph();
  for (const Dimension dimension : options_.dimensions) group(dimension, atoms);
  if (dominators_ != nullptr) add_retained();
  if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "stopped");
  return std::move(summary_);
}

namespace {

bool matches(const GroupTable& table, const GroupRow& row, std::string_view filter) {
  if (filter.empty()) return true;
  const GroupKey key = table.names->key(row.group);
  return key.label.contains(filter) || key.class_name.contains(filter) || key.kind.contains(filter);
}

}  // namespace

Amount amount_of(const GroupRow& row, HeapPart part) {
  switch (part) {
    case HeapPart::kAll:
      return row.portion.all;
    case HeapPart::kData:
      return row.portion.data();
    case HeapPart::kGarbage:
      return row.garbage;
  }
  return {};
}

TopRows top_rows(const GroupTable& table, const TopChoice& choice) {
  TopRows top;
  for (const GroupRow& row : table.rows) {
    const Amount amount = amount_of(row, choice.part);
    if (amount.objects == 0) continue;
    top.others += amount;
    ++top.other_groups;
    if (matches(table, row, choice.filter)) top.rows.push_back(&row);
  }
  const auto weight = [&](const GroupRow* row) -> std::pair<std::uint64_t, std::uint64_t> {
    const Amount amount = amount_of(*row, choice.part);
    if (choice.sort == SummarySort::kCount) return {amount.objects, amount.bytes};
    if (choice.sort == SummarySort::kRetained) return {row->retained, amount.bytes};
    return {amount.bytes, amount.objects};
  };
  const auto before = [&](const GroupRow* a, const GroupRow* b) {
    const auto left = weight(a);
    const auto right = weight(b);
    return left != right ? left > right : a->group < b->group;
  };
  const std::size_t kept = std::min(choice.limit, top.rows.size());
  std::ranges::partial_sort(top.rows, top.rows.begin() + static_cast<std::ptrdiff_t>(kept), before);
  top.rows.resize(kept);
  top.other_groups -= kept;
  for (const GroupRow* row : top.rows) top.others = top.others - amount_of(*row, choice.part);
  return top;
}

Result<Summary> summarise(const HeapGraph& graph, const Dominators* dominators,
                          const SummaryOptions& options, Monitor& monitor) {
  return summarise(graph, dominators, options, monitor, HeapScan(graph, options, monitor));
}

Result<Summary> summarise(const HeapGraph& graph, const Dominators* dominators,
                          const SummaryOptions& options, Monitor& monitor, HeapScan scan) {
  return Summariser(graph, dominators, options, monitor, std::move(scan)).run();
}

}  // namespace tidemark
