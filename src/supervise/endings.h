// What follows when a process has ended.
#pragma once

#include "supervise/worker_pool.h"

namespace tidemark {

// All that have ended since.
void take_ended(const PoolContext& context);

}  // namespace tidemark
