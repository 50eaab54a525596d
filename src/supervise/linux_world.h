// The world as it is: this machine (world.h).
#pragma once

#include <memory>

#include "base/result.h"
#include "supervise/settings.h"
#include "supervise/world.h"

namespace tidemark {

class LinuxWorld {
 public:
  // Takes the pool's lock, opens its channel, blocks the signals that are then events, and lays out
  // what apps are to load. Errors: kIo, kUsage (the address for metrics).
  static Result<LinuxWorld> open(const PoolSettings& settings);
  LinuxWorld(LinuxWorld&&) noexcept;
  LinuxWorld& operator=(LinuxWorld&&) noexcept;
  ~LinuxWorld();

  // Lives as long as this.
  [[nodiscard]] World world();
  // At an end in order.
  void remove_files();

 private:
  struct Parts;
  explicit LinuxWorld(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark
