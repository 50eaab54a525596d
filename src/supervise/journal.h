// What the supervisor says, and the last of it for `tidemark status`.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "supervise/world.h"

namespace tidemark {

class Journal {
 public:
  using Say = std::function<void(std::string_view line, bool alarm)>;

  Journal(Say say, WorldClock& clock) : say_(std::move(say)), clock_(clock) {}

  // `alarm`: something is wrong.
  void say(const std::string& line, bool alarm = false);
  // The last 20, each after its time in seconds since 1970.
  [[nodiscard]] std::vector<std::string> last() const { return {last_.begin(), last_.end()}; }

 private:
  Say say_;
  WorldClock& clock_;
  std::deque<std::string> last_;
};

}  // namespace tidemark
