#include "base/pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace tidemark {
namespace {

struct Piece {
  unsigned char* pages;
  std::size_t bytes;
  unsigned char mark;
};

bool is_marked(const Piece& piece) {
  return std::all_of(piece.pages, piece.pages + piece.bytes,
                     [&](unsigned char byte) { return byte == piece.mark; });
}

// Pieces are freed and taken again in any order; none may ever lie over another.
void take_and_free(unsigned seed) {
  constexpr std::size_t kLargest = std::size_t{9} << 20;
  std::mt19937 random(seed);
  std::vector<Piece> pieces;
  for (int step = 0; step < 150; ++step) {
    if (pieces.size() < 5 && random() % 2 == 0) {
      const std::size_t bytes = 1 + random() % kLargest;
      const bool zeroed = random() % 2 == 0;
      auto* const pages =
          static_cast<unsigned char*>(zeroed ? map_zeroed_pages(bytes) : map_pages(bytes));
      if (zeroed) {
        ASSERT_TRUE(is_marked({.pages = pages, .bytes = bytes, .mark = 0}));
      }
      pieces.push_back({.pages = pages, .bytes = bytes, .mark = static_cast<unsigned char>(step)});
      std::memset(pages, pieces.back().mark, bytes);
    } else if (!pieces.empty()) {
      const std::size_t which = random() % pieces.size();
      ASSERT_TRUE(is_marked(pieces[which]));
      unmap_pages(pieces[which].pages, pieces[which].bytes);
      pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  for (const Piece& piece : pieces) {
    ASSERT_TRUE(is_marked(piece));
    unmap_pages(piece.pages, piece.bytes);
  }
}

TEST(Pages, NoneIsGivenTwice) { take_and_free(1); }

TEST(Pages, ThreadsDoNotShareAny) {
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 3; ++i) threads.emplace_back([i] { take_and_free(10 + i); });
}

TEST(Pages, FreshOnesAreZero) {
  constexpr std::size_t kBytes = std::size_t{5} << 20;
  void* const used = map_pages(kBytes);
  std::memset(used, 1, kBytes);
  unmap_pages(used, kBytes);
  auto* const fresh = static_cast<unsigned char*>(map_fresh_pages(kBytes));
  EXPECT_TRUE(is_marked({.pages = fresh, .bytes = kBytes, .mark = 0}));
  unmap_fresh_pages(fresh, kBytes);
}

}  // namespace
}  // namespace tidemark
