// How a node of the graph, an edge and a path are said to a person.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "answers/heap/object_words.h"
#include "report/path_text.h"
#include "report/safe_text.h"

namespace tidemark {

inline std::string node_text(const HeapGraph& graph, std::uint32_t node) {
  return safe_text(object_label(graph, node));
}
inline std::string address_text(const HeapGraph& graph, std::uint32_t node) {
  return address_label(graph, node);
}
inline std::string edge_text(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held) {
  return safe_text(edge_label(graph, holder, held));
}
inline std::string path_text(const HeapGraph& graph, std::span<const std::uint32_t> path) {
  return path_text(path_steps(graph, path));
}
inline std::string short_path_text(const HeapGraph& graph, std::span<const std::uint32_t> path) {
  return short_path_text(path_steps(graph, path));
}

}  // namespace tidemark
