// What changed over two or more heaps of one process: what is new and stayed, what came and went,
// and which groups of objects keep growing.
//
// Identity. An address that was freed and used again is not the same object. Two records at one
// address are one object when type and class agree and, where the runtime recorded them,
// allocation generation and site too (such a match is certain: a slot that was freed by a GC and
// filled again holds an object of a later generation). For objects without a generation, strings
// and other values must have the same content; what is left matches by address, type and class
// alone and is counted as uncertain.
//
// Method. Heaps are added one at a time. Of each only 17 bytes an object are kept, and only until
// the next one is added: its address, two hashes of identity, its group, and the number of the dump
// in which it was first seen, handed on from match to match by walking both address lists in order.
// Linear in the objects.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/grouping.h"
#include "analysis/trend.h"
#include "base/column.h"
#include "heap/graph.h"

namespace tidemark {

// One of the heaps.
struct DumpTotals {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t traced = 0;            // objects with a generation
  std::uint64_t overhead_objects = 0;  // of the measuring itself (kOverhead), in the numbers above
  std::uint64_t overhead_bytes = 0;
  std::int64_t time_ns = 0;  // 0: not known
};

// What happened from one heap to the next.
struct Interval {
  std::uint64_t same = 0;  // objects in both
  std::uint64_t born = 0;
  std::uint64_t died = 0;
  std::uint64_t reused = 0;      // addresses in both that hold another object now
  std::uint64_t certain = 0;     // of `same`: by generation, class and type
  std::uint64_t by_content = 0;  // of `same`: by content, class and type
  std::uint64_t weak = 0;        // of `same`: by address, class and type alone
};

struct GroupChange {
  GroupId group = 0;
  Trend trend = Trend::kSteady;
  std::vector<std::uint64_t> counts{};  // at each dump
  std::vector<std::uint64_t> bytes{};   // shallow, at each dump
  std::uint64_t stayed = 0;             // see Diff::stayed
  std::uint64_t stayed_bytes = 0;
  std::uint64_t stayed_retained = 0;  // what they keep alive; 0 when not asked for
  std::uint64_t fresh = 0;            // first seen in the last dump
  std::uint64_t died_last = 0;        // in the last interval
  std::uint64_t born_last = 0;
  std::uint64_t died_last_bytes = 0;  // shallow; of numbered heaps only, as the next
  std::uint64_t born_last_bytes = 0;
};

struct Diff {
  std::vector<DumpTotals> dumps;
  std::vector<Interval> intervals;  // one fewer than dumps
  std::vector<GroupChange> groups;  // every group seen in any dump, by group number
  // New and stayed: not in the first dump, in the last one, and with three dumps or more also in
  // one before it. With two dumps: new.
  std::uint64_t stayed = 0;
  std::uint64_t stayed_bytes = 0;
  std::uint64_t stayed_retained = 0;  // each byte once
  std::uint64_t churned = 0;          // born after the first dump, gone before the last
  // False: hardly any object of a dump is in the next, so they are of different processes or the
  // heap was compacted. Then only the counts of groups mean anything.
  bool comparable = true;
  bool has_retained = false;
  bool numbered = false;  // objects have numbers (V8), not addresses
};

class HeapComparison {
 public:
  explicit HeapComparison(Grouping& grouping) : grouping_(grouping) {}

  // Heaps in the order of time, at most kMaxDumps; the last one may have edges.
  static constexpr std::size_t kMaxDumps = 250;
  void add(const HeapGraph& graph) {
    observe(graph, graph.addresses);
    connect();
  }
  // The two halves of add(), for who has no memory to spare: observe() needs no extents, and the
  // addresses may be moved out of the heap; after it, sites, generations and contents are not
  // needed any more either, and can be let go before connect() takes its memory.
  void observe(const HeapGraph& graph, Addresses addresses);
  void connect();

  // Which nodes of the last heap are new and stayed: their group, or kNoGroup.
  static constexpr GroupId kNoGroup = 0xffffffffU;
  [[nodiscard]] Buffer<GroupId> stayed_groups() const;
  // Node -> number of the dump that it was first seen in; of the last heap added.
  [[nodiscard]] const Buffer<std::uint8_t>& first_seen() const { return current_.first_seen; }

  // To be called once, with the heap that was added last; lets its records go.
  Diff finish(const HeapGraph& last);

 private:
  // What is kept of a heap until the next is matched with it. By node.
  struct Census {
    std::uint32_t first_object = 1;
    bool traced = false;
    OrderedAddresses addresses;
    Buffer<std::uint32_t> identity;  // hash of type and class
    Buffer<std::uint32_t> origin;    // odd: hash of generation and site; even: of content; 0: none
    Buffer<GroupId> group;           // kNoGroup: not counted
    Column<std::uint32_t> shallow;   // of numbered heaps only
    std::uint64_t counted = 0;
    Buffer<std::uint8_t> first_seen;
  };
  enum class Match : std::uint8_t { kDifferent, kCertain, kByContent, kWeak };

  Census take_census(const HeapGraph& graph, Addresses addresses);
  Match match(const Census& old, std::size_t old_node, std::size_t new_node, bool traced) const;
  void link(const Census& old);
  [[nodiscard]] bool is_stayed(std::uint8_t first_seen) const;

  Grouping& grouping_;
  Census previous_;  // until connect() has followed its objects
  Census current_;
  Diff diff_;
};

}  // namespace tidemark
