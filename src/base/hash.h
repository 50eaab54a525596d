// Hashes for tables in memory and for stable signatures (XXH3, 64 bits).
// stable_hash gives the same number on every machine and in every run; table_hash is seeded per
// process, so that a hostile file cannot aim at our tables.
#pragma once

#include <cstdint>
#include <string_view>

namespace tidemark {

std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed = 0);
std::uint64_t process_seed();

// The splitmix64 finaliser: spreads every input bit over every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

constexpr std::uint64_t combine(std::uint64_t seed, std::uint64_t value) {
  return mix(seed * 0x9e3779b97f4a7c15ULL + value);  // the order of the two matters
}

}  // namespace tidemark
