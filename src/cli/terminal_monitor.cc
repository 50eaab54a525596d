#include "cli/terminal_monitor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <csignal>
#include <ctime>

#include "base/units.h"
#include "report/safe_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kLineWidth = 78;
constexpr std::string_view kEraseLine = "\r\x1b[K";

// One press of Ctrl-C may come as two signals: from the terminal, and from a parent that hands on
// its own.
constexpr std::int64_t kOnePressMs = 300;

std::atomic<Monitor*> interruptible{nullptr};
std::atomic<std::int64_t> interrupted_ms{0};  // when the first one came; 0: none yet

std::int64_t clock_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // may be called by a signal handler
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

extern "C" void on_interrupt(int signal) {
  const std::int64_t now = clock_ms();
  std::int64_t first = 0;
  if (interrupted_ms.compare_exchange_strong(first, now)) {
    if (Monitor* const monitor = interruptible.load(std::memory_order_relaxed)) monitor->cancel();
  } else if (now - first > kOnePressMs) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);  // delivered when this handler returns
  }
}

// The screen's state: where the progress line stands, if it does.
std::recursive_mutex screen_mutex;
std::FILE* line_shown_on = nullptr;

void erase_line() {
  if (line_shown_on == nullptr) return;
  std::fwrite(kEraseLine.data(), 1, kEraseLine.size(), line_shown_on);
  std::fflush(line_shown_on);
  line_shown_on = nullptr;
}

std::optional<TerminalMonitor::Settings> settings_for(ProgressMode mode) {
  using std::chrono_literals::operator""s;
  if (mode == ProgressMode::kNever) return std::nullopt;
  if (isatty(STDERR_FILENO) == 1) return TerminalMonitor::Settings{};
  if (mode == ProgressMode::kAuto) return std::nullopt;
  return TerminalMonitor::Settings{.interval = 2s, .rewrite = false};
}

std::string format_seconds(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole < 100) return fmt::format("{} s", whole);
  return fmt::format("{} min", (whole + 30) / 60);
}

}  // namespace

std::string format_progress(const ProgressState& state) {
  const bool bytes = state.phase.starts_with("read");
  const auto done = static_cast<double>(state.done);
  std::string facts;
  if (state.total > 0) {
    const double part = std::min(1.0, done / static_cast<double>(state.total));
    facts += fmt::format("   {:.0f} %", std::floor(100 * part));
  } else if (bytes && state.done > 0) {
    facts += "   " + format_bytes(static_cast<std::int64_t>(state.done));
  }
  if (bytes && state.done > 0 && state.seconds > 0) {
    facts += fmt::format("   {}/s", format_bytes(static_cast<std::int64_t>(done / state.seconds)));
  }
  // A forecast from the first moments would jump about.
  if (state.total > state.done && state.done > 0 && state.seconds >= 1) {
    const double left = static_cast<double>(state.total - state.done);
    facts += fmt::format("   {} left", format_seconds(left * state.seconds / done));
  } else if (state.total == 0) {
    facts += fmt::format("   {}", format_seconds(state.seconds));
  }
  const std::size_t room = kLineWidth - std::min(kLineWidth, display_width(facts));
  return shorten(safe_text(state.phase), room, Shorten::kMiddle) + facts;
}

TerminalMonitor::TerminalMonitor(ProgressMode mode) : TerminalMonitor(settings_for(mode)) {}

TerminalMonitor::TerminalMonitor(const std::optional<Settings>& settings)
    : settings_(settings), phase_start_(Clock::now()) {
  catch_interrupt();
  if (settings_) {
    ticker_ = std::jthread([this](const std::stop_token& stop) { run_ticker(stop); });
  }
}

TerminalMonitor::~TerminalMonitor() {
  if (ticker_.joinable()) {
    ticker_.request_stop();
    ticker_.join();
  }
  const ProgressPause erased;
  if (handles_interrupt_) sigaction(SIGINT, &previous_interrupt_, nullptr);
  interruptible.store(nullptr);
}

void TerminalMonitor::catch_interrupt() {
  assert(interruptible.load() == nullptr);
  interruptible.store(this);
  sigaction(SIGINT, nullptr, &previous_interrupt_);
  if (previous_interrupt_.sa_handler == SIG_IGN) return;
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  interrupted_ms.store(0);
  sigemptyset(&action.sa_mask);
  handles_interrupt_ = sigaction(SIGINT, &action, nullptr) == 0;
}

void TerminalMonitor::begin_phase(std::string_view name, std::uint64_t total) {
  const std::scoped_lock lock(mutex_);
  phase_ = name;
  total_ = total;
  phase_start_ = Clock::now();
  done_.store(0, std::memory_order_relaxed);
}

// Threads may report out of order: the largest number counts.
void TerminalMonitor::advance(std::uint64_t done) {
  std::uint64_t before = done_.load(std::memory_order_relaxed);
  while (before < done && !done_.compare_exchange_weak(before, done, std::memory_order_relaxed)) {
  }
}

void TerminalMonitor::run_ticker(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::chrono::milliseconds pause = settings_->delay;
  while (true) {
    wake_.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) return;
    lock.unlock();
    draw();
    lock.lock();
    pause = settings_->interval;
  }
}

void TerminalMonitor::draw() {
  ProgressState state;
  {
    const std::scoped_lock lock(mutex_);
    state = {.phase = phase_,
             .done = done_.load(std::memory_order_relaxed),
             .total = total_,
             .seconds = std::chrono::duration<double>(Clock::now() - phase_start_).count()};
  }
  if (state.phase.empty()) return;
  const std::string line = format_progress(state);

  const std::scoped_lock lock(screen_mutex);
  std::string text = settings_->rewrite ? std::string(kEraseLine) + line : line + '\n';
  if (settings_->rewrite) line_shown_on = settings_->out;
  std::fwrite(text.data(), 1, text.size(), settings_->out);
  std::fflush(settings_->out);
}

ProgressPause::ProgressPause() : lock_(screen_mutex) { erase_line(); }

}  // namespace tidemark
