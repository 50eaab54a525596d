// What an object, an edge and an address of the graph are called. Names are as they stand in the
// dump: whoever prints them makes them safe.
#pragma once

#include <cstdint>
#include <string>

#include "heap/graph.h"

namespace tidemark {

// "class RequestAudit", "Array (3,902)", "root vm (the virtual machine)", "RequestAudit::Entry".
std::string object_label(const HeapGraph& graph, std::uint32_t node);

// "0x7f64ba232208", V8: "@1234"; empty for a root.
std::string address_label(const HeapGraph& graph, std::uint32_t node);

// What the edge from `holder` to `held` is called: "@store", "@a or @b", "its class", "element",
// "key or value", "constant or variable"; empty where nothing is known.
std::string edge_label(const HeapGraph& graph, std::uint32_t holder, std::uint32_t held);

}  // namespace tidemark
