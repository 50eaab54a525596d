// A part of the terminal that is drawn over and over, on the screen that programs like editors use,
// so that what stood before is there again afterwards.
#pragma once

#include <string>

#include "report/watch_screen.h"

namespace tidemark {

// Writes to standard output, which must be a terminal. SIGTERM and SIGHUP become SIGINT while one
// lives, so that whoever waits for that restores the screen. One at a time.
class LiveScreen {
 public:
  LiveScreen();
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;
  ~LiveScreen();

  void draw(const std::string& lines);

  // Of the terminal as it is now.
  static WatchSize size();
};

}  // namespace tidemark
