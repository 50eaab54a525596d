// Reads the input as a V8 heap snapshot, with one thread and with two, and checks that what comes
// out is a graph, the same graph, and that dominators and distances can be had of it.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "analysis/dominators.h"
#include "analysis/v8_distances.h"
#include "formats/v8_snapshot/reader.h"
#include "heap/invariants.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz_v8_snapshot: broken: %s\n", what);
  std::abort();
}

tidemark::Result<tidemark::HeapGraph> read(std::span<const char> input, unsigned threads) {
  tidemark::Monitor monitor;
  const auto source = tidemark::memory_source(input);
  return tidemark::v8::read_heap(*source, {}, {.content = true, .threads = threads},
                                 std::make_shared<tidemark::Vocabulary>(), monitor);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(reinterpret_cast<const char*>(data), size);
  const auto heap = read(input, 1);
  const auto other = read(input, 2);
  require(heap.has_value() == other.has_value(), "an outcome that depends on threads");
  if (!heap) {
    require(!heap.error().message.empty(), "an error without words");
    return 0;
  }
  require(tidemark::broken_invariant(*heap).empty(), "an unsound graph");
  require(heap->edge_count() == other->edge_count() && heap->node_count() == other->node_count(),
          "a graph that depends on threads");
  tidemark::Monitor monitor;
  const auto dominators = tidemark::compute_dominators(*heap, monitor);
  require(dominators.has_value() && dominators->reachable_count == heap->node_count(),
          "a node that nothing dominates");
  require(tidemark::v8_distances(*heap).size() == heap->node_count(), "a node without a distance");
  return 0;
}
