// Progress on standard error, and Ctrl-C.
//
// After the first second a line is shown and rewritten until the end:
//   reading heap.json   34 %   210.3 MB/s   12 s left
// It appears only where somebody can see it: on a terminal, or, as lines of a log, when asked for.
// Ctrl-C cancels; a second one, when the first takes too long, kills.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/monitor.h"

namespace tidemark {

enum class ProgressMode : std::uint8_t {
  kAuto,    // on a terminal
  kAlways,  // also into a file or pipe, a line every two seconds
  kNever,
};

// What the progress line is made of. A phase whose name begins with "read" counts bytes.
struct ProgressState {
  std::string phase;
  std::uint64_t done = 0;
  std::uint64_t total = 0;  // 0: unknown
  double seconds = 0;       // since the phase began
};
std::string format_progress(const ProgressState& state);

// One at a time. begin_phase() and advance() may come from any thread. Handles SIGINT as long as it
// lives, unless the caller of the process had it ignored (nohup).
class TerminalMonitor final : public Monitor {
 public:
  struct Settings {
    std::FILE* out = stderr;
    std::chrono::milliseconds delay{1000};  // quick work shows nothing
    std::chrono::milliseconds interval{100};
    bool rewrite = true;  // one line over and over; otherwise a line each time
  };

  explicit TerminalMonitor(ProgressMode mode);
  // Shows progress in any case; without settings, none. For tests.
  explicit TerminalMonitor(const std::optional<Settings>& settings);
  ~TerminalMonitor() override;

  void begin_phase(std::string_view name, std::uint64_t total) override;
  void advance(std::uint64_t done) override;

 private:
  using Clock = std::chrono::steady_clock;

  void catch_interrupt();
  void run_ticker(const std::stop_token& stop);
  void draw();

  std::optional<Settings> settings_;
  std::atomic<std::uint64_t> done_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  std::string phase_;
  std::uint64_t total_ = 0;
  Clock::time_point phase_start_;
  bool handles_interrupt_ = false;
  struct sigaction previous_interrupt_{};
  std::jthread ticker_;  // last: it uses all of the above
};

// While one lives, the progress line is off the screen: for whoever prints on the terminal.
class ProgressPause {
 public:
  ProgressPause();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

}  // namespace tidemark
