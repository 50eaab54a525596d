// What requests there are: how often each kind comes, how long it takes, how much memory it needs.
//
// A request's memory grows evenly from nothing to its peak over its time, and is free at its end.
// Times are seconds, sizes are bytes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/distribution.h"

namespace tidemark {

inline constexpr double kMostSeconds = 3600;  // of a request or a pause
inline constexpr double kMostPeak = 100e9;    // bytes of a request

struct Endpoint {
  std::string name;
  double weight = 1;  // requests of this kind, in proportion to those of the others
  Distribution seconds;
  Distribution peak;
};

struct RequestSize {
  double seconds = 0;
  double bytes = 0;
};

struct RequestMix {
  std::vector<Endpoint> endpoints;  // time and peak of each are independent
  // Instead of endpoints: requests of which each is as likely as the others, where time and peak
  // belong together; out of a log.
  std::vector<RequestSize> requests;

  [[nodiscard]] double mean_seconds() const;
  [[nodiscard]] double mean_square_seconds() const;
  [[nodiscard]] double total_weight() const;
  [[nodiscard]] double most_bytes() const;  // at most kMostPeak
  // The same with every peak multiplied.
  [[nodiscard]] RequestMix scaled(double factor) const;
  // The same with every time multiplied.
  [[nodiscard]] RequestMix slowed(double factor) const;
  [[nodiscard]] Result<void> check() const;
};

// The requests of simulate_ruby_web_memory_use: a duration of 10 to 100 ticks, a slope of 1 to 4
// units a tick. A unit is shown as 1 MB and a tick as 10 ms. The pauses before and after a request
// are 1 to 100 ticks each.
RequestMix article_mix();
inline constexpr double kArticleTick = 0.01;
inline constexpr double kArticleUnit = 1e6;

// What web apps usually serve, for those who know nothing but the level of their processes: 88 %
// light, 11 % medium and 1 % heavy requests of 185 ms and a bit over 230 MB at the most, to be
// scaled.
RequestMix usual_mix();

}  // namespace tidemark
