// The one way to use more than one core: split a range of numbers over threads and wait.
#pragma once

#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

namespace tidemark {

// Number of threads to use when the caller does not say; at least 1.
inline unsigned default_threads() { return std::max(1U, std::thread::hardware_concurrency()); }

// Calls work(thread, begin, end) once per thread over equal, ordered slices of [0, count).
// Runs in the calling thread alone when there is one thread or little to do.
template <class Work>
void parallel_slices(unsigned threads, std::size_t count, const Work& work) {
  constexpr std::size_t kTooLittle = 1U << 14;
  if (threads <= 1 || count < kTooLittle) {
    work(0U, std::size_t{0}, count);
    return;
  }
  const auto begin_of = [&](unsigned t) { return count * t / threads; };
  std::vector<std::jthread> team;  // last: its end waits for the threads, which use the above
  team.reserve(threads - 1);
  for (unsigned t = 1; t < threads; ++t) {
    team.emplace_back([&, t] { work(t, begin_of(t), begin_of(t + 1)); });
  }
  work(0U, std::size_t{0}, begin_of(1));
}

// Runs two tasks at the same time when there is more than one thread.
template <class First, class Second>
void in_parallel(unsigned threads, const First& first, const Second& second) {
  if (threads <= 1) {
    first();
    second();
    return;
  }
  const std::jthread other([&] { second(); });
  first();
}

}  // namespace tidemark
