// Starts, watches, signals and reaps real processes (world.h). Each one that is watched is held by
// a pidfd, so that a number that was used again is nobody's.
#pragma once

#include <poll.h>

#include <map>
#include <vector>

#include "base/file_descriptor.h"
#include "supervise/launch.h"
#include "supervise/world.h"

namespace tidemark {

class LinuxControl final : public WorldControl {
 public:
  // How a worker is started; filled in before the first start().
  LaunchSettings launch;

  Result<int> start() override;
  void watch(int pid) override;
  std::vector<EndedProcess> take_ended() override;
  bool signal(int pid, int signal) override;
  void signal_group(int pid, int signal) override;

  // What to wait for.
  void add_to(std::vector<pollfd>& waits) const;

 private:
  std::map<int, FileDescriptor> handles_;  // by pid; not open: it could not be had
};

}  // namespace tidemark
