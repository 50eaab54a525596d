#include "verdict/heap_beside.h"

namespace tidemark {
namespace {

constexpr double kCleared = 0.25;  // chance of a leak below which the heap is taken to have none

HeapSays what_heap_says(const Verdict& memory, const Verdict& heap) {
  if (heap.kind == VerdictKind::kInsufficient) return HeapSays::kNothingYet;
  if (heap.kind == VerdictKind::kLeak) return HeapSays::kObjectsLeak;
  const bool rises = heap.kind == VerdictKind::kWarming || heap.kind == VerdictKind::kBloat;
  if (memory.kind == VerdictKind::kLeak && !rises && heap.leak_probability < kCleared) {
    return HeapSays::kGrowthIsOutside;
  }
  return HeapSays::kAgrees;
}

}  // namespace

void weigh_heap(Verdict& memory, const Verdict& heap) {
  memory.heap = HeapBeside{.says = what_heap_says(memory, heap),
                           .kind = heap.kind,
                           .now = heap.now,
                           .growth = heap.growth,
                           .leak_probability = heap.leak_probability};
  if (memory.heap->says != HeapSays::kObjectsLeak || memory.kind == VerdictKind::kLeak) return;
  memory.kind = VerdictKind::kLeak;
  memory.confidence = heap.confidence;
  memory.leak_probability = heap.leak_probability;
  memory.leak_evidence = heap.leak_evidence;
  memory.leak_wanted = heap.leak_wanted;
  memory.growth = heap.growth;
  memory.growth_per_1000_requests = heap.growth_per_1000_requests;
  memory.heap->decided = true;
  const double room = memory.quota - memory.now;
  if (room > 0 && heap.growth.value > 0) memory.hours_to_quota = room / heap.growth.value;
}

}  // namespace tidemark
