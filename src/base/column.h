// A column of plain values that shares ownership of the memory it lies in, whatever that is: a
// vector, a buffer, or an index file mapped into memory. Readers see one constant span.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/pages.h"

namespace tidemark {

// Room for `size` plain values, not initialised or all zero.
template <class T>
struct Buffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  struct Free {
    std::size_t mapped = 0;  // bytes; 0: from malloc
    bool fresh = false;
    void operator()(T* memory) const {
      if (mapped == 0) {
        std::free(memory);
      } else if (fresh) {
        unmap_fresh_pages(memory, mapped);
      } else {
        unmap_pages(memory, mapped);
      }
    }
  };

  Buffer() = default;
  explicit Buffer(std::size_t count) : Buffer(count, std::malloc, map_pages) {}
  static Buffer zeroed(std::size_t count) {
    return Buffer(count, [](std::size_t bytes) { return std::calloc(bytes, 1); }, map_zeroed_pages);
  }
  // Not initialised; memory is taken only as it is written.
  static Buffer roomy(std::size_t count) {
    Buffer buffer(count, std::malloc, map_fresh_pages);
    buffer.data.get_deleter().fresh = true;
    return buffer;
  }
  T& operator[](std::size_t i) { return data[i]; }
  const T& operator[](std::size_t i) const { return data[i]; }
  [[nodiscard]] bool empty() const { return size == 0; }
  T* begin() { return data.get(); }
  T* end() { return data.get() + size; }

  std::unique_ptr<T[], Free> data;
  std::size_t size = 0;

 private:
  static constexpr std::size_t kMapped = std::size_t{1} << 20;

  template <class Allocate, class Map>
  Buffer(std::size_t count, const Allocate& allocate, const Map& map) : size(count) {
    const std::size_t bytes = std::max<std::size_t>(count * sizeof(T), 1);
    const bool mapped = bytes >= kMapped;
    void* const memory = mapped ? map(bytes) : allocate(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    data = {static_cast<T*>(memory), Free{mapped ? bytes : 0}};
  }
};

template <class T>
class Column {
 public:
  Column() = default;
  Column(std::vector<T> values) {  // NOLINT(google-explicit-constructor): a vector is a column
    auto owner = std::make_shared<const std::vector<T>>(std::move(values));
    view_ = *owner;
    owner_ = std::move(owner);
  }
  Column(Buffer<T> values) {  // NOLINT(google-explicit-constructor): so is a buffer
    view_ = {values.data.get(), values.size};
    owner_ = std::shared_ptr<const T[]>(std::move(values.data));
  }
  // Values inside memory that `owner` keeps alive.
  Column(std::span<const T> values, std::shared_ptr<const void> owner)
      : view_(values), owner_(std::move(owner)) {}

  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }
  const T& operator[](std::size_t i) const { return view_[i]; }
  [[nodiscard]] std::span<const T> span() const { return view_; }
  [[nodiscard]] auto begin() const { return view_.begin(); }
  [[nodiscard]] auto end() const { return view_.end(); }

 private:
  std::span<const T> view_;
  std::shared_ptr<const void> owner_;
};

}  // namespace tidemark
