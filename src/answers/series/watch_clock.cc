#include "answers/series/watch_clock.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tidemark {
namespace {

constexpr double kLongestWait = 0.05;  // seconds: how late Ctrl-C may be heard

template <class Clock>
double seconds_of() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

}  // namespace

double SystemWatchClock::now() const { return seconds_of<std::chrono::system_clock>(); }

double SystemWatchClock::steady() const { return seconds_of<std::chrono::steady_clock>(); }

bool SystemWatchClock::wait(double seconds, int input) {
  const double milliseconds = std::ceil(1000 * std::clamp(seconds, 0.0, kLongestWait));
  pollfd wanted{.fd = input, .events = POLLIN, .revents = 0};
  return poll(&wanted, input >= 0 ? 1 : 0, static_cast<int>(milliseconds)) > 0;
}

}  // namespace tidemark
