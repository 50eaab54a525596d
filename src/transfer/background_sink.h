// Lets a sink work in a thread of its own, behind a short queue, so that whoever fills it can look
// after other things while the sink is slow.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "transfer/byte_sink.h"

namespace tidemark {

// One thread fills it. Holds at most `most_blocks` blocks.
class BackgroundSink {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMostBlocks = 8;

  explicit BackgroundSink(ByteSink& sink, std::size_t most_blocks = kMostBlocks);
  BackgroundSink(const BackgroundSink&) = delete;
  BackgroundSink& operator=(const BackgroundSink&) = delete;
  // Waits for the write under way; what is queued behind it is dropped.
  ~BackgroundSink();

  // Waits for room, at most that long; false when there is none yet. When the sink has failed there
  // is always room: the blocks go nowhere.
  bool wait_for_room(std::chrono::milliseconds patience);
  void push(std::vector<char> block);
  // Waits until all is written, at most that long; true when it is, or when the sink has failed.
  bool drained(std::chrono::milliseconds patience);

  [[nodiscard]] std::optional<Error> failure() const;

 private:
  void work();
  [[nodiscard]] bool idle() const { return queue_.empty() && !writing_; }

  ByteSink& sink_;
  std::size_t most_blocks_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::vector<char>> queue_;
  bool writing_ = false;
  bool closing_ = false;
  std::optional<Error> failure_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidemark
