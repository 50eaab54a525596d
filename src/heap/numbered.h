// Objects that a runtime numbers (V8: @1, @3, @5...) have addresses too, so that all else can treat
// them alike: see HeapGraph::numbered.
#pragma once

#include <cstdint>

namespace tidemark {

// Neighbouring numbers are as far apart as neighbouring slots, so that pages are as full as can be.
inline constexpr std::uint64_t kNumberStep = 8;

constexpr std::uint64_t address_of_number(std::uint64_t number) { return number * kNumberStep; }
constexpr std::uint64_t number_of_address(std::uint64_t address) { return address / kNumberStep; }

}  // namespace tidemark
