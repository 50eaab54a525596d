#include "cli/live_screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace tidemark {
namespace {

extern "C" void interrupt_instead(int /*signal*/) { std::raise(SIGINT); }

void set_handler(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
}

void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

LiveScreen::LiveScreen() {
  set_handler(interrupt_instead);
  put("\x1b[?1049h\x1b[?25l");  // the other screen, no cursor
}

LiveScreen::~LiveScreen() {
  put("\x1b[?25h\x1b[?1049l");
  set_handler(SIG_DFL);
}

void LiveScreen::draw(const std::string& lines) {
  std::string frame = "\x1b[H";
  for (const char c : lines) {
    if (c == '\n') frame += "\x1b[K";  // what was longer before
    frame += c;
  }
  put(frame + "\x1b[J");
}

WatchSize LiveScreen::size() {
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
  return {.width = window.ws_col, .height = window.ws_row};
}

}  // namespace tidemark
