// What `tidemark watch` shows: a screen that is drawn over and over, or a line for each look.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/style.h"
#include "series/series.h"
#include "verdict/verdict.h"

namespace tidemark {

struct WatchedProcess {
  std::string name;   // "puma[4711]"
  double bytes = 0;   // proportional, or resident where that may not be read
  double unique = 0;  // what its end would free; 0: unknown
  double resident = 0;
  double swap = 0;
  std::uint32_t threads = 0;
};

struct WatchState {
  std::string title;
  const MemorySeries* total = nullptr;
  const Verdict* verdict = nullptr;
  std::vector<WatchedProcess> processes;
  double now = 0;
  bool away = false;     // the target does not run at the moment
  double heap_live = 0;  // bytes of objects after collections; 0: not sampled
  double heap_size = 0;  // what the runtimes' heaps take
  double pressure = -1;  // % of the time that tasks waited for memory; < 0: unknown
};

struct WatchSize {
  std::size_t width = 80;
  std::size_t height = 24;
};

// At most `height` - 1 lines of at most min(width, 80) columns, each with its newline.
std::string watch_screen(const WatchState& state, const WatchSize& size, const TextStyle& style);

// "2026-01-31T14:02:03Z puma 489.2 MB in 3 processes, warming up (62 % sure)\n"
std::string watch_line(const WatchState& state);

// "2026-01-31T14:02:03Z puma: restart (pid 17)\n"
std::string watch_event_line(const std::string& title, const SeriesEvent& event);

}  // namespace tidemark
