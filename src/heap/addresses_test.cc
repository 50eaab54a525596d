#include "heap/addresses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <vector>

namespace tidemark {
namespace {

using Numbers = std::vector<std::uint64_t>;

std::pair<std::uint64_t, std::uint32_t> place_of(std::uint64_t address) {
  return {page_key(address), slot_in_page(address)};
}

// Sorts its argument in the order that objects have.
Addresses pack(Numbers& numbers) {
  std::ranges::sort(numbers, {}, place_of);
  numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> codes;
  for (const std::uint64_t number : numbers) {
    if (keys.empty() || keys.back() != page_key(number)) keys.push_back(page_key(number));
    codes.push_back((static_cast<std::uint32_t>(keys.size() - 1) << kSlotBits) |
                    slot_in_page(number));
  }
  return {.page_keys = std::move(keys), .codes = std::move(codes)};
}

// The same objects in another order, and their numbers with them.
Addresses shuffled(const Addresses& packed, Numbers& numbers, std::mt19937_64& random) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::shuffle(order, random);
  std::vector<std::uint32_t> codes;
  Numbers moved;
  for (const std::size_t position : order) {
    codes.push_back(packed.codes[position]);
    moved.push_back(numbers[position]);
  }
  numbers = std::move(moved);
  return {.page_keys = packed.page_keys, .codes = std::move(codes)};
}

Numbers random_numbers(std::mt19937_64& random, std::size_t count, int kind) {
  Numbers numbers;
  for (std::size_t i = 0; i < count; ++i) {
    switch (kind % 4) {
      case 0:  // one dense heap
        numbers.push_back(0x7f0000000000 + 40 * (random() % (count * 2)));
        break;
      case 1:  // 32 bits
        numbers.push_back(0x25a0008 + 20 * (random() % (count * 2)));
        break;
      case 2:  // odd addresses on a few pages
        numbers.push_back(random() % 0x40000);
        break;
      default:  // anywhere
        numbers.push_back(random() >> (random() % 64));
    }
  }
  return numbers;
}

TEST(Addresses, FindWhatIsThereAndNothingElse) {
  std::mt19937_64 random(1);
  for (int kind = 0; kind < 8; ++kind) {
    Numbers numbers = random_numbers(random, 2000, kind);
    const Addresses addresses = pack(numbers);
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
      ASSERT_EQ(addresses.at(i), numbers[i]);
      ASSERT_EQ(addresses.find(numbers[i]), i);
      const std::uint64_t other = numbers[i] ^ (std::uint64_t{1} << (random() % 64));
      const bool present = std::ranges::find(numbers, other) != numbers.end();
      ASSERT_EQ(addresses.find(other).has_value(), present);
    }
  }
}

TEST(Addresses, AnEmptyHeapHasNone) {
  const Addresses addresses;
  EXPECT_FALSE(addresses.find(0));
  EXPECT_FALSE(addresses.find(0x1000));
}

TEST(Addresses, CommonOnesAreFoundAsASetWould) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 400; ++round) {
    Numbers first = random_numbers(random, random() % 300, round);
    Numbers second = random_numbers(random, random() % 300, round / 4);
    for (const std::uint64_t number : first) {
      if (random() % 3 == 0) second.push_back(number);
    }
    Addresses packed = pack(first);
    if (round % 2 == 0) packed = shuffled(packed, first, random);
    const OrderedAddresses a(packed);
    const OrderedAddresses b(pack(second));
    std::map<std::uint64_t, std::size_t> positions;
    for (std::size_t j = 0; j < second.size(); ++j) positions[second[j]] = j;
    std::vector<std::pair<std::size_t, std::size_t>> expected;
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (const auto place = positions.find(first[i]); place != positions.end()) {
        expected.emplace_back(i, place->second);
      }
    }
    std::vector<std::pair<std::size_t, std::size_t>> common;
    for_each_common(a, b, [&](std::size_t i, std::size_t j) { common.emplace_back(i, j); });
    const auto by_address = [&](const auto& pair) { return place_of(first[pair.first]); };
    ASSERT_TRUE(std::ranges::is_sorted(common, {}, by_address)) << "round " << round;
    std::ranges::sort(common);
    ASSERT_EQ(common, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace tidemark
