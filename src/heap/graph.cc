#include "heap/graph.h"

#include "heap/joined_text.h"

namespace tidemark {
namespace {

// Finds a node in a sparse column; null when it has no entry.
template <class Value>
const Value* lookup(const std::vector<std::pair<std::uint32_t, Value>>& column, std::uint32_t key) {
  const auto place =
      std::ranges::lower_bound(column, key, {}, &std::pair<std::uint32_t, Value>::first);
  return place != column.end() && place->first == key ? &place->second : nullptr;
}

}  // namespace

std::uint32_t HeapGraph::extent_of(std::uint32_t node) const {
  if (!extent.empty()) return extent[node];
  if (role(node) == Role::kString) {
    const std::uint64_t bytes =
        is_rope(*this, node) ? joined_text(*this, node, 0).length : text_of(node).size();
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, 0xffffffffU));
  }
  std::uint32_t elements = 0;
  for (std::uint32_t e = edge_begin[node]; e < edge_begin[node + 1]; ++e) {
    elements += label_of_edge(e).type() == EdgeType::kElement ? 1 : 0;
  }
  return elements;
}

NodeId HeapGraph::find(std::uint64_t address) const {
  const auto place = addresses.find(address);
  return place ? NodeId(*place + first_object) : NodeId::none();
}

std::uint64_t HeapGraph::large_size(std::uint32_t node) const {
  const std::uint64_t* size = lookup(large_sizes, node);
  return size != nullptr ? *size : 0xffffffffU;
}

std::string_view HeapGraph::own_name(std::uint32_t node) const {
  const StringId* name = lookup(own_names, node);
  return name != nullptr ? words->text(*name) : std::string_view();
}

std::vector<StringId> HeapGraph::field_candidates(std::uint32_t node, std::size_t index) const {
  const std::uint32_t* layout = lookup(layouts, node);
  if (layout == nullptr) return {};
  const std::vector<StringId>* names = lookup(layout_names, *layout);
  const std::size_t edge_count = references(node).size();
  if (names == nullptr || index >= edge_count || edge_count > names->size()) return {};
  if ((flags[node] & kHasDanglingEdges) != 0) return {};
  // Edge i is at least field i, and leaves room for the edges behind it.
  const std::size_t slack = names->size() - edge_count;
  const auto first = names->begin() + static_cast<std::ptrdiff_t>(index);
  return {first, first + static_cast<std::ptrdiff_t>(slack) + 1};
}

}  // namespace tidemark
