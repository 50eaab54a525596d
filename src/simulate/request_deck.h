// Draws requests quickly: a deck of requests to pick from, made once.
//
// The deck holds the bulk of the distribution in equal slices. The hundredth of the requests with
// the highest peaks, on which the high-water mark depends, is not in it: those are drawn exactly,
// and so are endpoints too rare to have enough cards. So tails are not cut where the deck ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulate/random.h"
#include "simulate/request_mix.h"

namespace tidemark {

inline constexpr int kSlopeBits = 16;  // fraction of a slope: bytes a microsecond, times 2^16

struct Request {
  std::uint64_t slope = 0;
  std::uint32_t micros = 1;
};
Request make_request(double seconds, double bytes);

// Safe to draw from in several threads, each with its own Random.
class RequestDeck {
 public:
  // `mix` must have passed its check().
  explicit RequestDeck(const RequestMix& mix);

  [[nodiscard]] Request draw(Random& random) const {
    const std::uint64_t bits = random.next();
    if ((bits & 0xFFFFFFFFU) < rare_below_) [[unlikely]]
      return draw_rare(random);
    return cards_[((bits >> 32) * cards_.size()) >> 32];
  }
  // One of that endpoint.
  [[nodiscard]] Request draw_of(std::size_t endpoint, Random& random) const;

 private:
  [[nodiscard]] Request draw_rare(Random& random) const;
  // The part of an endpoint's requests with a peak above.
  [[nodiscard]] double part_above(std::size_t endpoint, double peak) const;
  void choose_rare();
  void deal();

  std::vector<Endpoint> endpoints_;
  std::vector<double> rare_part_;   // of each endpoint, that is not in the deck
  std::vector<double> rare_until_;  // cumulative chance of a rare request to be of this endpoint
  std::uint64_t rare_below_ = 0;    // of 2^32
  std::vector<Request> cards_;
};

// Draws pauses, in microseconds.
class PauseDeck {
 public:
  explicit PauseDeck(const Distribution& seconds);
  [[nodiscard]] std::uint32_t draw(Random& random) const {
    return cards_[random.below(static_cast<std::uint32_t>(cards_.size()))];
  }

 private:
  std::vector<std::uint32_t> cards_;
};

}  // namespace tidemark
