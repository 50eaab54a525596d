#include "capture/gc_stats.h"

#include <fmt/format.h>

#include "capture/capture.h"
#include "capture/node/node_gc_stats.h"
#include "capture/ruby/ruby_gc_stats.h"

namespace tidemark {

struct GcStatsReader::Parts {
  pid_t pid = 0;
  Runtime runtime;
  std::optional<RubyJob> ruby;
  std::optional<Injector> node;
};

GcStatsReader::GcStatsReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
GcStatsReader::GcStatsReader(GcStatsReader&&) noexcept = default;
GcStatsReader& GcStatsReader::operator=(GcStatsReader&&) noexcept = default;
GcStatsReader::~GcStatsReader() = default;

Result<GcStatsReader> GcStatsReader::open(pid_t pid) {
  const auto maps = read_maps(pid);
  if (!maps) return std::unexpected(maps.error());
  auto runtime = detect_runtime(pid, *maps);
  if (!runtime) return std::unexpected(runtime.error());
  auto parts = std::make_unique<Parts>();
  parts->pid = pid;
  parts->runtime = std::move(*runtime);
  if (parts->runtime.kind == RuntimeKind::kRuby) {
    auto job = RubyJob::prepare(pid, parts->runtime);
    if (!job) return std::unexpected(job.error());
    parts->ruby = std::move(*job);
  } else {
    auto injector = Injector::prepare(pid, parts->runtime.libc);
    if (!injector) return std::unexpected(injector.error());
    parts->node = std::move(*injector);
  }
  return GcStatsReader(std::move(parts));
}

Result<GcStats> GcStatsReader::read(const GcStatsOptions& options, Monitor& monitor) {
  const auto turn = take_turn_with(parts_->pid, monitor, std::chrono::milliseconds(500));
  if (!turn) return std::unexpected(turn.error());
  return read_in_turn(options, monitor);
}

Result<GcStats> GcStatsReader::read_in_turn(const GcStatsOptions& options, Monitor& monitor) {
  auto stats = parts_->ruby ? read_ruby_gc_stats(*parts_->ruby, parts_->runtime, options, monitor)
                            : read_node_gc_stats(*parts_->node, parts_->runtime, options);
  if (stats) stats->version = parts_->runtime.version;
  return stats;
}

Result<GcStats> read_gc_stats(pid_t pid, const GcStatsOptions& options, Monitor& monitor) {
  auto reader = GcStatsReader::open(pid);
  if (!reader) return std::unexpected(reader.error());
  return reader->read(options, monitor);
}

std::string gc_stats_json(const GcStats& stats) {
  std::string out =
      fmt::format(R"({{"runtime":"{}","version":"{}")",
                  stats.runtime == RuntimeKind::kRuby ? "ruby" : "node", stats.version);
  const auto number = [&](const char* name, std::optional<std::uint64_t> value) {
    if (value) out += fmt::format(R"(,"{}":{})", name, *value);
  };
  number("after_gc_bytes", stats.after_gc_bytes);
  number("used_bytes", stats.used_bytes);
  number("heap_bytes", stats.heap_bytes);
  number("old_objects", stats.old_objects);
  number("old_bytes", stats.old_bytes);
  number("malloc_increase_bytes", stats.malloc_increase_bytes);
  number("oldmalloc_increase_bytes", stats.oldmalloc_increase_bytes);
  number("external_bytes", stats.external_bytes);
  number("malloced_bytes", stats.malloced_bytes);
  number("minor_collections", stats.minor_collections);
  number("major_collections", stats.major_collections);
  out += R"(,"all":{)";
  for (std::size_t i = 0; i < stats.all.size(); ++i) {
    out += fmt::format(R"({}"{}":{})", i == 0 ? "" : ",", stats.all[i].first, stats.all[i].second);
  }
  return out + "}}\n";
}

}  // namespace tidemark
