// Where a process began anew: announced restarts, and those that only the memory shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "series/series.h"
#include "verdict/trace.h"

namespace tidemark {

enum class LifeStart : std::uint8_t {
  kFirstSample,  // it may have run before
  kRestart,
  kDeploy,
  kOutOfMemory,  // the life before was killed
  kInferred,     // nobody said so, but memory fell as only a restart makes it fall
};

struct Life {
  std::size_t begin = 0;  // points of the trace
  std::size_t end = 0;
  LifeStart start = LifeStart::kFirstSample;

  [[nodiscard]] std::size_t size() const { return end - begin; }
};

// In order of time, covering the whole trace. `events`: in order of time. `guess`: look for those
// that nobody announced.
std::vector<Life> find_lives(const Trace& trace, const std::vector<SeriesEvent>& events,
                             bool guess = true);

// A partial drop near the quota with no restart: what a worker killer leaves behind.
struct Kill {
  std::size_t at = 0;  // the first point after
  double drop = 0;     // levels: what the worker held that a new one does not
};
std::vector<Kill> find_kills(const Trace& trace, const std::vector<Life>& lives);

}  // namespace tidemark
