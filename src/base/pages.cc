#include "base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace tidemark {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{1} << 21;
constexpr std::size_t kWorthHugePages = 2 * kHugePage;

void* map(std::size_t bytes) {
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return pages;
}

// `bytes` is a multiple of kHugePage.
char* map_huge(std::size_t bytes) {
  // Huge pages lie at multiples of their size: the ends that stand over go back.
  auto* const whole = static_cast<char*>(map(bytes + kHugePage));
  const auto address = reinterpret_cast<std::uintptr_t>(whole);
  char* const pages = whole + (kHugePage - address % kHugePage) % kHugePage;
  char* const end = pages + bytes;
  if (pages != whole) munmap(whole, static_cast<std::size_t>(pages - whole));
  if (end != whole + bytes + kHugePage) {
    munmap(end, static_cast<std::size_t>(whole + bytes + kHugePage - end));
  }
  madvise(pages, bytes, MADV_HUGEPAGE);  // a wish: where it is refused, small pages do
  return pages;
}

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

// Stretches of memory that nobody uses, in whole pages; neighbours are one.
class Spare {
 public:
  // Nothing when no stretch is large enough.
  char* take(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    auto best = stretches_.end();
    for (auto it = stretches_.begin(); it != stretches_.end(); ++it) {
      if (it->second < bytes) continue;
      if (best == stretches_.end() || it->second < best->second) best = it;
    }
    if (best == stretches_.end()) return nullptr;
    const auto [pages, size] = *best;
    stretches_.erase(best);
    if (size > bytes) stretches_.emplace(pages + bytes, size - bytes);
    return pages;
  }

  // False when there is no memory to remember it in.
  bool put(char* pages, std::size_t bytes) noexcept try {
    const std::scoped_lock lock(mutex_);
    const auto [place, fresh] = stretches_.emplace(pages, bytes);
    const auto next = std::next(place);
    if (next != stretches_.end() && next->first == pages + place->second) {
      place->second += next->second;
      stretches_.erase(next);
    }
    if (place != stretches_.begin()) {
      const auto before = std::prev(place);
      if (before->first + before->second == pages) {
        before->second += place->second;
        stretches_.erase(place);
      }
    }
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }

  // Gives as much back to the system, as far as there is.
  void release(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    while (bytes > 0 && !stretches_.empty()) {
      const auto last = std::prev(stretches_.end());
      const std::size_t part = std::min(bytes, last->second);
      last->second -= part;
      munmap(last->first + last->second, part);
      if (last->second == 0) stretches_.erase(last);
      bytes -= part;
    }
  }

 private:
  std::mutex mutex_;
  std::map<char*, std::size_t> stretches_;
};

Spare& spare() {
  static auto* const all = new Spare;  // for ever: what frees may outlive any static object
  return *all;
}

}  // namespace

void* map_fresh_pages(std::size_t bytes) {
  if (bytes < kWorthHugePages) return map(bytes);
  const std::size_t whole = round_up(bytes, kHugePage);
  spare().release(whole);
  return map_huge(whole);
}

void unmap_fresh_pages(void* pages, std::size_t bytes) noexcept {
  munmap(pages, bytes < kWorthHugePages ? bytes : round_up(bytes, kHugePage));
}

void* map_pages(std::size_t bytes) {
  if (bytes < kWorthHugePages) return map(bytes);
  const std::size_t used = round_up(bytes, kPage);
  if (char* const pages = spare().take(used)) return pages;
  auto* const pages = static_cast<char*>(map_fresh_pages(bytes));
  const std::size_t over = round_up(bytes, kHugePage) - used;
  if (over > 0 && !spare().put(pages + used, over)) munmap(pages + used, over);
  return pages;
}

void* map_zeroed_pages(std::size_t bytes) {
  void* const pages = map_pages(bytes);
  if (bytes >= kWorthHugePages) std::memset(pages, 0, bytes);
  return pages;
}

void unmap_pages(void* pages, std::size_t bytes) noexcept {
  if (bytes < kWorthHugePages) {
    munmap(pages, bytes);
    return;
  }
  const std::size_t used = round_up(bytes, kPage);
  if (!spare().put(static_cast<char*>(pages), used)) munmap(pages, used);
}

}  // namespace tidemark
