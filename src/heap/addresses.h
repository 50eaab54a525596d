// The numbers that a runtime knows its objects by, packed to 4 bytes an object.
//
// An address is split in a page (its upper bits, and the 3 lowest bits, which are nearly always 0)
// and one of the 8192 eight-byte slots of that page. A slot code is page ordinal * 8192 + slot;
// any 64-bit address has exactly one. Pages are sorted, and so are the codes of a heap's objects:
// finding an address is two binary searches, and two heaps are matched by walking both in order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/column.h"

namespace tidemark {

inline constexpr unsigned kSlotBits = 13;
inline constexpr std::uint32_t kSlotsPerPage = 1U << kSlotBits;
inline constexpr std::uint64_t kInPageMask = 0xfff8;
inline constexpr std::uint32_t kMaxPages = (1U << (32 - kSlotBits)) - 1;

constexpr std::uint64_t page_key(std::uint64_t address) { return address & ~kInPageMask; }
constexpr std::uint32_t slot_in_page(std::uint64_t address) {
  return static_cast<std::uint32_t>((address & kInPageMask) >> 3);
}

struct Addresses {
  Column<std::uint64_t> page_keys;  // ascending
  Column<std::uint32_t> codes;      // ascending; one for each object, in object order

  [[nodiscard]] std::uint64_t at(std::size_t object) const { return of_code(codes[object]); }
  [[nodiscard]] std::uint64_t of_code(std::uint32_t code) const {
    return page_keys[code >> kSlotBits] | (std::uint64_t{code & (kSlotsPerPage - 1)} << 3);
  }
  // Position among the objects, or nothing.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t address) const;
};

// Calls same(i, j) for every address that both have, ascending; i and j are positions.
template <class Same>
void for_each_common(const Addresses& a, const Addresses& b, const Same& same) {
  std::size_t i = 0;
  std::size_t j = 0;
  // Codes of different heaps compare only within a page: page ordinals are each heap's own.
  while (i < a.codes.size() && j < b.codes.size()) {
    const std::uint64_t page_a = a.page_keys[a.codes[i] >> kSlotBits];
    const std::uint64_t page_b = b.page_keys[b.codes[j] >> kSlotBits];
    if (page_a != page_b) {
      const bool first = page_a < page_b;
      const Addresses& behind = first ? a : b;
      std::size_t& position = first ? i : j;
      const std::uint32_t page = behind.codes[position] >> kSlotBits;
      while (position < behind.codes.size() && behind.codes[position] >> kSlotBits == page) {
        ++position;
      }
      continue;
    }
    const std::uint32_t end_a = a.codes[i] | (kSlotsPerPage - 1);
    const std::uint32_t end_b = b.codes[j] | (kSlotsPerPage - 1);
    while (i < a.codes.size() && j < b.codes.size() && a.codes[i] <= end_a && b.codes[j] <= end_b) {
      const std::uint32_t slot_a = a.codes[i] & (kSlotsPerPage - 1);
      const std::uint32_t slot_b = b.codes[j] & (kSlotsPerPage - 1);
      if (slot_a == slot_b) same(i, j);
      i += slot_a <= slot_b ? 1 : 0;
      j += slot_b <= slot_a ? 1 : 0;
    }
    while (i < a.codes.size() && a.codes[i] <= end_a) ++i;
    while (j < b.codes.size() && b.codes[j] <= end_b) ++j;
  }
}

}  // namespace tidemark
