// The well-known three-dump method, exactly as the scripts do it: what is in the second dump, whose
// address is not in the first and is in the third, grouped by type, file and line. Nothing but the
// address is compared. tidemark's own comparison is diff.h; this one is for those who have to match
// the numbers of a script.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "heap/graph.h"

namespace tidemark {

struct LeakedGroup {
  std::string type;
  std::string file;        // empty: not recorded
  std::uint32_t line = 0;  // 0: not recorded
  std::uint64_t count = 0;
  std::uint64_t content_bytes = 0;  // length of strings and symbols
  std::uint64_t bytes = 0;          // memsize
};

// Most objects first. All three heaps must have been read with every line of the dump as a node.
std::vector<LeakedGroup> three_dump_method(const Addresses& first, const HeapGraph& second,
                                           const Addresses& third);

}  // namespace tidemark
