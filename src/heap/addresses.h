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

}  // namespace tidemark
