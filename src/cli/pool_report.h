// What `tidemark status` shows of a pool.
#pragma once

#include <string>
#include <string_view>

#include "report/style.h"
#include "supervise/run_pool.h"

namespace tidemark {

std::string pool_text(const PoolStatus& status, const TextStyle& style);
std::string pool_json(const PoolStatus& status);     // schema tidemark.status/1
std::string pool_metrics(const PoolStatus& status);  // Prometheus' text format
// By name: "text", "color", "json", "metrics".
std::string pool_answer(const PoolStatus& status, std::string_view format);

}  // namespace tidemark
