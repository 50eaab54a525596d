#include "supervise/journal.h"

#include <fmt/format.h>

namespace tidemark {

void Journal::say(const std::string& line, bool alarm) {
  constexpr std::size_t kKept = 20;
  if (say_) say_(line, alarm);
  last_.push_back(fmt::format("{:.0f} {}", clock_.wall(), line));
  if (last_.size() > kKept) last_.pop_front();
}

}  // namespace tidemark
