// What live heap after collections says about the memory of the same processes.
//
// Garbage and fragmentation are not in it, so it is the better signal by far: a leak of objects
// shows there while a collector's sawtooth still hides it in resident memory, and where it is flat
// while memory grows, what grows is no object.
#pragma once

#include "verdict/verdict.h"

namespace tidemark {

// Lets the heap's verdict decide where it knows better: a heap that leaks makes it a leak. Fills
// `memory.heap`.
void weigh_heap(Verdict& memory, const Verdict& heap);

}  // namespace tidemark
