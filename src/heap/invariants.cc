#include "heap/invariants.h"

#include <algorithm>
#include <functional>

namespace tidemark {
namespace {

template <class Number>
bool strictly_ascending(const Column<Number>& column) {
  return std::adjacent_find(column.begin(), column.end(), std::greater_equal<>()) == column.end();
}

bool has_size(std::size_t size, std::size_t wanted) { return size == 0 || size == wanted; }

std::string broken_shape(const HeapGraph& graph) {
  const std::size_t nodes = graph.node_count();
  if (nodes == 0 || graph.first_object == 0 || graph.first_object > nodes) return "no root";
  if (graph.flags.size() != nodes || graph.class_id.size() != nodes ||
      graph.shallow32.size() != nodes || !has_size(graph.extent.size(), nodes)) {
    return "a column has another length than the rest";
  }
  if (!has_size(graph.site.size(), nodes) || !has_size(graph.generation.size(), nodes) ||
      !has_size(graph.content.size(), nodes)) {
    return "an optional column is neither empty nor whole";
  }
  if (graph.edge_begin.size() != nodes + 1 || graph.edge_begin[0] != 0 ||
      graph.edge_begin[nodes] != graph.edge_target.size() ||
      !std::ranges::is_sorted(graph.edge_begin.span())) {
    return "edge_begin does not divide the edges";
  }
  return {};
}

std::string broken_node(const HeapGraph& graph, std::uint32_t node) {
  if (graph.kind[node] >= graph.kinds.size()) return "a kind is out of range";
  if (graph.class_id[node].value >= graph.words->class_count()) return "a node has no class name";
  // Where everything is numbered, root groups are too.
  const bool may_be_root = !graph.is_object(node) || graph.numbered;
  const bool must_be_root = !graph.is_object(node);
  if (graph.role(node) == Role::kRoot ? !may_be_root : must_be_root) return "a root is no root";
  const auto edges = graph.edges(node);
  if ((graph.flags[node] & kHasClassEdge) != 0 && edges.empty()) return "a class edge is missing";
  const bool in_range =
      std::ranges::all_of(edges, [&](std::uint32_t target) { return target < graph.node_count(); });
  if (!in_range) return "an edge leads outside of the graph";
  if (graph.site_of(node).valid() && graph.site_of(node).value >= graph.words->site_count()) {
    return "a site is out of range";
  }
  return {};
}

std::string broken_addresses(const HeapGraph& graph) {
  const Addresses& addresses = graph.addresses;
  if (addresses.codes.size() != graph.object_count()) return "not every object has an address";
  if (!strictly_ascending(addresses.page_keys)) return "page keys do not ascend";
  for (const std::uint32_t code : addresses.codes) {
    if (code >> kSlotBits >= addresses.page_keys.size()) return "a slot code is on no page";
  }
  const OrderedAddresses ordered(addresses);
  for (std::size_t rank = 1; rank < ordered.size(); ++rank) {
    if (ordered.code(rank - 1) >= ordered.code(rank)) return "two objects have one slot code";
  }
  return {};
}

}  // namespace

std::string broken_invariant(const HeapGraph& graph) {
  if (std::string problem = broken_shape(graph); !problem.empty()) return problem;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    if (std::string problem = broken_node(graph, node); !problem.empty()) return problem;
  }
  if (!std::ranges::is_sorted(graph.own_names) || !std::ranges::is_sorted(graph.layouts) ||
      !std::ranges::is_sorted(graph.large_sizes)) {
    return "a sparse column is not sorted";
  }
  return broken_addresses(graph);
}

}  // namespace tidemark
