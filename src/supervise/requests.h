// What the signals that tidemark gets ask for.
#pragma once

#include "supervise/worker_pool.h"

namespace tidemark {

void take_signal(const PoolContext& context, int signal);
// SIGHUP: the next of those to be replaced, when nothing is on its way.
void retire_next_asked(const PoolContext& context);

}  // namespace tidemark
