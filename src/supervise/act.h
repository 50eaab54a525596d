// What is done to workers, each action said with its reason.
#pragma once

#include <string_view>

#include "supervise/decide.h"
#include "supervise/worker_pool.h"

namespace tidemark {

void act(const PoolContext& context, const Action& action);

// A line to all parts of a worker: "drain\n", "finish\n".
void tell(const PoolContext& context, const Member& member, std::string_view line);
// External: a signal that we were sent, or SIGTERM; what it means is the server's business.
void pass_on(const PoolContext& context, int signal);
// A worker did not come to serve: the next try waits, and after too many it is given up.
void failed_start(const PoolContext& context, const std::string& why);

}  // namespace tidemark
