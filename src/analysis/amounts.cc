#include "analysis/amounts.h"

namespace tidemark {

std::vector<Ages::Bin> Ages::bins(std::size_t count) const {
  std::vector<Bin> bins;
  if (generations.empty() || count == 0) return bins;
  const std::uint64_t first = generations.front().generation;
  const std::uint64_t width = generations.back().generation - first + 1;
  constexpr std::size_t kMost = 1U << 16;
  if (count >= width || count > kMost) {
    for (const auto& [generation, portion] : generations) {
      bins.push_back({.first = generation, .last = generation, .portion = portion});
    }
    return bins;
  }
  // A generation g falls in bin (g - first) * count / width, rounded down.
  const auto begin = [&](std::uint64_t bin) {
    return static_cast<std::uint32_t>(first + (bin * width + count - 1) / count);
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    bins.push_back({.first = begin(i), .last = begin(i + 1) - 1});
  }
  std::size_t at = 0;
  for (const GenerationAmount& entry : generations) {
    while (entry.generation > bins[at].last) ++at;
    bins[at].portion += entry.portion;
  }
  return bins;
}

}  // namespace tidemark
