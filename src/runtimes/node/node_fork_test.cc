#include "runtimes/node/node_fork.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tidemark {
namespace {

constexpr std::uint64_t kBase = 0x10'0000'0000;
constexpr std::uint64_t kPage = 4096;

Mapping pages(std::uint64_t first, std::uint64_t count, bool not_forked) {
  Mapping mapping;
  mapping.begin = kBase + first * kPage;
  mapping.end = mapping.begin + count * kPage;
  mapping.writable = mapping.readable = true;
  mapping.not_forked = not_forked;
  return mapping;
}

TEST(UnforkedRanges, NeighboursAreJoinedAcrossHolesOnly) {
  const std::vector<Mapping> maps = {pages(0, 2, true), pages(2, 1, true), pages(5, 1, true),
                                     pages(7, 1, false), pages(8, 1, true)};
  const auto ranges = unforked_ranges(maps, maps);
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0], (AddressRange{kBase, kBase + 6 * kPage}));
  EXPECT_EQ(ranges[1], (AddressRange{kBase + 8 * kPage, kBase + 9 * kPage}));
}

TEST(UnforkedRanges, NewPagesWhereV8PutsItsOwnAreTakenForIts) {
  std::vector<Mapping> now = {pages(0, 2, false), pages(4, 1, false)};
  EXPECT_EQ(unforked_ranges({}, now).size(), 1U);
  now[1].begin = 0x7f00'0000'0000;  // where the C library maps
  now[1].end = now[1].begin + kPage;
  EXPECT_EQ(unforked_ranges({}, now).size(), 1U);
  now[0].inode = 5;
  EXPECT_TRUE(unforked_ranges({}, now).empty());
  EXPECT_TRUE(unforked_ranges({}, {}).empty());
}

// Page by page: every page that V8 keeps out is in a range, and no page that is forked anyway is.
TEST(UnforkedRanges, AgreeWithAListOfPages) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::vector<Mapping> maps;
    std::map<std::uint64_t, bool> not_forked;
    for (std::uint64_t at = 0; at < 60;) {
      const std::uint64_t count = 1 + random() % 4;
      if (random() % 3 != 0) {
        const bool out = random() % 2 == 0;
        maps.push_back(pages(at, count, out));
        for (std::uint64_t i = 0; i < count; ++i) not_forked[kBase + (at + i) * kPage] = out;
      }
      at += count;
    }
    const auto ranges = unforked_ranges(maps, maps);
    for (const auto& [page, out] : not_forked) {
      const auto holds = [&, at = page](const AddressRange& r) {
        return at >= r.begin && at < r.end;
      };
      EXPECT_EQ(std::ranges::count_if(ranges, holds), out ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace tidemark
