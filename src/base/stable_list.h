// A list that one thread makes longer while others read what was in it before. Its elements never
// move, and reading takes no lock.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tidemark {

// Up to 2^32 elements. push_back() by one thread at a time. Any thread may read an element whose
// number it has from whoever added it.
template <class T>
class StableList {
 public:
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_acquire); }

  void push_back(const T& value) {
    const std::size_t size = size_.load(std::memory_order_relaxed);
    const auto [chunk, place] = find(size);
    if (place == 0) {
      owners_[chunk] =
          std::make_unique<T[]>(std::size_t{1} << (chunk == 0 ? kFirst : chunk - 1 + kFirst));
      chunks_[chunk].store(owners_[chunk].get(), std::memory_order_release);
    }
    owners_[chunk][place] = value;
    size_.store(size + 1, std::memory_order_release);
  }
  const T& operator[](std::size_t i) const {
    const auto [chunk, place] = find(i);
    return chunks_[chunk].load(std::memory_order_acquire)[place];
  }

 private:
  static constexpr std::size_t kFirst =
      8;  // the first two chunks have 2^kFirst, then each the double
  static constexpr std::size_t kChunks = 32 - kFirst + 2;

  struct Place {
    std::size_t chunk;
    std::size_t place;
  };
  static Place find(std::size_t i) {
    const auto top = static_cast<std::size_t>(std::bit_width(i >> kFirst));
    return {.chunk = top, .place = top == 0 ? i : i - (std::size_t{1} << (top - 1 + kFirst))};
  }

  std::atomic<std::size_t> size_{0};
  std::array<std::atomic<T*>, kChunks> chunks_{};
  std::array<std::unique_ptr<T[]>, kChunks> owners_{};
};

}  // namespace tidemark
