#include "cli/terminal_monitor.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace tidemark {
namespace {

using std::chrono_literals::operator""ms;

// Standard error of a test, as a file in memory.
class Screen {
 public:
  Screen() : file_(open_memstream(&text_, &size_)) {}
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen() {
    std::fclose(file_);
    std::free(text_);  // NOLINT(cppcoreguidelines-no-malloc): open_memstream's own
  }
  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

// Runs two phases long enough for a few lines, and returns what was on the screen in the end.
std::string shown(TerminalMonitor::Settings settings) {
  Screen screen;
  settings.out = screen.file();
  {
    TerminalMonitor monitor(settings);
    monitor.begin_phase("reading heap.json", 200);
    monitor.advance(100);
    std::this_thread::sleep_for(60ms);
  }
  return screen.text();
}

TEST(FormatProgress, ReadingShowsShareRateAndTimeLeft) {
  EXPECT_EQ(format_progress({"reading heap.json", 500'000'000, 1'000'000'000, 2.5}),
            "reading heap.json   50 %   200.0 MB/s   3 s left");
  EXPECT_EQ(format_progress({"reading -", 500'000'000, 0, 2.5}),
            "reading -   500.0 MB   200.0 MB/s   3 s");
}

TEST(FormatProgress, OtherPhasesHaveNoBytes) {
  EXPECT_EQ(format_progress({"dominators", 30, 40, 3}), "dominators   75 %   1 s left");
  EXPECT_EQ(format_progress({"dominators", 0, 0, 3}), "dominators   3 s");
  EXPECT_EQ(format_progress({"dominators", 0, 40, 3}), "dominators   0 %");
}

TEST(FormatProgress, NeverClaimsMoreThanAll) {
  EXPECT_EQ(format_progress({"dominators", 50, 40, 3}), "dominators   100 %");
  EXPECT_EQ(format_progress({"dominators", 399, 400, 3}), "dominators   99 %   1 s left");
}

TEST(FormatProgress, LongHostileNamesFitOneLine) {
  const std::string line =
      format_progress({"reading " + std::string(300, 'x') + "\x1b[2J\n", 5, 10, 2});
  EXPECT_LE(line.size(), 82U);  // 78 columns; the ellipsis takes three bytes
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(TerminalMonitor, QuickWorkShowsNothing) { EXPECT_EQ(shown({}), ""); }

TEST(TerminalMonitor, OneLineIsRewrittenAndErased) {
  const std::string text = shown({.delay = 5ms, .interval = 10ms});
  EXPECT_TRUE(text.starts_with("\r\x1b[Kreading heap.json   50 %")) << text;
  EXPECT_TRUE(text.ends_with("\r\x1b[K")) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(TerminalMonitor, LogLinesAreNotRewritten) {
  const std::string text = shown({.delay = 5ms, .interval = 10ms, .rewrite = false});
  EXPECT_TRUE(text.starts_with("reading heap.json   50 %")) << text;
  EXPECT_TRUE(text.ends_with("\n")) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(TerminalMonitor, APauseTakesTheLineAway) {
  Screen screen;
  TerminalMonitor monitor(
      TerminalMonitor::Settings{.out = screen.file(), .delay = 1ms, .interval = 1ms});
  monitor.begin_phase("dominators", 0);
  std::this_thread::sleep_for(30ms);
  const ProgressPause pause;
  const std::string before = screen.text();
  EXPECT_TRUE(before.ends_with("\r\x1b[K")) << before;
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(screen.text(), before);
}

TEST(TerminalMonitor, ThreadsMayReportAtTheSameTime) {
  Screen screen;
  TerminalMonitor monitor(
      TerminalMonitor::Settings{.out = screen.file(), .delay = 1ms, .interval = 1ms});
  auto work = [&] {
    for (std::uint64_t i = 0; i < 2000; ++i) {
      if (i % 500 == 0) monitor.begin_phase("reading", 2000);
      monitor.advance(i);
    }
  };
  const std::jthread other(work);
  work();
}

TEST(TerminalMonitor, CancelComesWithTheFirstInterrupt) {
  struct sigaction before{};
  sigaction(SIGINT, nullptr, &before);
  {
    const TerminalMonitor monitor(ProgressMode::kNever);
    EXPECT_FALSE(monitor.cancelled());
    std::raise(SIGINT);
    EXPECT_TRUE(monitor.cancelled());
    std::raise(SIGINT);  // at once: the same press, handed on
  }
  struct sigaction after{};
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST(TerminalMonitorDeathTest, TheSecondPressKills) {
  const auto press_twice = [] {
    const TerminalMonitor monitor(ProgressMode::kNever);
    std::raise(SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    std::raise(SIGINT);
  };
  EXPECT_EXIT(press_twice(), testing::KilledBySignal(SIGINT), "");
}

TEST(TerminalMonitor, CancelDoesNotUndoNohup) {
  const auto before = std::signal(SIGINT, SIG_IGN);
  {
    const TerminalMonitor monitor(ProgressMode::kNever);
    std::raise(SIGINT);
    EXPECT_FALSE(monitor.cancelled());
  }
  std::signal(SIGINT, before);
}

}  // namespace
}  // namespace tidemark
