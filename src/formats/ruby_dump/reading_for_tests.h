// How the tests of this folder read a dump that they hold as text.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/ruby_dump/reader.h"
#include "heap/invariants.h"

namespace tidemark::ruby {

inline std::vector<HeapGraph> read_dumps(std::string_view text, const ReadOptions& options = {}) {
  Monitor monitor;
  const auto source = memory_source({text.data(), text.size()});
  auto stream = Stream::read(*source, {}, options, std::make_shared<Vocabulary>(), monitor);
  std::vector<HeapGraph> heaps;
  if (!stream) {
    ADD_FAILURE() << stream.error().message;
    return heaps;
  }
  for (std::size_t i = 0; i < stream->size(); ++i) {
    auto heap = stream->take(i, monitor);
    if (!heap) {
      ADD_FAILURE() << heap.error().message;
      return heaps;
    }
    EXPECT_EQ(broken_invariant(*heap), "");
    heaps.push_back(std::move(*heap));
  }
  return heaps;
}

// The heap of a stream that holds one dump.
inline HeapGraph read_dump(std::string_view text, const ReadOptions& options = {}) {
  std::vector<HeapGraph> heaps = read_dumps(text, options);
  EXPECT_EQ(heaps.size(), 1U);
  return heaps.empty() ? HeapGraph() : std::move(heaps.front());
}

// The node at an address, which must be there.
inline std::uint32_t node_at(const HeapGraph& heap, std::uint64_t address) {
  const NodeId node = heap.find(address);
  EXPECT_TRUE(node.valid()) << "no object at " << std::hex << address;
  return node.valid() ? node.value : 0;
}

}  // namespace tidemark::ruby
