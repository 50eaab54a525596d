// What `tidemark watch` shows: a screen that is drawn over and over, or a line for each look.
#pragma once

#include <cstddef>
#include <string>

#include "answers/series/watch.h"
#include "report/style.h"

namespace tidemark {

struct WatchSize {
  std::size_t width = 80;
  std::size_t height = 24;
};

// At most `height` - 1 lines of at most min(width, 80) columns, each with its newline.
std::string watch_screen(const WatchLook& look, const JudgedSeries& so_far, const WatchSize& size,
                         const TextStyle& style);

// "2026-01-31T14:02:03Z puma 489.2 MB in 3 processes, warming up (62 % sure)\n"
std::string watch_line(const WatchLook& look);

// "2026-01-31T14:02:03Z puma: restart (pid 17)\n"
std::string watch_event_line(const WatchEvent& event);

}  // namespace tidemark
