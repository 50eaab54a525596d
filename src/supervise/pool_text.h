// How the supervisor writes amounts and workers.
#pragma once

#include <string>

#include "supervise/pool_view.h"

namespace tidemark {

std::string bytes_text(double bytes);
std::string duration_text(double seconds);      // "40 s", "3.5 h"
std::string worker_text(const Worker& worker);  // "worker 3 (pid 17)"

}  // namespace tidemark
