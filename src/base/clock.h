// What time it is, asked in one place. Thread-safe, and not for signal handlers.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidemark {

// Seconds since 1970, by a clock that people set: for what is shown, stored and compared with times
// of files and logs. It may jump, also backwards.
inline double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The same in whole nanoseconds.
inline std::int64_t wall_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Seconds since some moment before this process began; never goes back: for spans and timeouts.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace tidemark
