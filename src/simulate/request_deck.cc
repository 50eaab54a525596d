#include "simulate/request_deck.h"

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

constexpr std::size_t kCards = 16384;     // 256 kB: stays in a core's cache
constexpr std::size_t kFewestCards = 64;  // of an endpoint
constexpr double kRare = 0.01;            // of all requests, at the most, by their peaks
constexpr std::size_t kPauseCards = 4096;

// The binary digits of i behind the point, backwards: spreads i = 0, 1, 2... evenly over (0, 1).
double radical_inverse(std::uint32_t i) {
  std::uint32_t reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= ((i >> bit) & 1U) << (31 - bit);
  return (reversed + 0.5) * 0x1p-32;
}

std::uint32_t micros_of(double seconds) {
  return static_cast<std::uint32_t>(std::llround(std::clamp(seconds, 0.0, kMostSeconds) * 1e6));
}

}  // namespace

Request make_request(double seconds, double bytes) {
  const std::uint32_t micros = std::max(micros_of(seconds), 1U);
  const double slope = std::clamp(bytes, 0.0, kMostPeak) / micros * (1 << kSlopeBits);
  return {.slope = static_cast<std::uint64_t>(std::llround(slope)), .micros = micros};
}

RequestDeck::RequestDeck(const RequestMix& mix) : endpoints_(mix.endpoints) {
  if (!mix.requests.empty()) {
    endpoints_.clear();
    for (const RequestSize& request : mix.requests) {
      cards_.push_back(make_request(request.seconds, request.bytes));
    }
    return;
  }
  const double all = mix.total_weight();
  for (Endpoint& endpoint : endpoints_) endpoint.weight /= all;
  choose_rare();
  deal();
}

double RequestDeck::part_above(std::size_t endpoint, double peak) const {
  // By exact arithmetic only, which Distribution::above() is not.
  const Distribution& peaks = endpoints_[endpoint].peak;
  double low = 0;
  double high = 1;
  for (int i = 0; i < 45; ++i) {
    const double middle = (low + high) / 2;
    (peaks.at(middle) > peak ? high : low) = middle;
  }
  return 1 - high;
}

void RequestDeck::choose_rare() {
  double low = 0;
  double high = 0;
  for (const Endpoint& endpoint : endpoints_) {
    high = std::max(high, endpoint.peak.at(1 - 1e-9));
  }
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    double above = 0;
    for (std::size_t e = 0; e < endpoints_.size(); ++e) {
      above += endpoints_[e].weight * part_above(e, middle);
    }
    (above > kRare ? low : high) = middle;
  }
  double rare = 0;
  for (std::size_t e = 0; e < endpoints_.size(); ++e) {
    const bool few = endpoints_[e].weight * kCards < kFewestCards;
    rare_part_.push_back(few ? 1 : part_above(e, high));
    rare += endpoints_[e].weight * rare_part_.back();
    rare_until_.push_back(rare);
  }
  for (double& until : rare_until_) until /= std::max(rare, 1e-300);
  rare_below_ = static_cast<std::uint64_t>(std::llround(rare * 0x1p32));
}

void RequestDeck::deal() {
  double kept = 0;
  for (std::size_t e = 0; e < endpoints_.size(); ++e) {
    kept += endpoints_[e].weight * (1 - rare_part_[e]);
  }
  double until = 0;
  for (std::size_t e = 0; e < endpoints_.size(); ++e) {
    const double common = 1 - rare_part_[e];
    if (common <= 0) continue;
    until += endpoints_[e].weight * common / kept * kCards;
    const auto count = static_cast<std::uint32_t>(std::floor(until + 0.5)) -
                       static_cast<std::uint32_t>(cards_.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      const double bytes = endpoints_[e].peak.at((i + 0.5) / count * common);
      cards_.push_back(make_request(endpoints_[e].seconds.at(radical_inverse(i)), bytes));
    }
  }
  if (cards_.empty()) {
    // Nothing but rare endpoints: every draw is exact.
    rare_below_ = std::uint64_t{1} << 32;
    cards_.push_back({});
  }
}

Request RequestDeck::draw_rare(Random& random) const {
  const double which = random.uniform();
  std::size_t endpoint = 0;
  while (endpoint + 1 < rare_until_.size() && rare_until_[endpoint] <= which) ++endpoint;
  const double bytes = endpoints_[endpoint].peak.at(1 - rare_part_[endpoint] * random.uniform());
  return make_request(endpoints_[endpoint].seconds.at(random.uniform()), bytes);
}

Request RequestDeck::draw_of(std::size_t endpoint, Random& random) const {
  const double bytes = endpoints_[endpoint].peak.at(random.uniform());
  return make_request(endpoints_[endpoint].seconds.at(random.uniform()), bytes);
}

PauseDeck::PauseDeck(const Distribution& seconds) {
  for (std::size_t i = 0; i < kPauseCards; ++i) {
    cards_.push_back(micros_of(seconds.at((static_cast<double>(i) + 0.5) / kPauseCards)));
  }
}

}  // namespace tidemark
