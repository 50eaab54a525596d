#include "heap/addresses.h"

#include <algorithm>

namespace tidemark {

std::optional<std::uint32_t> Addresses::find(std::uint64_t address) const {
  const auto page = std::ranges::lower_bound(page_keys, page_key(address));
  if (page == page_keys.end() || *page != page_key(address)) return std::nullopt;
  const auto ordinal = static_cast<std::uint32_t>(page - page_keys.begin());
  const std::uint32_t code = (ordinal << kSlotBits) | slot_in_page(address);
  const auto place = std::ranges::lower_bound(codes, code);
  if (place == codes.end() || *place != code) return std::nullopt;
  return static_cast<std::uint32_t>(place - codes.begin());
}

}  // namespace tidemark
