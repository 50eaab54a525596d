#include "supervise/run_pool.h"

#include "supervise/linux_world.h"
#include "supervise/supervisor.h"

namespace tidemark {

Result<int> run_pool(const PoolSettings& settings, const PoolOutput& output) {
  auto linux_world = LinuxWorld::open(settings);
  if (!linux_world) return std::unexpected(linux_world.error());
  Supervisor supervisor(settings, output, linux_world->world());
  if (auto ready = supervisor.set_up(); !ready) return std::unexpected(ready.error());
  auto ended = supervisor.run();
  linux_world->remove_files();
  return ended;
}

}  // namespace tidemark
