// Addresses on their way from text to object numbers: packing by pages, then ranking.
#include "formats/ruby_dump/address_ranks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include "formats/ruby_dump/page_dictionary.h"

namespace tidemark::ruby {
namespace {

using Numbers = std::vector<std::uint64_t>;

std::uint64_t decode(const PageDictionary& pages, std::uint32_t code) {
  return pages.keys()[code >> kSlotBits] | (std::uint64_t{code & (kSlotsPerPage - 1)} << 3);
}

TEST(PageDictionary, EveryAddressComesBack) {
  std::mt19937_64 random(1);
  PageDictionary pages;
  PageCache cache(pages);
  Numbers addresses = {0, 1, 7, 8, 0xfff8, 0xffff, 0x10000, ~std::uint64_t{0}, 0x7fb62f5cbce0};
  for (int i = 0; i < 50'000; ++i) addresses.push_back(random() >> (random() % 64));
  std::map<std::uint32_t, std::uint64_t> seen;
  for (const std::uint64_t address : addresses) {
    const std::uint32_t code = cache.encode(address);
    ASSERT_NE(code, kOverflowCode);
    ASSERT_EQ(decode(pages, code), address);
    ASSERT_EQ(seen.emplace(code, address).first->second, address) << "two addresses, one code";
  }
}

TEST(PageDictionary, NullIsCodeZeroAndNothingElseIs) {
  PageDictionary pages;
  PageCache cache(pages);
  EXPECT_EQ(cache.encode(0), kNullCode);
  for (std::uint64_t address = 1; address < 70'000; ++address) {
    ASSERT_NE(cache.encode(address), kNullCode);
  }
}

TEST(PageDictionary, RefusesPagesBeyondItsLimitOnly) {
  PageDictionary pages;
  PageCache cache(pages);
  for (std::uint64_t page = 1; page < kMaxPages; ++page) {
    ASSERT_NE(cache.encode(page << 16), kOverflowCode);
  }
  EXPECT_EQ(pages.keys().size(), kMaxPages);
  EXPECT_EQ(cache.encode(std::uint64_t{kMaxPages} << 16), kOverflowCode);
  EXPECT_EQ(cache.encode((std::uint64_t{kMaxPages} + 5) << 16), kOverflowCode);
  const std::uint32_t last = cache.encode((std::uint64_t{kMaxPages - 1} << 16) | 0xfff8);
  EXPECT_NE(last, kOverflowCode);
  EXPECT_EQ(decode(pages, last), (std::uint64_t{kMaxPages - 1} << 16) | 0xfff8);
  EXPECT_EQ(pages.keys().size(), kMaxPages);
}

TEST(PageDictionary, ThreadsAgreeOnCodes) {
  PageDictionary pages;
  std::array<std::vector<std::uint32_t>, 4> codes;
  {
    std::vector<std::jthread> team;
    constexpr std::array<std::size_t, 4> kStrides = {1, 3, 7, 9};  // each thread has its order
    for (std::size_t t = 0; t < codes.size(); ++t) {
      team.emplace_back([&pages, &mine = codes[t], stride = kStrides[t]] {
        PageCache cache(pages);
        mine.resize(5000);
        for (std::size_t i = 0; i < mine.size(); ++i) {
          const std::size_t which = i * stride % mine.size();
          mine[which] = cache.encode(which * 0x12340);
        }
      });
    }
  }
  for (const auto& mine : codes) EXPECT_EQ(mine, codes[0]);
}

// Codes of these addresses, in segments of some rows each.
struct Rows {
  explicit Rows(const Numbers& addresses, std::size_t per_segment = 1000) {
    PageCache cache(pages);
    cache.encode(0x123450000);  // a page without objects, as of a reference that dangles
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      if (i % per_segment == 0) segments.emplace_back();
      segments.back().rows.push_back({});
      segments.back().rows.back().code = cache.encode(addresses[i]);
    }
    for (Segment& segment : segments) pointers.push_back(&segment);
  }
  PageDictionary pages;
  std::vector<Segment> segments;
  std::vector<Segment*> pointers;
};

// Ranks of rows against a sorted set.
void check(const Numbers& input) {
  Rows rows(input);
  const AddressRanks ranks(rows.pages.keys(), rows.pointers);
  const std::size_t known_pages = rows.pages.keys().size();
  Numbers expected = input;
  // Pages are in order, and slots in a page; the lowest three bits belong to the page.
  const auto order = [](std::uint64_t a) { return std::pair(page_key(a), slot_in_page(a)); };
  std::ranges::sort(expected, {}, order);
  expected.erase(std::ranges::unique(expected).begin(), expected.end());
  ASSERT_EQ(ranks.object_count(), expected.size());
  EXPECT_EQ(ranks.duplicates(), input.size() - expected.size());

  const Addresses addresses = ranks.addresses();
  ASSERT_EQ(addresses.codes.size(), expected.size());
  PageCache cache(rows.pages);
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(addresses.at(i), expected[i]);
    ASSERT_EQ(addresses.find(expected[i]), i);
    ASSERT_EQ(ranks.rank(cache.encode(expected[i])), i);
  }
  for (const std::uint64_t address : expected) {
    for (const std::uint64_t near : {address + 8, address ^ 1, address + 0x10000}) {
      const auto place = std::ranges::lower_bound(expected, order(near), {}, order);
      const bool present = place != expected.end() && *place == near;
      ASSERT_EQ(addresses.find(near).has_value(), present);
      const std::uint32_t code = cache.encode(near);
      if (code >> kSlotBits < known_pages) {
        ASSERT_EQ(ranks.rank(code) != kAbsent, present);
      }
    }
  }
  EXPECT_EQ(ranks.rank(kNullCode), kAbsent);
  EXPECT_EQ(ranks.rank(kOverflowCode), kAbsent);
}

TEST(AddressRanks, NoObjects) { check({}); }

TEST(AddressRanks, OneObject) { check({0x7f0000000010}); }

TEST(AddressRanks, DensePages) {
  Numbers addresses;
  for (std::uint64_t i = 0; i < 20'000; ++i) addresses.push_back(0x7f0000000010 + 8 * i);
  check(addresses);
}

TEST(AddressRanks, SparsePages) {
  Numbers addresses;
  for (std::uint64_t i = 0; i < 5000; ++i) addresses.push_back(0x7f0000000010 + 0x7f38 * i);
  check(addresses);
}

// Pages around the number of objects from which on they have a bitmap.
TEST(AddressRanks, PagesOfEveryFilling) {
  std::mt19937_64 random(3);
  Numbers addresses;
  for (std::uint64_t page = 1; page < 120; ++page) {
    for (std::uint64_t i = 0; i < page; ++i) addresses.push_back((page << 16) | (8 * (i * 67)));
  }
  std::ranges::shuffle(addresses, random);
  check(addresses);
}

TEST(AddressRanks, RepeatedAddresses) {
  std::mt19937_64 random(4);
  Numbers addresses;
  for (int i = 0; i < 5000; ++i) addresses.push_back(0x10000 + 8 * (random() % 3000));
  for (int i = 0; i < 500; ++i) addresses.push_back(0x5550000 + 8 * (random() % 20));
  check(addresses);
}

TEST(AddressRanks, TheFirstOfRepeatedRowsLives) {
  Rows rows({0x1000, 0x2000, 0x1000, 0x1000}, 1);
  const AddressRanks ranks(rows.pages.keys(), rows.pointers);
  EXPECT_NE(rows.segments[0].rows[0].code, kDeadRow);
  EXPECT_NE(rows.segments[1].rows[0].code, kDeadRow);
  EXPECT_EQ(rows.segments[2].rows[0].code, kDeadRow);
  EXPECT_EQ(rows.segments[3].rows[0].code, kDeadRow);
}

TEST(AddressRanks, AddressesOf32Bits) {
  Numbers addresses;
  for (std::uint64_t i = 0; i < 20'000; ++i) addresses.push_back(0x25a0008 + 20 * i);
  check(addresses);
}

TEST(AddressRanks, AnyAddresses) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    Numbers addresses;
    for (int i = 0; i < 3000; ++i) addresses.push_back(1 + (random() >> (random() % 60)));
    std::erase(addresses, 0U);
    check(addresses);
  }
}

}  // namespace
}  // namespace tidemark::ruby
