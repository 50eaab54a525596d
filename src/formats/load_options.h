// What a caller wants of a heap, in terms of the graph and not of a format. Each format heeds what
// it can: an option that means nothing to it changes nothing.
#pragma once

#include <vector>

#include "heap/graph.h"

namespace tidemark {

struct LoadOptions {
  bool references = true;    // false: nodes without edges. Ruby; V8's always have them
  bool content = false;      // HeapGraph::content. All formats
  bool duplicates = false;   // HeapGraph::duplicate_texts. Ruby; V8's are found by analysis/
  bool for_index = false;    // all that an index file is to hold. Ruby; V8 has no index
  bool name_holders = true;  // say who holds an anonymous class. Ruby
  bool every_line = false;   // what is no object is a node too, for the three-dump method. Ruby
  bool strict = false;       // the first damage is an error. All formats
  unsigned threads = 1;      // All formats
  const std::vector<Interface>* interfaces = nullptr;  // see HeapGraph::interfaces. V8
};

}  // namespace tidemark
