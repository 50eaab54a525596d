// The object graph of one heap, the same for every language.
//
// Nodes are numbered 0..node_count()-1. Node 0 is the root; its children, the nodes below
// first_object, are the named root groups (Ruby: "vm", "global_tbl"...; V8 has its own). All
// others are objects, in the order that makes walks quick: Ruby's of their addresses, V8's as the
// snapshot has them. Every column is indexed by node.
//
// Memory: 30 bytes a node and 4 bytes an edge as declared here (the edge to an object's class
// is an edge like any other); where references have names, 8 bytes a node and 4 an edge more. A
// heap has at most 2^32 - 2 nodes and 2^32 - 2 edges.
//
// A HeapGraph is plain data: built once by a reader or from an index file, then only read, by any
// number of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/column.h"
#include "base/strong_index.h"
#include "heap/addresses.h"
#include "heap/edge_label.h"
#include "heap/sparse_column.h"
#include "heap/text_table.h"
#include "heap/vocabulary.h"

namespace tidemark {

using NodeId = StrongIndex<struct NodeTag>;

inline constexpr NodeId kRootNode{0};
inline constexpr std::uint32_t kNoGeneration = 0xffffffffU;

// What a kind of object is to an analysis, whatever its language calls it.
enum class Role : std::uint8_t {
  kRoot,    // node 0 and the root groups
  kObject,  // instance with named fields
  kStruct,  // record with positional fields
  kArray,
  kMap,
  kString,
  kNumber,    // and other leaf values: symbols, regexps
  kClass,     // classes and modules: namespaces that live for ever
  kData,      // memory of native code behind an object
  kCode,      // procs, methods, compiled code
  kInternal,  // the runtime's own bookkeeping
};

struct Kind {
  StringId name;  // "STRING", "IMEMO"; "closure"...
  Role role = Role::kInternal;
};

enum NodeFlag : std::uint8_t {
  kHasClassEdge = 1,      // the last edge leads to the object's class
  kHasDanglingEdges = 2,  // some references led to no object and were left out
  kSharedContent = 4,     // its content belongs to another object (Ruby: shared string)
  kOverhead = 8,          // belongs to the measuring itself (Ruby: allocation tracer's table)
  kConservative = 16,     // root group found by scanning a stack: may keep dead objects
  kFrozen = 32,
  kSingleton = 64,  // singleton class
  kDetached = 128,  // part of a document tree that is no longer shown
};

// Text of equal strings, for the report on duplicates.
struct DuplicateText {
  StringId preview;  // the first bytes, escaped as in the dump
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;    // shallow bytes of all of them
  std::uint64_t wasted = 0;   // bytes but for one of them
  std::uint32_t example = 0;  // a node
  std::uint32_t length = 0;   // of the text
};

// A name that plain objects get from their properties (V8).
struct Interface {
  StringId name;
  std::vector<StringId> properties;
};

// Heap slots by size, free ones included; runtimes without slots have none.
struct SlotClass {
  std::uint32_t slot_bytes = 0;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
};

// What a reader saw beside the objects.
struct ReadReport {
  std::string format;               // "Ruby heap dump"
  std::uint64_t content_bytes = 0;  // uncompressed
  std::uint64_t lines = 0;
  std::uint64_t repaired_lines = 0;  // broken by the runtime's own bugs, read nevertheless
  std::uint64_t damaged_lines = 0;   // left out
  std::uint64_t first_damaged_offset = 0;
  std::string first_damage;  // why, in words
  std::uint64_t dangling_references = 0;
  std::uint64_t duplicate_addresses = 0;
  std::uint64_t traced_objects = 0;  // with a recorded generation
  bool has_roots = false;
  std::uint32_t dumps_in_stream = 1;
  std::uint32_t dump_in_stream = 0;  // which of them this is
  std::int64_t time_ns = 0;          // when it was taken, as far as known; 0 when not
};

struct HeapGraph {
  std::shared_ptr<Vocabulary> words;
  std::vector<Kind> kinds;
  std::uint32_t first_object = 1;

  Column<std::uint8_t> kind;         // index in `kinds`
  Column<std::uint8_t> flags;        // NodeFlag bits
  Column<ClassId> class_id;          // name that objects are grouped under
  Column<std::uint32_t> shallow32;   // bytes; see shallow()
  Column<std::uint32_t> extent;      // see extent_of(); empty: as text and references have it
  Column<SiteId> site;               // see site_of(); empty where few have one
  SparseColumn<SiteId> sparse_site;  // in its place
  Column<std::uint32_t> generation;  // kNoGeneration: unknown; empty column: no object has one
  Column<std::uint32_t> edge_begin;  // node_count() + 1 offsets in edge_target
  Column<std::uint32_t> edge_target;
  Column<std::uint32_t> content;  // hash of an object's text, 0: none. Empty unless asked for

  // Only where the runtime tells (V8), otherwise empty:
  Column<std::uint32_t>
      strong_end;  // where, of a node's edges, those that keep nothing alive begin
  Column<std::uint32_t> edge_label;  // by edge: an EdgeLabel
  Column<std::uint32_t> text;        // number in `texts`: a string's value, an object's own name
  std::shared_ptr<const TextTable> texts;
  bool everything_lives = false;  // no node is garbage: what no root reaches hangs from node 0
  bool numbered = false;          // "addresses" are numbers, 8 apart, that people know as @1, @2...
  std::uint64_t other_bytes = 0;  // of the heap, but of no node
  std::vector<Interface> interfaces;

