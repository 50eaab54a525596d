#include "formats/ruby_dump/address_ranks.h"

#include <algorithm>

namespace tidemark::ruby {

AddressRanks::AddressRanks(const std::vector<std::uint64_t>& page_keys,
                           std::span<Segment*> segments)
    : page_keys_(page_keys), pages_(page_keys.size()) {
  for (const Segment* segment : segments) {
    for (const Row& row : segment->rows) ++pages_[row.code >> kSlotBits].count;
  }
  std::uint32_t listed = 0;
  std::uint32_t bitmaps = 0;
  for (std::uint32_t ordinal = 0; ordinal < pages_.size(); ++ordinal) {
    Page& page = pages_[ordinal];
    if (page.count == 0) continue;
    in_order_.push_back(ordinal);
    if (page.count > kFewObjects) {
      page.bitmap = bitmaps++;
    } else {
      page.listed = listed;
      listed += page.count;
    }
    page.count = 0;  // mark_rows counts again, without the repeated ones
  }
  bitmaps_.resize(bitmaps);
  listed_.resize(listed);
  std::ranges::sort(in_order_, {}, [&](std::uint32_t o) { return page_keys_[o]; });
  mark_rows(segments);
  number_pages();
}

void AddressRanks::mark_rows(std::span<Segment*> segments) {
  for (Segment* segment : segments) {
    for (Row& row : segment->rows) {
      Page& page = pages_[row.code >> kSlotBits];
      const std::uint32_t slot = row.code & (kSlotsPerPage - 1);
      bool fresh = true;
      if (page.bitmap != kAbsent) {
        std::uint64_t& word = bitmaps_[page.bitmap].bits[slot >> 6];
        const std::uint64_t bit = std::uint64_t{1} << (slot & 63);
        fresh = (word & bit) == 0;
        word |= bit;
      } else {
        // At most kFewObjects: insertion keeps the list in order.
        const auto begin = listed_.begin() + page.listed;
        const auto end = begin + page.count;
        const auto place = std::lower_bound(begin, end, slot);
        fresh = place == end || *place != slot;
        if (fresh) {
          std::move_backward(place, end, end + 1);
          *place = static_cast<std::uint16_t>(slot);
        }
      }
      if (fresh) {
        ++page.count;
      } else {
        ++duplicates_;
        row.code = kDeadRow;
      }
    }
  }
}

void AddressRanks::number_pages() {
  for (const std::uint32_t ordinal : in_order_) {
    Page& page = pages_[ordinal];
    page.first = object_count_;
    object_count_ += page.count;
  }
  for (Bitmap& bitmap : bitmaps_) {
    std::uint32_t before = 0;
    for (std::size_t i = 0; i < bitmap.bits.size(); ++i) {
      bitmap.before[i] = static_cast<std::uint16_t>(before);
      before += static_cast<std::uint32_t>(std::popcount(bitmap.bits[i]));
    }
  }
}

std::uint32_t AddressRanks::rank_in_list(const Page& page, std::uint32_t slot) const {
  const auto begin = listed_.begin() + page.listed;
  const auto end = begin + page.count;
  const auto place = std::lower_bound(begin, end, slot);
  if (place == end || *place != slot) return kAbsent;
  return page.first + static_cast<std::uint32_t>(place - begin);
}

Addresses AddressRanks::addresses() const {
  std::vector<std::uint64_t> keys;
  keys.reserve(in_order_.size());
  std::vector<std::uint32_t> codes;
  codes.reserve(object_count_);
  for (const std::uint32_t ordinal : in_order_) {
    const Page& page = pages_[ordinal];
    const auto base = static_cast<std::uint32_t>(keys.size()) << kSlotBits;
    keys.push_back(page_keys_[ordinal]);
    if (page.bitmap == kAbsent) {
      for (std::uint32_t i = 0; i < page.count; ++i)
        codes.push_back(base | listed_[page.listed + i]);
      continue;
    }
    const Bitmap& bitmap = bitmaps_[page.bitmap];
    for (std::uint32_t w = 0; w < bitmap.bits.size(); ++w) {
      for (std::uint64_t word = bitmap.bits[w]; word != 0; word &= word - 1) {
        codes.push_back(base | (w << 6) | static_cast<std::uint32_t>(std::countr_zero(word)));
      }
    }
  }
  return {.page_keys = std::move(keys), .codes = std::move(codes)};
}

}  // namespace tidemark::ruby
