// Reproducible random numbers: std::mt19937_64 is the same everywhere, the standard's
// distributions are not.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace tidemark {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed * 7919 + 17) {}
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(bits_() >> 11) * 0x1.0p-53;
  }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform(1e-12, 1)));
    return radius * std::cos(2 * std::numbers::pi * uniform(0, 1));
  }
  double spread(double low, double high) {  // log-uniform
    return std::exp(uniform(std::log(low), std::log(high)));
  }
  bool chance(double part) { return uniform(0, 1) < part; }
  int number(int low, int high) {  // both included
    return low + static_cast<int>(uniform(0, 1) * (high - low + 1));
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace tidemark
