// Packs 64-bit addresses to 32-bit slot codes while a dump is being parsed by several threads.
//
// A code is page ordinal * 8192 + slot in the page (see heap/addresses.h). Ordinals are given in
// the order of first sight, so they differ from run to run; assembly renumbers them by address.
// Code 0 stands for the null address. There are at most 524,287 pages (32 GB of heap): addresses on
// further pages get kOverflowCode, and the dump is refused if an object lives there.
#pragma once

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "base/hash.h"
#include "heap/addresses.h"

namespace tidemark::ruby {

inline constexpr std::uint32_t kNullCode = 0;
inline constexpr std::uint32_t kOverflowCode = 0xffffffffU;

// Thread-safe.
class PageDictionary {
 public:
  PageDictionary() { ordinal_of(0); }

  std::uint32_t ordinal_of(std::uint64_t key) {
    const std::scoped_lock lock(mutex_);
    const auto next = static_cast<std::uint32_t>(keys_.size());
    const auto [place, inserted] = ordinals_.emplace(key, next);
    if (!inserted) return place->second;
    if (next >= kMaxPages) {
      ordinals_.erase(place);
      return kMaxPages;
    }
    keys_.push_back(key);
    return next;
  }
  // By ordinal. Not to be called while other threads add pages.
  [[nodiscard]] const std::vector<std::uint64_t>& keys() const { return keys_; }

 private:
  struct KeyHash {
    std::size_t operator()(std::uint64_t key) const noexcept { return mix(key ^ process_seed()); }
  };
  std::mutex mutex_;
  tsl::robin_map<std::uint64_t, std::uint32_t, KeyHash> ordinals_;
  std::vector<std::uint64_t> keys_;
};

// One thread's view of the dictionary: a small direct-mapped cache in front of it.
class PageCache {
 public:
  explicit PageCache(PageDictionary& dictionary) : dictionary_(dictionary) {
    entries_.fill({.key = 0, .ordinal = 0});  // the null page, which is true for every entry
  }

  std::uint32_t encode(std::uint64_t address) {
    const std::uint64_t key = page_key(address);
    Entry& entry = entries_[((key >> 16) ^ (key << 9)) & (kEntries - 1)];
    if (entry.key != key) [[unlikely]] {
      const std::uint32_t ordinal = dictionary_.ordinal_of(key);
      if (ordinal == kMaxPages) return kOverflowCode;
      entry = {.key = key, .ordinal = ordinal};
    }
    return (entry.ordinal << kSlotBits) | slot_in_page(address);
  }

 private:
  static constexpr std::size_t kEntries = 8192;
  struct Entry {
    std::uint64_t key;
    std::uint32_t ordinal;
  };
  PageDictionary& dictionary_;
  std::array<Entry, kEntries> entries_;
};

}  // namespace tidemark::ruby