  Addresses addresses;  // indexed by node - first_object

  // Sparse columns, sorted by node.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> large_sizes;  // shallow sizes >= 4 GB
  std::vector<std::pair<std::uint32_t, StringId>> own_names;         // of classes, modules, roots
  std::vector<std::pair<std::uint32_t, std::uint32_t>> layouts;      // node -> layout number
  // A layout lists an object's field names in the order of its edges. Fields that hold no
  // object have no edge, so names are certain only when there are as many edges as names.
  std::vector<std::pair<std::uint32_t, std::vector<StringId>>> layout_names;

  std::vector<DuplicateText> duplicate_texts;  // most waste first; empty unless asked for
  std::uint64_t duplicate_waste = 0;           // of all duplicates, also those not listed
  std::uint64_t duplicate_groups = 0;
  std::vector<SlotClass> slots;
  ReadReport report;

  [[nodiscard]] std::uint32_t node_count() const { return static_cast<std::uint32_t>(kind.size()); }
  [[nodiscard]] std::uint32_t object_count() const { return node_count() - first_object; }
  [[nodiscard]] std::uint32_t edge_count() const {
    return static_cast<std::uint32_t>(edge_target.size());
  }
  [[nodiscard]] bool is_object(std::uint32_t node) const { return node >= first_object; }

  [[nodiscard]] std::span<const std::uint32_t> edges(std::uint32_t node) const {
    return edge_target.span().subspan(edge_begin[node], edge_end(node) - edge_begin[node]);
  }
  [[nodiscard]] std::uint32_t edge_end(std::uint32_t node) const {
    return strong_end.empty() ? edge_begin[node + 1] : strong_end[node];
  }
  // Also those that keep nothing alive.
  [[nodiscard]] std::span<const std::uint32_t> all_edges(std::uint32_t node) const {
    return edge_target.span().subspan(edge_begin[node], edge_begin[node + 1] - edge_begin[node]);
  }
  [[nodiscard]] EdgeLabel label_of_edge(std::size_t edge) const {
    return edge_label.empty() ? EdgeLabel(EdgeType::kOther, 0) : EdgeLabel(edge_label[edge]);
  }
  [[nodiscard]] std::string_view text_of(std::uint32_t node) const {
    return text.empty() ? std::string_view() : (*texts)[text[node]];
  }
  // Bytes of a string, elements of an array, entries of a map, fields.
  [[nodiscard]] std::uint32_t extent_of(std::uint32_t node) const;
  // Is it an object to count? Where bytes were given to their owner, what has none left is not.
  [[nodiscard]] bool is_counted(std::uint32_t node) const {
    return is_object(node) && (!everything_lives || shallow32[node] != 0);
  }
  // The edges without the one to the class. Only those that keep their target alive, as edges().
  [[nodiscard]] std::span<const std::uint32_t> references(std::uint32_t node) const {
    const auto all = edges(node);
    return (flags[node] & kHasClassEdge) != 0 ? all.first(all.size() - 1) : all;
  }
  [[nodiscard]] std::uint64_t shallow(std::uint32_t node) const {
    const std::uint32_t bytes = shallow32[node];
    return bytes != 0xffffffffU ? bytes : large_size(node);
  }
  [[nodiscard]] Role role(std::uint32_t node) const { return kinds[kind[node]].role; }
  [[nodiscard]] std::string_view kind_name(std::uint32_t node) const {
    return words->text(kinds[kind[node]].name);
  }
  [[nodiscard]] std::string_view class_name(std::uint32_t node) const {
    return words->class_name(class_id[node]);
  }
  [[nodiscard]] SiteId site_of(std::uint32_t node) const {
    return site.empty() ? sparse_site.at(node, SiteId::none()) : site[node];
  }
  // Is a site where the code of an object stands, not where it was allocated?
  [[nodiscard]] bool sites_are_code() const { return numbered && report.traced_objects == 0; }
  [[nodiscard]] bool has_sites() const { return !site.empty() || !sparse_site.empty(); }
  [[nodiscard]] std::uint32_t generation_of(std::uint32_t node) const {
    return generation.empty() ? kNoGeneration : generation[node];
  }
  [[nodiscard]] std::uint64_t address(std::uint32_t node) const {
    return is_object(node) ? addresses.at(node - first_object) : 0;
  }
  // The node with this address, or none.
  [[nodiscard]] NodeId find(std::uint64_t address) const;

  // Name of a class, module or root group; empty for all else.
  [[nodiscard]] std::string_view own_name(std::uint32_t node) const;
  // Names that edge number `index` of `node` may have: one when it is certain, several when fields
  // without an object blur the count, none when nothing is known.
  [[nodiscard]] std::vector<StringId> field_candidates(std::uint32_t node, std::size_t index) const;

 private:
  [[nodiscard]] std::uint64_t large_size(std::uint32_t node) const;
};

}  // namespace tidemark
