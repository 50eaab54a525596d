// V8's profiles (.heapprofile, .cpuprofile), as rows of the registry: they are no heaps.
#pragma once

#include "formats/format.h"

namespace tidemark::v8 {

extern const Format kHeapProfileFormat;
extern const Format kCpuProfileFormat;

}  // namespace tidemark::v8
