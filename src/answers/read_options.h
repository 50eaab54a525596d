// How the heaps of a request are read; the same for every question about heaps.
#pragma once

#include "base/threads.h"

namespace tidemark {

struct ReadOptions {
  bool strict = false;    // the first damage is an error
  bool use_index = true;  // an index file may be read and written
  unsigned threads = default_threads();
};

}  // namespace tidemark
