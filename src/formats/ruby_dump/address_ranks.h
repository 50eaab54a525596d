// Turns slot codes into object numbers: objects are numbered in the order of their addresses.
//
// A page that holds many objects has a bitmap of its 8192 slots with running counts: an object's
// number is the page's first number plus the bits set before its slot, two cache lines away.
// Pages with few objects (only hostile or foreign dumps have more than a handful) share one sorted
// list instead. About 1.3 kB a page, less than a byte an object; building is one pass over the
// rows.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/ruby_dump/segment.h"
#include "heap/addresses.h"

namespace tidemark::ruby {

inline constexpr std::uint32_t kAbsent = 0xffffffffU;
inline constexpr std::uint32_t kDeadRow = 0xffffffffU;  // Row::code of a repeated address

class AddressRanks {
 public:
  // `page_keys`: by ordinal as in the codes. Rows that repeat an address get code kDeadRow.
  AddressRanks(const std::vector<std::uint64_t>& page_keys, std::span<Segment*> segments);

  // Number of the object with this code, or kAbsent.
  [[nodiscard]] std::uint32_t rank(std::uint32_t code) const {
    if (code == kDeadRow) return kAbsent;
    const Page& page = pages_[code >> kSlotBits];
    const std::uint32_t slot = code & (kSlotsPerPage - 1);
    if (page.bitmap == kAbsent) return page.count == 0 ? kAbsent : rank_in_list(page, slot);
    const Bitmap& bitmap = bitmaps_[page.bitmap];
    const std::uint64_t word = bitmap.bits[slot >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (slot & 63);
    if ((word & bit) == 0) return kAbsent;
    return page.first + bitmap.before[slot >> 6] +
           static_cast<std::uint32_t>(std::popcount(word & (bit - 1)));
  }
  [[nodiscard]] std::uint32_t object_count() const { return object_count_; }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }

  // The addresses of all objects, in order.
  [[nodiscard]] Addresses addresses() const;

 private:
  static constexpr std::uint32_t kFewObjects = 48;
  struct Page {
    std::uint32_t first = 0;  // number of its first object
    std::uint32_t count = 0;
    std::uint32_t bitmap = kAbsent;  // in bitmaps_; kAbsent: slots listed in listed_
    std::uint32_t listed = 0;        // first position in listed_
  };
  struct Bitmap {
    std::array<std::uint64_t, kSlotsPerPage / 64> bits{};
    std::array<std::uint16_t, kSlotsPerPage / 64> before{};
  };

  void mark_rows(std::span<Segment*> segments);
  void number_pages();
  [[nodiscard]] std::uint32_t rank_in_list(const Page& page, std::uint32_t slot) const;

  const std::vector<std::uint64_t>& page_keys_;
  std::vector<Page> pages_;              // by ordinal
  std::vector<std::uint32_t> in_order_;  // ordinals of pages with objects, by key
  std::vector<Bitmap> bitmaps_;
  std::vector<std::uint16_t> listed_;  // slots of sparse pages, each page's ascending
  std::uint32_t object_count_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace tidemark::ruby
