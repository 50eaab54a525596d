#include "analysis/v8_distances.h"

#include <tsl/robin_set.h>

#include <charconv>
#include <optional>

#include "heap/weak_pair.h"

namespace tidemark {
namespace {

class Distances {
 public:
  explicit Distances(const HeapGraph& graph)
      : graph_(graph), distance_(graph.node_count(), kNoDistance) {
    for (std::size_t kind = 0; kind < graph.kinds.size(); ++kind) {
      const std::string_view name = graph.words->text(graph.kinds[kind].name);
      is_hidden_.push_back(name == "hidden");
      is_array_.push_back(name == "array");
      is_synthetic_.push_back(name == "synthetic");
    }
  }

  std::vector<std::int32_t> run() {
    for (const std::uint32_t target : graph_.all_edges(kRootNode.value)) {
      const bool program =
          !is_synthetic_[graph_.kind[target]] || graph_.text_of(target) == "(Document DOM trees)";
      if (!program) continue;
      distance_[target] = 1;
      queue_.push_back(target);
    }
    const bool has_program = !queue_.empty();
    walk();
    distance_[kRootNode.value] = has_program ? kSystemDistance : 0;
    queue_.assign(1, kRootNode.value);
    walk();
    return std::move(distance_);
  }

 private:
  void walk() {
    for (std::size_t at = 0; at < queue_.size(); ++at) {
      const std::uint32_t node = queue_[at];
      const std::uint32_t end = graph_.edge_begin[node + 1];
      for (std::uint32_t edge = graph_.edge_begin[node]; edge < end; ++edge) {
        const std::uint32_t target = graph_.edge_target[edge];
        const EdgeLabel label = graph_.label_of_edge(edge);
        if (label.type() == EdgeType::kWeak || label.type() == EdgeType::kOther) continue;
        if (distance_[target] != kNoDistance || !leads_on(node, label)) continue;
        distance_[target] = distance_[node] + 1;
        queue_.push_back(target);
      }
    }
  }

  bool leads_on(std::uint32_t node, EdgeLabel label) {
    const std::uint8_t kind = graph_.kind[node];
    const std::string_view name = label.has_name() ? (*graph_.texts)[label.what()] : "";
    if (is_hidden_[kind] && name == "sloppy_function_map" &&
        graph_.text_of(node) == "system / NativeContext") {
      return false;
    }
    if (is_array_[kind] && graph_.text_of(node) == "(map descriptors)") {
      std::uint32_t index = label.what();
      if (label.has_name()) {
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), index);
        if (parsed.ec != std::errc()) return true;  // no number: nothing is left out
      }
      return index < 2 || index % 3 != 1;
    }
    if (label.type() != EdgeType::kInternal) return true;
    // Both halves of a WeakMap's pair must be met before its value is.
    const std::optional<WeakPair> pair = parse_weak_pair(name);
    if (!pair) return true;
    if (pending_.erase(pair->common) > 0) return true;
    pending_.insert(pair->common);
    return false;
  }

  const HeapGraph& graph_;
  std::vector<std::int32_t> distance_;
  std::vector<std::uint32_t> queue_;
  std::vector<bool> is_hidden_;
  std::vector<bool> is_array_;
  std::vector<bool> is_synthetic_;
  tsl::robin_set<std::string_view> pending_;
};

}  // namespace

std::vector<std::int32_t> v8_distances(const HeapGraph& graph) { return Distances(graph).run(); }

}  // namespace tidemark
