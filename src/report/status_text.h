// What `tidemark status` shows of a pool.
#pragma once

#include <string>

#include "answers/pool/status.h"
#include "report/style.h"

namespace tidemark {

std::string status_text(const PoolStatusAnswer& answer, const TextStyle& style);
std::string status_metrics(const PoolStatusAnswer& answer);  // Prometheus' text format
// In the form that was asked for over the pool's channel.
std::string status_in(PoolStatusForm form, const PoolStatusAnswer& answer);

}  // namespace tidemark
