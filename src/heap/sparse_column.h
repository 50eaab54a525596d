// A column in which few nodes have a value: a bit a node, half a bit to count them, and the values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

// Built in the order of the nodes; then any number of threads may read it.
template <class T>
class SparseColumn {
 public:
  SparseColumn() = default;
  explicit SparseColumn(std::size_t nodes)
      : bits_((nodes + kBits - 1) / kBits), before_(bits_.size()) {}

  // `node` must be above all that have a value.
  void append(std::uint32_t node, const T& value) {
    bits_[node / kBits] |= std::uint64_t{1} << (node % kBits);
    values_.push_back(value);
  }
  // After the last append.
  void finish() {
    std::uint32_t count = 0;
    for (std::size_t word = 0; word < bits_.size(); ++word) {
      before_[word] = count;
      count += static_cast<std::uint32_t>(std::popcount(bits_[word]));
    }
  }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] T at(std::uint32_t node, const T& otherwise) const {
    const std::size_t word = node / kBits;
    if (word >= bits_.size()) return otherwise;
    const std::uint64_t bit = std::uint64_t{1} << (node % kBits);
    if ((bits_[word] & bit) == 0) return otherwise;
    return values_[before_[word] +
                   static_cast<std::uint32_t>(std::popcount(bits_[word] & (bit - 1)))];
  }

 private:
  static constexpr std::size_t kBits = 64;

  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> before_;  // values of the words before
  std::vector<T> values_;
};

}  // namespace tidemark
