// Which of many threads has the next event: a winner tree over keys of time and thread.
//
// A thread's key is its time in microseconds with its number in the low bits, so that comparing two
// keys compares times and the smaller number wins a tie. The root holds the least. Changing one
// key walks from its leaf to the root: the siblings on the way are known beforehand, so their loads
// do not wait for each other, and each step is one compare and one conditional move. At 64 threads
// that is six steps; a linear scan, branch-free, was slower from 8 threads on.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

class NextEvent {
 public:
  static constexpr int kThreadBits = 14;
  static constexpr std::uint64_t kThreadMask = (1U << kThreadBits) - 1;
  static constexpr std::uint64_t kNever = UINT64_MAX;

  explicit NextEvent(std::size_t threads)
      : leaves_(std::bit_ceil(std::max<std::size_t>(threads, 2))), keys_(2 * leaves_, kNever) {}

  [[nodiscard]] std::uint64_t first() const { return keys_[1]; }  // kNever: nothing to come
  static std::uint64_t time_of(std::uint64_t key) { return key >> kThreadBits; }
  static std::size_t thread_of(std::uint64_t key) { return key & kThreadMask; }

  void set(std::size_t thread, std::uint64_t micros) {
    put(thread, (micros << kThreadBits) | thread);
  }
  void clear(std::size_t thread) { put(thread, kNever); }

 private:
  void put(std::size_t thread, std::uint64_t key) {
    std::size_t at = leaves_ + thread;
    keys_[at] = key;
    while (at > 1) {
      key = std::min(key, keys_[at ^ 1]);
      at >>= 1;
      keys_[at] = key;
    }
  }

  std::size_t leaves_;
  std::vector<std::uint64_t> keys_;
};

}  // namespace tidemark
