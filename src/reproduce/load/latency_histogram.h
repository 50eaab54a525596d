// Counts of latencies, exact to 1.6 %, in a few kilobytes whatever their number (after
// HdrHistogram: each power of two is cut into 64 equal parts).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tidemark {

class LatencyHistogram {
 public:
  void add(std::uint64_t microseconds) {
    ++counts_[index_of(microseconds)];
    ++count_;
    if (microseconds > most_) most_ = microseconds;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t most() const { return most_; }  // exact
  // Microseconds that `part` (0 to 1) of them do not exceed; 0 when there are none.
  [[nodiscard]] std::uint64_t quantile(double part) const {
    if (count_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count_ - 1)) + 1;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= wanted) return highest_of(i) < most_ ? highest_of(i) : most_;
    }
    return most_;
  }

 private:
  static constexpr unsigned kBits = 6;  // parts in a power of two
  static constexpr std::size_t kParts = std::size_t{1} << kBits;
  static constexpr unsigned kLargest = 36;  // 2^36 us: 19 hours; longer ones count as that
  static constexpr std::size_t kBuckets = (kLargest - kBits + 1) * kParts;

  static std::size_t index_of(std::uint64_t value) {
    constexpr std::uint64_t kMost = (std::uint64_t{1} << kLargest) - 1;
    if (value > kMost) value = kMost;
    if (value < kParts) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return ((static_cast<std::size_t>(shift) + 1) << kBits) +
           static_cast<std::size_t>((value >> shift) - kParts);
  }
  static std::uint64_t highest_of(std::size_t index) {
    if (index < kParts) return index;
    const std::size_t shift = (index >> kBits) - 1;
    return (((index & (kParts - 1)) + kParts + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace tidemark
