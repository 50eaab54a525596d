#include "capture/gc_stats.h"

#include <chrono>

#include "capture/turn.h"
#include "runtimes/driver.h"

namespace tidemark {

struct GcStatsReader::Parts {
  pid_t pid = 0;
  Runtime runtime;
  std::unique_ptr<GcStatsProbe> probe;  // which refers to `runtime`
};

GcStatsReader::GcStatsReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
GcStatsReader::GcStatsReader(GcStatsReader&&) noexcept = default;
GcStatsReader& GcStatsReader::operator=(GcStatsReader&&) noexcept = default;
GcStatsReader::~GcStatsReader() = default;

Result<GcStatsReader> GcStatsReader::open(pid_t pid) {
  const auto maps = read_maps(this_machine(), pid);
  if (!maps) return std::unexpected(maps.error());
  auto runtime = detect_runtime(pid, *maps);
  if (!runtime) return std::unexpected(runtime.error());
  auto parts = std::make_unique<Parts>();
  parts->pid = pid;
  parts->runtime = std::move(*runtime);
  auto probe = driver_of(parts->runtime.kind).open_gc_stats(pid, parts->runtime);
  if (!probe) return std::unexpected(probe.error());
  parts->probe = std::move(*probe);
  return GcStatsReader(std::move(parts));
}

Result<GcStats> GcStatsReader::read(const GcStatsOptions& options, Monitor& monitor) {
  const auto turn = take_turn_with(parts_->pid, monitor, std::chrono::milliseconds(500));
  if (!turn) return std::unexpected(turn.error());
  return read_in_turn(options, monitor);
}

Result<GcStats> GcStatsReader::read_in_turn(const GcStatsOptions& options, Monitor& monitor) {
  auto stats = parts_->probe->read(options, monitor);
  if (stats) stats->version = parts_->runtime.version;
  return stats;
}

Result<GcStats> read_gc_stats(pid_t pid, const GcStatsOptions& options, Monitor& monitor) {
  auto reader = GcStatsReader::open(pid);
  if (!reader) return std::unexpected(reader.error());
  return reader->read(options, monitor);
}

}  // namespace tidemark
