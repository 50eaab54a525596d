#include "copy/pump.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/file_descriptor.h"
#include "base/units.h"
#include "host/kernel_text.h"
#include "host/process.h"
#include "transfer/background_sink.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick{10};
constexpr std::chrono::milliseconds kWatchEvery{100};
constexpr std::chrono::milliseconds kMeasureEvery{500};

std::uint64_t own_bytes(pid_t pid) {
  const std::string text = read_proc(this_machine(), pid, "smaps_rollup");
  return (status_number(text, "Private_Dirty").value_or(0) +
          status_number(text, "Swap").value_or(0)) *
         1024;
}

class Pump {
 public:
  Pump(Copy& copy, int reader, ByteSink& sink, const PumpLimits& limits, Monitor& monitor,
       const NextCall& next)
      : copy_(copy),
        reader_(reader),
        sink_(sink),
        limits_(limits),
        monitor_(monitor),
        next_(next) {}

  Result<Pumped> run() {
    while (!(end_of_pipe_ && ended_)) {
      if (auto fine = look_after(); !fine) return give_up(fine.error());
      if (end_of_pipe_) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      } else if (sink_.wait_for_room(kTick)) {
        if (auto fine = read_some(); !fine) return give_up(fine.error());
      }
    }
    if (!block_.empty()) sink_.push(std::move(block_));
    while (!sink_.drained(kTick)) {
      if (auto fine = check_limits(); !fine) return give_up(fine.error());
    }
    if (const auto failure = sink_.failure()) return give_up(*failure);
    return pumped_;
  }

 private:
  std::unexpected<Error> give_up(Error error) {
    copy_.kill();
    return std::unexpected(std::move(error));
  }

  Result<void> look_after() {
    if (!ended_) {
      const auto state = copy_.poll();
      if (!state) return std::unexpected(state.error());
      bool goes_on = state->progress == Copy::Progress::kRunning;
      if (state->progress == Copy::Progress::kReturned && next_) {
        const auto begun = next_(copy_, state->result);
        if (!begun) return std::unexpected(begun.error());
        goes_on = *begun;
      }
      if (!goes_on) {
        pumped_.end = *state;
        ended_ = true;
        // One that stopped at a crash or returned still holds the pipe open.
        copy_.kill();
      }
    }
    if (const auto failure = sink_.failure()) return std::unexpected(*failure);
    return check_limits();
  }

  Result<void> check_limits() {
    const auto now = Clock::now();
    if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    if (now - begin_ > limits_.timeout) {
      return fail(ErrorCode::kIo,
                  fmt::format("not done after {} s ({} written); the copy was ended, the process "
                              "itself is unharmed",
                              limits_.timeout.count(),
                              format_bytes(static_cast<std::int64_t>(pumped_.bytes))),
                  "give it longer with --timeout, or a faster place to write to");
    }
    if (now < next_watch_) return {};
    next_watch_ = now + kWatchEvery;
    if (!ended_ && now >= next_measure_) {
      next_measure_ = now + kMeasureEvery;
      pumped_.copy_peak_bytes = std::max(pumped_.copy_peak_bytes, own_bytes(copy_.pid()));
    }
    if (limits_.room == nullptr || ended_) return {};
    const MemoryRoom room = limits_.room->now();
    if (enough_left(room)) return {};
    return fail(
        ErrorCode::kTooLarge,
        fmt::format("memory ran short ({} left of {} in {}), so the copy was ended; the "
                    "process itself is unharmed",
                    format_bytes(static_cast<std::int64_t>(room.free_bytes)),
                    format_bytes(static_cast<std::int64_t>(room.limit_bytes)), room.place()),
        "free some memory, raise the limit, or take it from a smaller worker");
  }

  Result<void> read_some() {
    pollfd wait{.fd = reader_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, static_cast<int>(kTick.count())) <= 0) return {};
    const std::size_t before = block_.size();
    block_.resize(BackgroundSink::kBlockBytes);
    const ssize_t got = ::read(reader_, block_.data() + before, block_.size() - before);
    block_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
      return fail(ErrorCode::kIo,
                  fmt::format("cannot read from the copy: {}", system_reason(errno)));
    }
    end_of_pipe_ = got == 0;
    if (got > 0) pumped_.bytes += static_cast<std::uint64_t>(got);
    if (block_.size() == BackgroundSink::kBlockBytes) {
      monitor_.advance(pumped_.bytes);
      sink_.push(std::move(block_));
      block_.clear();
    }
    return {};
  }

  Copy& copy_;
  int reader_;
  BackgroundSink sink_;
  const PumpLimits& limits_;
  Monitor& monitor_;
  const NextCall& next_;
  Pumped pumped_;
  std::vector<char> block_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_watch_ = begin_;
  Clock::time_point next_measure_ = begin_ + kWatchEvery;
  bool ended_ = false;
  bool end_of_pipe_ = false;
};

}  // namespace

Result<Pumped> pump(Copy& copy, int reader, ByteSink& sink, const PumpLimits& limits,
                    Monitor& monitor, const NextCall& next) {
  return Pump(copy, reader, sink, limits, monitor, next).run();
}

}  // namespace tidemark
