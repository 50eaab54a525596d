// Arrays, maps and sets that hold nothing, or have much more room than they use.
#pragma once

#include <cstdint>
#include <vector>

#include "heap/graph.h"

namespace tidemark {

struct CollectionRow {
  ClassId class_id;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;    // of the collections with their tables
  std::uint64_t spare = 0;    // of these, what nothing is in
  std::uint32_t example = 0;  // the one with most spare bytes
};

struct CollectionWaste {
  std::vector<CollectionRow> empty;      // most spare bytes first, as all of these
  std::vector<CollectionRow> oversized;  // more than half of it spare, and some 200 bytes
  std::uint64_t empty_count = 0;
  std::uint64_t oversized_count = 0;
  std::uint64_t spare = 0;  // bytes, of all
};

// Ruby's arrays and hashes, V8's arrays, Maps and Sets. A V8 snapshot shows no numbers, so what may
// be full of them is left out: arrays that refer to nothing, and larger tables of that kind.
CollectionWaste find_collection_waste(const HeapGraph& graph);

}  // namespace tidemark
