#include "base/pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace tidemark {
namespace {

constexpr std::size_t kHugePage = std::size_t{1} << 21;
constexpr std::size_t kWorthHugePages = 2 * kHugePage;

void* map(std::size_t bytes) {
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return pages;
}

}  // namespace

void* map_pages(std::size_t bytes) {
  if (bytes < kWorthHugePages) return map(bytes);
  // Huge pages lie at multiples of their size: the ends that stand over go back.
  auto* const whole = static_cast<char*>(map(bytes + kHugePage));
  const auto address = reinterpret_cast<std::uintptr_t>(whole);
  char* const pages = whole + (kHugePage - address % kHugePage) % kHugePage;
  constexpr std::size_t kPage = 4096;
  char* const end = pages + (bytes + kPage - 1) / kPage * kPage;
  if (pages != whole) munmap(whole, static_cast<std::size_t>(pages - whole));
  if (end != whole + bytes + kHugePage) {
    munmap(end, static_cast<std::size_t>(whole + bytes + kHugePage - end));
  }
  madvise(pages, bytes, MADV_HUGEPAGE);  // a wish: where it is refused, small pages do
  return pages;
}

void unmap_pages(void* pages, std::size_t bytes) noexcept { munmap(pages, bytes); }

}  // namespace tidemark
