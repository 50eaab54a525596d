// What comes over the channel: the parts inside apps report and ask for the socket, others ask for
// the status.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "supervise/worker_pool.h"

namespace tidemark {

using RenderStatus = std::function<std::string(const PoolStatus& status, std::string_view format)>;

// All that has come since.
void take_messages(const PoolContext& context, const RenderStatus& render);

}  // namespace tidemark
