#include "heap/addresses.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tidemark {

std::optional<std::uint32_t> Addresses::find(std::uint64_t address) const {
  const auto page = std::ranges::lower_bound(page_keys, page_key(address));
  if (page == page_keys.end() || *page != page_key(address)) return std::nullopt;
  const auto ordinal = static_cast<std::uint32_t>(page - page_keys.begin());
  const std::uint32_t code = (ordinal << kSlotBits) | slot_in_page(address);
  auto place = std::ranges::lower_bound(codes, code);  // most heaps stand in this order
  if (place == codes.end() || *place != code) place = std::ranges::find(codes, code);
  if (place == codes.end()) return std::nullopt;
  return static_cast<std::uint32_t>(place - codes.begin());
}

OrderedAddresses::OrderedAddresses(Addresses addresses) : addresses_(std::move(addresses)) {
  const auto codes = addresses_.codes.span();
  if (std::ranges::is_sorted(codes)) return;
  // By eleven bits at a time, from the lowest.
  constexpr unsigned kDigit = 11;
  order_.resize(codes.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::vector<std::uint32_t> other(codes.size());
  for (unsigned shift = 0; shift < 32; shift += kDigit) {
    std::vector<std::size_t> place((std::size_t{1} << kDigit) + 1);
    const auto digit = [&](std::uint32_t position) {
      return (codes[position] >> shift) & ((1U << kDigit) - 1);
    };
    for (const std::uint32_t position : order_) ++place[digit(position) + 1];
    std::partial_sum(place.begin(), place.end(), place.begin());
    for (const std::uint32_t position : order_) other[place[digit(position)]++] = position;
    order_.swap(other);
  }
}

}  // namespace tidemark
