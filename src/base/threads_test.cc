#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

namespace tidemark {
namespace {

TEST(ParallelSlices, CoverTheRangeOnce) {
  for (const std::size_t count : {0UL, 1UL, 1000UL, 1UL << 14, 100'003UL}) {
    for (const unsigned threads : {0U, 1U, 2U, 3U, 7U}) {
      std::vector<std::atomic<int>> touched(count);
      std::atomic<unsigned> most{0};
      parallel_slices(threads, count, [&](unsigned thread, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) ++touched[i];
        unsigned seen = most;
        while (seen < thread && !most.compare_exchange_weak(seen, thread)) {
        }
      });
      for (const auto& times : touched) ASSERT_EQ(times, 1);
      EXPECT_LT(most, std::max(1U, threads));
    }
  }
}

// What the threads share stands on the caller's stack, and must outlive them.
TEST(ParallelSlices, EndsBeforeItReturns) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<std::size_t> sum{0};
    parallel_slices(4, 1U << 15,
                    [&](unsigned, std::size_t begin, std::size_t end) { sum += end - begin; });
    EXPECT_EQ(sum, 1U << 15);
  }
}

TEST(InParallel, RunsBoth) {
  for (const unsigned threads : {1U, 2U}) {
    int first = 0;
    int second = 0;
    in_parallel(threads, [&] { first = 1; }, [&] { second = 2; });
    EXPECT_EQ(first + second, 3);
  }
}

TEST(DefaultThreads, AreAtLeastOne) { EXPECT_GE(default_threads(), 1U); }

}  // namespace
}  // namespace tidemark
