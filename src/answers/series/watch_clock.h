// The clock of a watch: that of the system, or one that a test turns.
#pragma once

namespace tidemark {

class WatchClock {
 public:
  WatchClock() = default;
  WatchClock(const WatchClock&) = delete;
  WatchClock& operator=(const WatchClock&) = delete;
  virtual ~WatchClock() = default;

  [[nodiscard]] virtual double now() const = 0;     // seconds since 1970
  [[nodiscard]] virtual double steady() const = 0;  // seconds; nobody sets it

  // Waits so many seconds, or shorter, for instance to look whether somebody wants it to end.
  // `input`: a descriptor; true at once when there is something to read, or its end. -1: none.
  virtual bool wait(double seconds, int input) = 0;
};

// Waits at most 50 ms at a time. Thread-safe.
class SystemWatchClock final : public WatchClock {
 public:
  [[nodiscard]] double now() const override;
  [[nodiscard]] double steady() const override;
  bool wait(double seconds, int input) override;
};

}  // namespace tidemark
