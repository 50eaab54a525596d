// The language runtimes that tidemark knows, as far as a process shows from outside.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "host/memory_map.h"

namespace tidemark {

enum class RuntimeKind : std::uint8_t { kRuby, kNode };
inline constexpr std::array kAllRuntimes = {RuntimeKind::kRuby, RuntimeKind::kNode};

// "Ruby", "Node.js"
const char* runtime_name(RuntimeKind kind);
// "ruby", "node": as users type it and documents say it.
const char* runtime_word(RuntimeKind kind);
std::optional<RuntimeKind> runtime_of_word(std::string_view word);

// From the path of its program alone, which needs no permission but to read the link; with `maps`,
// also from the libraries that it has loaded.
std::optional<RuntimeKind> guess_runtime(std::string_view executable,
                                         std::span<const Mapping> maps);

}  // namespace tidemark
