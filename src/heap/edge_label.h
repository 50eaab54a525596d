// What a reference is called, in 4 bytes: its type, and a name or an index.
//
// Runtimes that tell only that an object refers to another (Ruby) have no labels.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tidemark {

enum class EdgeType : std::uint8_t {
  kContext,   // a variable that a closure captured
  kElement,   // an element of an array, by index
  kProperty,  // a named property
  kInternal,  // a field of the runtime's own
  kHidden,    // one without a name
  kShortcut,  // what stands for a longer way
  kWeak,      // does not keep its target alive
  kOther,     // added by the reader, or of a type that is not known
};

class EdgeLabel {
 public:
  static constexpr std::uint32_t kMost = (1U << 29) - 1;

  constexpr EdgeLabel() = default;
  constexpr explicit EdgeLabel(std::uint32_t packed) : packed_(packed) {}
  constexpr EdgeLabel(EdgeType type, std::uint32_t what)
      : packed_((static_cast<std::uint32_t>(type) << 29) | std::min(what, kMost)) {}

  [[nodiscard]] constexpr EdgeType type() const { return static_cast<EdgeType>(packed_ >> 29); }
  // An index for elements and hidden references, otherwise the number of a text.
  [[nodiscard]] constexpr std::uint32_t what() const { return packed_ & kMost; }
  [[nodiscard]] constexpr bool has_name() const {
    return type() != EdgeType::kElement && type() != EdgeType::kHidden &&
           type() != EdgeType::kOther;
  }
  [[nodiscard]] constexpr std::uint32_t packed() const { return packed_; }

 private:
  std::uint32_t packed_ = 0;
};

}  // namespace tidemark
