// How much of a heap something is, and how it is spread over its ages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

struct Amount {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  // shallow

  Amount& operator+=(const Amount& other) {
    objects += other.objects;
    bytes += other.bytes;
    return *this;
  }
  friend Amount operator-(const Amount& a, const Amount& b) {
    return {.objects = a.objects - b.objects, .bytes = a.bytes - b.bytes};
  }
  friend bool operator==(const Amount&, const Amount&) = default;
};

struct Portion {
  Amount all{};
  Amount program{};  // of these

  [[nodiscard]] Amount data() const { return all - program; }
  Portion& operator+=(const Portion& other) {
    all += other.all;
    program += other.program;
    return *this;
  }
};

enum class HeapPart : std::uint8_t { kAll, kData, kGarbage };

enum class SummarySort : std::uint8_t { kCount, kBytes, kRetained };

struct GenerationAmount {
  std::uint32_t generation = 0;
  Portion portion{};
};

// How old the objects are, by the garbage collection they were born after.
struct Ages {
  std::vector<GenerationAmount> generations;  // oldest first; those that have objects
  Portion before_tracing{};                   // no generation recorded

  // `count` bins of equal width from the first generation to the last; where these are no more
  // than `count`, one for each that has objects.
  struct Bin {
    std::uint32_t first = 0;  // generation
    std::uint32_t last = 0;
    Portion portion{};
  };
  [[nodiscard]] std::vector<Bin> bins(std::size_t count) const;
};

struct Reachability {
  Amount reachable{};
  Amount garbage{};
  // Of the reachable: what only a conservative root holds (Ruby: addresses found on the machine
  // stack, which may be stale).
  Amount conservative{};
};

}  // namespace tidemark
