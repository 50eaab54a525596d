// Least squares in a handful of unknowns.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace tidemark {

inline constexpr std::size_t kMostTerms = 4;

// Solves the symmetric system of up to four unknowns by Cholesky's method.
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

// What a model explains when each coefficient is expected to be positive and normal around 0.
struct Shrunk {
  bool possible = false;  // all coefficients are positive
  std::array<double, kMostTerms> coefficients{};
  double squares = 0;  // left of the points
  double left = 0;     // the same and what the coefficients themselves cost
  double odds = 0;     // logarithm of the share of all coefficients that fit as well as these
};

// `narrow`: the points' variance over that of each coefficient. The mean of e^(-squares / 2v) over
// all coefficients is e^(odds - left / 2v): a Gaussian integral, so a determinant.
inline Shrunk shrink(SmallSystem system, const std::array<double, kMostTerms>& narrow,
                     double squares) {
  Shrunk result{.squares = squares, .left = squares};
  for (std::size_t i = 0; i < system.size; ++i) {
    system.matrix[i][i] += narrow[i];
    result.odds += std::log(narrow[i]) / 2 + std::log(2.0);
  }
  if (!system.factor()) return result;
  result.coefficients = system.solve(system.right);
  result.possible = true;
  for (std::size_t i = 0; i < system.size; ++i) {
    const double b = result.coefficients[i];
    result.left -= b * system.right[i];
    result.squares -= b * (system.right[i] + narrow[i] * b);
    result.odds -= std::log(system.matrix[i][i]);
    result.possible &= b > 0;
  }
  return result;
}

}  // namespace tidemark
