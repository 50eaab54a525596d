// The state that outlives us, and the workers of a tidemark that is gone.
#pragma once

#include "base/result.h"
#include "supervise/worker_pool.h"

namespace tidemark {

// Writes it; says so once where that cannot be done.
void keep_state(const PoolContext& context);

// Workers of the last run go on under us where the kernel lets us have their socket; else they are
// stopped, in order, so that we can have the port, which this waits for.
void take_over(const PoolContext& context);

}  // namespace tidemark
