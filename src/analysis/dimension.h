// By what objects are grouped.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

enum class Dimension : std::uint8_t { kSite, kClass, kType, kGem, kMethod, kFile, kGeneration };

// The names that the command line uses, in the order of Dimension.
inline constexpr std::array<std::string_view, 7> kDimensionNames = {
    "site", "class", "type", "gem", "method", "file", "generation"};
std::optional<Dimension> dimension_named(std::string_view name);

}  // namespace tidemark
