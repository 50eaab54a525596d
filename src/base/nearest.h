// "Did you mean": the nearest of the names that exist.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tidemark {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view from, std::string_view to);

// The candidate nearest to `word`, or empty when none is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace tidemark
