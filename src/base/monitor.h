// How a long loop says how far it is and learns that nobody waits for it any more.
// Both calls are cheap enough for every few thousand steps and safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace tidemark {

class Monitor {
 public:
  Monitor() = default;
  // Of work beside that which the user is told of; cancelled with it.
  explicit Monitor(const Monitor* foreground) : foreground_(foreground) {}
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  virtual ~Monitor() = default;

  // A new phase begins; `total` is in the phase's own unit (bytes for reading), 0 when unknown.
  virtual void begin_phase(std::string_view /*name*/, std::uint64_t /*total*/) {}
  virtual void advance(std::uint64_t /*done*/) {}

  [[nodiscard]] bool cancelled() const {
    return cancelled_.load(std::memory_order_relaxed) ||
           (foreground_ != nullptr && foreground_->cancelled());
  }
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }  // async-signal-safe

 private:
  std::atomic<bool> cancelled_{false};
  const Monitor* foreground_ = nullptr;
};

}  // namespace tidemark
