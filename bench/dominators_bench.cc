// Dominators of heaps of one and of 3.4 million objects, by SEMI-NCA and by its rivals, and what is
// made of them.
//
//   build/release/dominators_bench --benchmark_filter='Heap/3400000'
//
// Counters: ns/node is CPU time by node; B/node is the peak of memory beside the graph, the
// result included, by node, and B/node-4B/edge the same without 4 bytes for each edge.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "../tests/support/dominator_oracles.h"
#include "analysis/dominator_tree.h"
#include "analysis/dominators.h"
#include "analysis/predecessors.h"
#include "analysis/retained_by_group.h"
#include "analysis/shortest_paths.h"
#include "base/hash.h"

namespace tidemark {
namespace {

// All have 3.2 edges a node: from the parent, to the class, and 1.2 others, of which 30 % lead
// anywhere and the rest to neighbours.
enum class Shape : std::uint8_t {
  kHeap,    // like a real heap: a flat tree in the order of addresses; collections hold the others
  kTangle,  // every object holds others: one knot, as deep as it is large, hard on every cache
  kLists,   // a heap with half of its objects in doubly linked lists of a hundred thousand
};

constexpr std::uint32_t kClasses = 5000;
constexpr std::uint32_t kGroups = 5;
constexpr std::uint32_t kFirstClass = 1 + kGroups;
constexpr std::uint32_t kFirstObject = kFirstClass + kClasses;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = combine(state_, 1);
    return static_cast<std::uint32_t>((std::uint64_t{static_cast<std::uint32_t>(state_)} * limit) >>
                                      32);
  }
  bool percent(std::uint32_t chance) { return below(100) < chance; }

 private:
  std::uint64_t state_;
};

class Generator {
 public:
  Generator(Shape shape, std::uint32_t nodes) : shape_(shape), nodes_(nodes), dice_(7) {}

  HeapGraph make() {
    for (std::uint32_t group = 1; group <= kGroups; ++group) edges_.emplace_back(0, group);
    for (std::uint32_t i = 0; i < kClasses; ++i) {
      const bool rooted = i < 300;
      edges_.emplace_back(rooted ? 1 + dice_.below(kGroups) : kFirstClass + dice_.below(i),
                          kFirstClass + i);
    }
    for (std::uint32_t node = kFirstObject; node < nodes_; ++node) {
      add_parent(node);
      add_others(node);
    }
    // Last, as in any heap.
    for (std::uint32_t node = kFirstObject; node < nodes_; ++node) {
      edges_.emplace_back(node, class_of());
    }
    return build();
  }

 private:
  // In the order of a depth-first walk: below the object before it, or below one of its parents.
  void add_parent(std::uint32_t node) {
    constexpr std::size_t kDeepest = 40;
    constexpr std::uint32_t kListLength = 200'000;
    if (shape_ == Shape::kLists && node % 2 == 1 && node % kListLength > 1) {
      edges_.emplace_back(node - 2, node);
      edges_.emplace_back(node, node - 2);
      return;
    }
    while (!path_.empty() && (path_.size() > kDeepest || dice_.percent(50))) path_.pop_back();
    edges_.emplace_back(path_.empty() ? kFirstClass + dice_.below(kClasses) : path_.back(), node);
    path_.push_back(node);
  }
  void add_others(std::uint32_t node) {
    constexpr std::uint32_t kCollections = 5;  // per cent
    if (shape_ == Shape::kTangle) {
      const std::uint32_t count = dice_.percent(20) ? 2 : 1;
      for (std::uint32_t i = 0; i < count; ++i) edges_.emplace_back(node, other_than(node));
    } else if (dice_.percent(kCollections)) {
      const std::uint32_t count = dice_.below(2 * 120 / kCollections);
      for (std::uint32_t i = 0; i < count; ++i) edges_.emplace_back(node, other_than(node));
    }
  }
  std::uint32_t other_than(std::uint32_t node) {
    if (dice_.percent(30)) return kFirstObject + dice_.below(nodes_ - kFirstObject);
    const std::uint32_t moved = node + dice_.below(400);
    return moved >= kFirstObject + 200 && moved - 200 < nodes_ ? moved - 200 : node;
  }
  // Few classes have most instances.
  std::uint32_t class_of() {
    const std::uint64_t a = dice_.below(kClasses);
    const std::uint64_t b = dice_.below(kClasses);
    return kFirstClass + static_cast<std::uint32_t>(a * b / kClasses * a / kClasses);
  }

  HeapGraph build() const {
    Buffer<std::uint32_t> begin(std::size_t{nodes_} + 1);
    std::fill(begin.begin(), begin.end(), 0U);
    for (const auto& [from, to] : edges_) ++begin[from + 1];
    for (std::uint32_t node = 0; node < nodes_; ++node) begin[node + 1] += begin[node];
    std::vector<std::uint32_t> place(begin.begin(), begin.end() - 1);
    Buffer<std::uint32_t> target(edges_.size());
    for (const auto& [from, to] : edges_) target[place[from]++] = to;
    std::vector<std::uint32_t> shallow(nodes_);
    std::vector<std::uint8_t> flags(nodes_);
    for (std::uint32_t node = kFirstObject; node < nodes_; ++node) {
      shallow[node] = 40 + node % 7 * 8;
      flags[node] = kHasClassEdge;
    }
    HeapGraph graph;
    graph.words = std::make_shared<Vocabulary>();
    graph.kinds = {{.name = graph.words->intern("OBJECT"), .role = Role::kObject}};
    graph.first_object = kFirstClass;
    graph.kind = std::vector<std::uint8_t>(nodes_);
    graph.flags = std::move(flags);
    graph.class_id = std::vector<ClassId>(nodes_);
    graph.shallow32 = std::move(shallow);
    graph.edge_begin = std::move(begin);
    graph.edge_target = std::move(target);
    return graph;
  }

