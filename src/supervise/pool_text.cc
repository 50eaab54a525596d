#include "supervise/pool_text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/units.h"
#include "series/clock_text.h"

namespace tidemark {

std::string bytes_text(double bytes) { return format_bytes(std::llround(bytes)); }

std::string duration_text(double seconds) { return format_hours(seconds / 3600); }

std::string worker_text(const Worker& worker) {
  return fmt::format("worker {} (pid {})", worker.number, worker.pid);
}

}  // namespace tidemark
