// The numbers that a runtime knows its objects by, packed to 4 bytes an object.
//
// An address is split in a page (its upper bits, and the 3 lowest bits, which are nearly always 0)
// and one of the 8192 eight-byte slots of that page. A slot code is page ordinal * 8192 + slot;
// any 64-bit address has exactly one. Pages are sorted. Two heaps are matched by walking both in
// the order of their codes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
  Column<std::uint32_t> codes;      // no two alike; one for each object, in object order

  [[nodiscard]] std::uint64_t at(std::size_t object) const { return of_code(codes[object]); }
  [[nodiscard]] std::uint64_t of_code(std::uint32_t code) const {
    return page_keys[code >> kSlotBits] | (std::uint64_t{code & (kSlotsPerPage - 1)} << 3);
  }
  // Position among the objects, or nothing. Two binary searches where the codes ascend.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t address) const;
};

// Addresses, and the objects in their order. 4 bytes an object where they do not stand in it.
class OrderedAddresses {
 public:
  OrderedAddresses() = default;
  explicit OrderedAddresses(Addresses addresses);

  [[nodiscard]] std::size_t size() const { return addresses_.codes.size(); }
  // Of the one with the rank-th address.
  [[nodiscard]] std::uint32_t position(std::size_t rank) const {
    return order_.empty() ? static_cast<std::uint32_t>(rank) : order_[rank];
  }
  [[nodiscard]] std::uint32_t code(std::size_t rank) const {
    return addresses_.codes[position(rank)];
  }
  [[nodiscard]] std::uint64_t page(std::size_t rank) const {
    return addresses_.page_keys[code(rank) >> kSlotBits];
  }

 private:
  Addresses addresses_;
  std::vector<std::uint32_t> order_;  // empty: as they stand
};

// Calls same(i, j) for every address that both have, ascending; i and j are positions.
template <class Same>
void for_each_common(const OrderedAddresses& a, const OrderedAddresses& b, const Same& same) {
  std::size_t i = 0;
  std::size_t j = 0;
  // Codes of different heaps compare only within a page: page ordinals are each heap's own.
  while (i < a.size() && j < b.size()) {
    const std::uint64_t page_a = a.page(i);
    const std::uint64_t page_b = b.page(j);
    if (page_a != page_b) {
      const bool first = page_a < page_b;
      const OrderedAddresses& behind = first ? a : b;
      std::size_t& rank = first ? i : j;
      const std::uint32_t page = behind.code(rank) >> kSlotBits;
      while (rank < behind.size() && behind.code(rank) >> kSlotBits == page) ++rank;
      continue;
    }
    const std::uint32_t end_a = a.code(i) | (kSlotsPerPage - 1);
    const std::uint32_t end_b = b.code(j) | (kSlotsPerPage - 1);
    while (i < a.size() && j < b.size() && a.code(i) <= end_a && b.code(j) <= end_b) {
      const std::uint32_t slot_a = a.code(i) & (kSlotsPerPage - 1);
      const std::uint32_t slot_b = b.code(j) & (kSlotsPerPage - 1);
      if (slot_a == slot_b) same(std::size_t{a.position(i)}, std::size_t{b.position(j)});
      i += slot_a <= slot_b ? 1 : 0;
      j += slot_b <= slot_a ? 1 : 0;
    }
    while (i < a.size() && a.code(i) <= end_a) ++i;
    while (j < b.size() && b.code(j) <= end_b) ++j;
  }
}

}  // namespace tidemark