  Shape shape_;
  std::uint32_t nodes_;
  Dice dice_;
  std::vector<std::uint32_t> path_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges_;
};

const HeapGraph& heap(Shape shape, std::int64_t nodes) {
  static std::map<std::pair<Shape, std::int64_t>, HeapGraph> heaps;
  const auto [place, fresh] = heaps.try_emplace({shape, nodes});
  if (fresh) place->second = Generator(shape, static_cast<std::uint32_t>(nodes)).make();
  return place->second;
}

// Resident kilobytes of this process: VmRSS now, or VmHWM at most since begin_peak().
long resident(const char* what) {
  long kilobytes = 0;
  if (std::FILE* file = std::fopen("/proc/self/status", "r")) {
    char line[256];
    const std::string form = std::string(what) + ": %ld kB";
    while (std::fgets(line, sizeof line, file) != nullptr) {
      if (std::sscanf(line, form.c_str(), &kilobytes) == 1) break;
    }
    std::fclose(file);
  }
  return kilobytes;
}

// Arrays go back to the system when they are freed, so that the next peak is its own.
const int kLargeBlocksAreMapped = mallopt(M_MMAP_THRESHOLD, 1 << 20);

long begin_peak() {
  if (std::FILE* file = std::fopen("/proc/self/clear_refs", "w")) {
    std::fputs("5", file);
    std::fclose(file);
  }
  return resident("VmRSS");
}

template <class Work>
void measure(benchmark::State& state, Shape shape, const Work& work) {
  const HeapGraph& graph = heap(shape, state.range(0));
  const long before = begin_peak();
  const std::clock_t began = std::clock();
  for (auto _ : state) benchmark::DoNotOptimize(work(graph));
  const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  const double bytes = 1024.0 * static_cast<double>(resident("VmHWM") - before);
  const double nodes = graph.node_count();
  state.counters["ns/node"] = seconds * 1e9 / (nodes * static_cast<double>(state.iterations()));
  state.counters["B/node"] = bytes / nodes;
  state.counters["B/node-4B/edge"] = (bytes - 4.0 * graph.edge_count()) / nodes;
}

Dominators semi_nca(const HeapGraph& graph) {
  Monitor monitor;
  return std::move(*compute_dominators(graph, monitor));
}

void BM_SemiNca(benchmark::State& state, Shape shape) { measure(state, shape, semi_nca); }
void BM_LengauerTarjan(benchmark::State& state, Shape shape) {
  measure(state, shape, oracle::lengauer_tarjan);
}
void BM_CooperHarveyKennedy(benchmark::State& state, Shape shape) {
  measure(state, shape, oracle::cooper_harvey_kennedy);
}
void BM_Predecessors(benchmark::State& state, Shape shape) {
  Monitor monitor;
  measure(state, shape,
          [&](const HeapGraph& graph) { return find_predecessors(graph, nullptr, monitor); });
}
void BM_ShortestPaths(benchmark::State& state, Shape shape) {
  Monitor monitor;
  measure(state, shape,
          [&](const HeapGraph& graph) { return find_shortest_paths(graph, monitor); });
}
void BM_DominatorIntervals(benchmark::State& state, Shape shape) {
  const Dominators dominators = semi_nca(heap(shape, state.range(0)));
  measure(state, shape, [&](const HeapGraph&) { return build_dominator_intervals(dominators); });
}
void BM_RetainedByClass(benchmark::State& state, Shape shape) {
  const HeapGraph& graph = heap(shape, state.range(0));
  const Dominators dominators = semi_nca(graph);
  std::vector<std::uint32_t> groups(graph.node_count(), kUngrouped);
  for (std::uint32_t node = kFirstObject; node < graph.node_count(); ++node) {
    groups[node] = graph.edges(node).back() - kFirstClass;
  }
  measure(state, shape,
          [&](const HeapGraph&) { return retained_by_group(dominators, groups, kClasses); });
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1'000'000)->Arg(3'400'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(BM_SemiNca, Heap, Shape::kHeap)->Apply(sizes);
BENCHMARK_CAPTURE(BM_SemiNca, Tangle, Shape::kTangle)->Apply(sizes);
BENCHMARK_CAPTURE(BM_SemiNca, Lists, Shape::kLists)->Apply(sizes);
BENCHMARK_CAPTURE(BM_LengauerTarjan, Heap, Shape::kHeap)->Apply(sizes);
BENCHMARK_CAPTURE(BM_LengauerTarjan, Tangle, Shape::kTangle)->Apply(sizes);
BENCHMARK_CAPTURE(BM_LengauerTarjan, Lists, Shape::kLists)->Apply(sizes);
BENCHMARK_CAPTURE(BM_CooperHarveyKennedy, Heap, Shape::kHeap)->Apply(sizes);
BENCHMARK_CAPTURE(BM_CooperHarveyKennedy, Tangle, Shape::kTangle)->Apply(sizes);
BENCHMARK_CAPTURE(BM_CooperHarveyKennedy, Lists, Shape::kLists)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_DominatorIntervals, Heap, Shape::kHeap)->Apply(sizes);
BENCHMARK_CAPTURE(BM_RetainedByClass, Heap, Shape::kHeap)->Apply(sizes);
BENCHMARK_CAPTURE(BM_RetainedByClass, Tangle, Shape::kTangle)->Apply(sizes);
BENCHMARK_CAPTURE(BM_Predecessors, Heap, Shape::kHeap)->Apply(sizes);
BENCHMARK_CAPTURE(BM_ShortestPaths, Heap, Shape::kHeap)->Apply(sizes);

}  // namespace
}  // namespace tidemark
