// What is in one heap: totals, groups along every dimension, ages, what is garbage, the largest
// objects.
//
// Two things are told apart everywhere. "Program" is what the running program itself is made of:
// classes, methods, compiled code, the virtual machine's own bookkeeping, often more than half of a
// heap; all else is data. And what the runtime spends on measuring (kOverhead) is in no sum but
// its own.
//
// Every table adds up: over the rows of a GroupTable, and over the ages with those before tracing,
// the sum is the heap.
//
// Cost: one pass over the nodes and one over the dominator tree, for all dimensions together; 80 ns
// a node, of which half is spread over the threads. Memory while it runs: 4 bytes a node, and 8 for
// each node of the longest chain of dominators.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "analysis/amounts.h"
#include "analysis/collections.h"
#include "analysis/dominators.h"
#include "analysis/grouping.h"
#include "base/monitor.h"
#include "base/result.h"
#include "heap/graph.h"

namespace tidemark {

// Classes, methods, compiled code and the runtime's own bookkeeping; all else is data.
bool is_program(Role role);

struct GroupRow {
  GroupId group = 0;
  Portion portion{};
  Amount garbage{};            // of these, what no root reaches
  std::uint64_t retained = 0;  // bytes that go with the members' dominator trees, each once
};

// The groups of one dimension.
struct GroupTable {
  std::shared_ptr<const Grouping> names;  // names->key(row.group) says what a group is
  std::vector<GroupRow> rows;             // one for each group that has objects, in no order
  bool has_retained = false;
};

Amount amount_of(const GroupRow& row, HeapPart part);

struct TopChoice {
  SummarySort sort = SummarySort::kBytes;
  std::size_t limit = 20;
  std::string_view filter{};       // part of a group's label, class or type
  HeapPart part = HeapPart::kAll;  // what is added up; groups that have none of it are left out
};

// The first rows of a table in an order, and the sum of all others. Equals stand in the order in
// which they come in memory.
struct TopRows {
  std::vector<const GroupRow*> rows;
  Amount others{};
  std::size_t other_groups = 0;
};

TopRows top_rows(const GroupTable& table, const TopChoice& choice);

struct Summary {
  Portion heap{};     // all objects without the overhead
  Amount overhead{};  // of measuring
  std::uint64_t edges = 0;
  bool has_reachability = false;
  Reachability reachability{};
  std::array<GroupTable, kDimensionNames.size()> tables;  // by Dimension; not of kGeneration
  Ages ages;
  CollectionWaste collections;                 // not filled in here
  std::vector<std::uint32_t> largest_shallow;  // nodes, largest first
  // Likewise, data only; what is the main content of another is left out for that other.
  std::vector<std::uint32_t> largest_retained;

  [[nodiscard]] const GroupTable& table(Dimension dimension) const {
    return tables[static_cast<std::size_t>(dimension)];
  }
};

struct SummaryOptions {
  unsigned threads = 1;
  std::size_t largest = 20;  // objects in each list
  // Groups that are not asked for stay empty.
  std::vector<Dimension> dimensions = {Dimension::kSite, Dimension::kClass,  Dimension::kType,
                                       Dimension::kGem,  Dimension::kMethod, Dimension::kFile};
};

// What a summary takes from the heap alone. It can be gathered while dominators are computed.
class HeapScan {
 public:
  HeapScan(const HeapGraph& graph, const SummaryOptions& options, Monitor& monitor);
  HeapScan(HeapScan&&) noexcept;
  HeapScan& operator=(HeapScan&&) noexcept;
  ~HeapScan();

 private:
  friend class Summariser;
  struct State;
  std::unique_ptr<State> state_;
};

// `dominators`: null when nothing is known of the roots; then there is no reachability and nothing
// is retained. Interns words in the graph's vocabulary. `scan`: of this heap with these options.
// Errors: kCancelled.
Result<Summary> summarise(const HeapGraph& graph, const Dominators* dominators,
                          const SummaryOptions& options, Monitor& monitor);
Result<Summary> summarise(const HeapGraph& graph, const Dominators* dominators,
                          const SummaryOptions& options, Monitor& monitor, HeapScan scan);

}  // namespace tidemark
