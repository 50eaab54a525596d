#include "simulate/request_mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tidemark {
namespace {

// The mean of something over requests.
template <class OfEndpoint, class OfRequest>
double mean_of(const RequestMix& mix, const OfEndpoint& of_endpoint, const OfRequest& of_request) {
  double sum = 0;
  if (!mix.requests.empty()) {
    for (const RequestSize& request : mix.requests) sum += of_request(request);
    return sum / static_cast<double>(mix.requests.size());
  }
  for (const Endpoint& endpoint : mix.endpoints) sum += endpoint.weight * of_endpoint(endpoint);
  return sum / mix.total_weight();
}

}  // namespace

double RequestMix::mean_seconds() const {
  return mean_of(
      *this, [](const Endpoint& endpoint) { return endpoint.seconds.mean(); },
      [](const RequestSize& request) { return request.seconds; });
}

double RequestMix::mean_square_seconds() const {
  return mean_of(
      *this, [](const Endpoint& endpoint) { return endpoint.seconds.mean_square(); },
      [](const RequestSize& request) { return request.seconds * request.seconds; });
}

double RequestMix::total_weight() const {
  double sum = 0;
  for (const Endpoint& endpoint : endpoints) sum += endpoint.weight;
  return sum;
}

double RequestMix::most_bytes() const {
  double most = 0;
  for (const RequestSize& request : requests) most = std::max(most, request.bytes);
  for (const Endpoint& endpoint : endpoints) most = std::max(most, endpoint.peak.most());
  return std::min(most, kMostPeak);
}

RequestMix RequestMix::scaled(double factor) const {
  RequestMix out = *this;
  for (RequestSize& request : out.requests) request.bytes *= factor;
  for (Endpoint& endpoint : out.endpoints) endpoint.peak = endpoint.peak.scaled(factor);
  return out;
}

RequestMix RequestMix::slowed(double factor) const {
  RequestMix out = *this;
  for (RequestSize& request : out.requests) request.seconds *= factor;
  for (Endpoint& endpoint : out.endpoints) endpoint.seconds = endpoint.seconds.scaled(factor);
  return out;
}

Result<void> RequestMix::check() const {
  for (const RequestSize& request : requests) {
    if (!(request.seconds >= 0 && request.seconds <= kMostSeconds && request.bytes >= 0 &&
          request.bytes <= kMostPeak)) {
      return fail(ErrorCode::kUsage,
                  "a request of the log has a time or a size that is negative or too large",
                  "times up to an hour, sizes up to 100 GB");
    }
  }
  if (requests.empty() && endpoints.empty()) {
    return fail(ErrorCode::kUsage, "there are no requests");
  }
  for (const Endpoint& endpoint : endpoints) {
    if (!(endpoint.weight > 0 && endpoint.weight <= 1e9)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("the weight of '{}' is not above zero, or too large", endpoint.name));
    }
    if (auto checked = endpoint.seconds.check("the time of a request", kMostSeconds); !checked) {
      return checked;
    }
    if (auto checked = endpoint.peak.check("the peak of a request", kMostPeak); !checked) {
      return checked;
    }
  }
  if (!(mean_seconds() >= 1e-6)) {
    return fail(ErrorCode::kUsage, "requests take no time", "at least a microsecond on average");
  }
  if (mean_seconds() > kMostSeconds) {
    return fail(ErrorCode::kUsage, "requests take more than an hour on average");
  }
  return {};
}

RequestMix article_mix() {
  RequestMix mix;
  for (int duration = 10; duration <= 100; ++duration) {
    for (int slope = 1; slope <= 4; ++slope) {
      mix.requests.push_back(
          {(duration - 1) * kArticleTick, slope * (duration - 1) * kArticleUnit});
    }
  }
  return mix;
}

RequestMix usual_mix() {
  RequestMix mix;
  mix.endpoints = {
      {"light", 88, Distribution::lognormal(0.11, 0.6), Distribution::lognormal(12e6, 30e6)},
      {"medium", 11, Distribution::lognormal(0.30, 1.5), Distribution::lognormal(45e6, 90e6)},
      {"heavy", 1, Distribution::lognormal(0.9, 4), Distribution::uniform(160e6, 300e6)},
  };
  return mix;
}

}  // namespace tidemark
