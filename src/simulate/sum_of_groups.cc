#include "simulate/sum_of_groups.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

namespace tidemark {
namespace {

using Complex = std::complex<double>;

constexpr double kSure = 1e-14;         // a mark is not below a level that it passes with more
constexpr std::size_t kMostBins = 256;  // of one mark
constexpr std::size_t kFewestBins = 8;

Complex product(Complex a, Complex b) {
  // Written out: the library's product looks for infinities.
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// The first half of the roots of unity of that order.
std::vector<Complex> roots_of_unity(std::size_t size) {
  std::vector<Complex> roots(size / 2);
  const double angle = -2 * std::numbers::pi / static_cast<double>(size);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    roots[i] = std::polar(1.0, angle * static_cast<double>(i));
  }
  return roots;
}

// In place, the length a power of two.
void fourier(std::vector<Complex>& values, const std::vector<Complex>& roots) {
  const std::size_t size = values.size();
  for (std::size_t i = 1, j = 0; i < size; ++i) {
    std::size_t bit = size >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(values[i], values[j]);
  }
  for (std::size_t half = 1; half < size; half *= 2) {
    const std::size_t stride = size / (2 * half);
    for (std::size_t begin = 0; begin < size; begin += 2 * half) {
      for (std::size_t i = 0; i < half; ++i) {
        const Complex root = roots[i * stride];
        const Complex a = values[begin + i];
        const Complex b = values[begin + i + half];
        const Complex turned = product(b, root);
        values[begin + i] = a + turned;
        values[begin + i + half] = a - turned;
      }
    }
  }
}

double interpolate(const std::vector<double>& above, double step, double level) {
  if (level <= 0) return level < 0 ? 1 : above.front();
  const double at = level / step;
  const auto cell = static_cast<std::size_t>(at);
  if (cell + 1 >= above.size())
    return at > static_cast<double>(above.size() - 1) ? 0 : above.back();
  const double part = at - static_cast<double>(cell);
  const double low = above[cell];
  const double high = above[cell + 1];
  if (low > 0 && high > 0 && low < 0.5) return low * std::pow(high / low, part);
  return low + part * (high - low);
}

struct Window {
  double low = 0;
  double high = 0;
};

Window window_of(const SummedMark& mark) {
  std::size_t first = 0;
  std::size_t last = mark.above.size() - 1;
  while (first < last && mark.above[first + 1] >= 1 - kSure) ++first;
  while (last > first + 1 && mark.above[last - 1] <= kSure * 1e-3) --last;
  return {static_cast<double>(first) * mark.step, static_cast<double>(last) * mark.step};
}

Complex power(Complex base, std::size_t exponent) {
  Complex result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = product(result, base);
    base = product(base, base);
  }
  return result;
}

}  // namespace

SumOfGroups::SumOfGroups(std::vector<SummedMark> marks, std::size_t most_points) {
  if (marks.size() == 1 && marks.front().count == 1) {
    above_ = std::move(marks.front().above);
    step_ = marks.front().step;
    return;
  }
  double widest = 0;
  double span = 0;
  std::size_t count = 0;
  std::vector<Window> windows;
  for (const SummedMark& mark : marks) {
    const Window window = window_of(mark);
    windows.push_back(window);
    widest = std::max(widest, window.high - window.low);
    span += (window.high - window.low) * static_cast<double>(mark.count);
    count += mark.count;
    first_ += window.low * static_cast<double>(mark.count);
  }
  count = std::max<std::size_t>(count, 1);
  // So many that the sum just fits.
  const std::size_t bins = std::clamp<std::size_t>(
      (most_points - 2) / count - std::min<std::size_t>(3, most_points / count / 2), kFewestBins,
      kMostBins);
  step_ = std::max(widest / static_cast<double>(bins), 1e-3);
  const std::size_t size = std::bit_ceil(static_cast<std::size_t>(span / step_) + 2 * count + 2);
  const std::vector<Complex> roots = roots_of_unity(size);
  std::vector<Complex> spectrum(size, 1);
  for (std::size_t m = 0; m < marks.size(); ++m) {
    std::vector<Complex> values(size, 0);
    double before = 1;
    // The chance between two levels of the new grid goes to both, half and half.
    for (std::size_t i = 0; i <= bins && before > 0; ++i) {
      const double level = windows[m].low + static_cast<double>(i + 1) * step_;
      const bool end = level >= windows[m].high;
      const double above = end ? 0 : interpolate(marks[m].above, marks[m].step, level);
      values[i] += (before - above) / 2;
      values[i + 1] += (before - above) / 2;
      before = above;
    }
    fourier(values, roots);
    for (std::size_t i = 0; i <= size / 2; ++i) {
      spectrum[i] = product(spectrum[i], power(values[i], marks[m].count));
    }
  }
  // Chances are real: the other half mirrors this one, and the way back is the way there,
  // backwards.
  for (std::size_t i = 1; i < size / 2; ++i) spectrum[size - i] = std::conj(spectrum[i]);
  fourier(spectrum, roots);
  std::reverse(spectrum.begin() + 1, spectrum.end());
  above_.assign(size, 0);
  double above = 0;
  for (std::size_t i = size; i-- > 0;) {
    const double p = std::max(0.0, spectrum[i].real() / static_cast<double>(size));
    above_[i] = std::min(1.0, above + p / 2);
    above += p;
  }
}

double SumOfGroups::above(double level) const { return interpolate(above_, step_, level - first_); }

double SumOfGroups::quantile(double p) const {
  double low = 0;
  double high = static_cast<double>(above_.size() - 1) * step_;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (above(first_ + middle) > 1 - p ? low : high) = middle;
  }
  return first_ + high;
}

}  // namespace tidemark
