// How a node of the graph, an edge and a path are said to a person.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "heap/graph.h"

namespace tidemark {

// "class RequestAudit", "Array (3,902)", "root vm (the virtual machine)", "RequestAudit::Entry".
std::string node_text(const HeapGraph& graph, std::uint32_t node);

// "0x7f64ba232208"; empty for a root.
std::string address_text(const HeapGraph& graph, std::uint32_t node);

// What the edge from `holder` to `held` is called: "@store", "@a or @b", "its class", "element",
// "key or value", "constant or variable"; empty where nothing is known.
std::string edge_text(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held);

// One line: "root vm → class Object → class RequestAudit → Array (3,902)". What leads to the last
// class on the way is left out when it is long.
std::string path_text(const HeapGraph& graph, std::span<const std::uint32_t> path);

// The end of it alone: from the last class on, or the last few steps.
std::string short_path_text(const HeapGraph& graph, std::span<const std::uint32_t> path);

// A steps-by-line form, one step a line with the edge's name and the address; ends with a newline.
std::string path_lines(const HeapGraph& graph, std::span<const std::uint32_t> path,
                       std::string_view indent);

}  // namespace tidemark
