// Least squares in a handful of unknowns.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace tidemark {

inline constexpr std::size_t kMostTerms = 4;

// Solves the symmetric system of up to three unknowns by Cholesky's method.
struct SmallSystem {
  std::array<std::array<double, kMostTerms>, kMostTerms> matrix{};
  std::array<double, kMostTerms> right{};
  std::size_t size = 0;

  bool factor() {
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = matrix[i][j];
        for (std::size_t k = 0; k < j; ++k) sum -= matrix[i][k] * matrix[j][k];
        if (i != j) {
          matrix[i][j] = sum / matrix[j][j];
          continue;
        }
        // Columns that are nearly the same leave nothing for the second one.
        if (sum <= 1e-9 * matrix[i][i] || !(sum > 0)) return false;
        matrix[i][i] = std::sqrt(sum);
      }
    }
    return true;
  }

  std::array<double, kMostTerms> solve(std::array<double, kMostTerms> b) const {
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t k = 0; k < i; ++k) b[i] -= matrix[i][k] * b[k];
      b[i] /= matrix[i][i];
    }
    for (std::size_t i = size; i-- > 0;) {
      for (std::size_t k = i + 1; k < size; ++k) b[i] -= matrix[k][i] * b[k];
      b[i] /= matrix[i][i];
    }
    return b;
  }
};

}  // namespace tidemark
