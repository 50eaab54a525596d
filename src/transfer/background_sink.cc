#include "transfer/background_sink.h"

#include <sys/resource.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace tidemark {

BackgroundSink::BackgroundSink(ByteSink& sink, std::size_t most_blocks)
    : sink_(sink), most_blocks_(most_blocks), thread_([this] { work(); }) {}

BackgroundSink::~BackgroundSink() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    queue_.clear();
  }
  changed_.notify_all();
}

bool BackgroundSink::wait_for_room(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience,
                           [&] { return failure_ || queue_.size() < most_blocks_; });
}

void BackgroundSink::push(std::vector<char> block) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    queue_.push_back(std::move(block));
  }
  changed_.notify_all();
}

bool BackgroundSink::drained(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return failure_ || idle(); });
}

std::optional<Error> BackgroundSink::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void BackgroundSink::work() {
  // Compressing is work beside the app's, on the same processors. Linux gives each thread a
  // priority.
  constexpr int kNice = 10;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  while (true) {
    std::vector<char> block;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return closing_ || !queue_.empty(); });
      if (closing_) return;
      block = std::move(queue_.front());
      queue_.pop_front();
      writing_ = true;
    }
    Result<void> done;
    try {
      done = sink_.write(block);
    } catch (const std::bad_alloc&) {
      done = fail(ErrorCode::kTooLarge, "not enough memory to pass the capture on");
    }
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      if (!done) {
        failure_ = done.error();
        queue_.clear();
      }
    }
    changed_.notify_all();
  }
}

}  // namespace tidemark
