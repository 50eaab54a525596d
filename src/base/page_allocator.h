// An allocator for large vectors that live for a while and are freed one by one while others grow:
// big blocks come straight from the system and go back to it at once, so that what is freed
// lowers the process's memory instead of staying in malloc's arenas.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "base/pages.h"

namespace tidemark {

template <class T>
struct PageAllocator {
  using value_type = T;
  static constexpr std::size_t kDirect = std::size_t{1} << 13;  // bytes; below it, plain new

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {
  }  // NOLINT(google-explicit-constructor): as the standard asks

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kDirect) return static_cast<T*>(::operator new(bytes));
    return static_cast<T*>(map_fresh_pages(bytes));
  }
  void deallocate(T* pointer, std::size_t count) noexcept {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < kDirect) {
      ::operator delete(pointer);
    } else {
      unmap_fresh_pages(pointer, bytes);
    }
  }
  template <class U>
  friend bool operator==(const PageAllocator&, const PageAllocator<U>&) {
    return true;
  }
};

template <class T>
using PageVector = std::vector<T, PageAllocator<T>>;

}  // namespace tidemark
