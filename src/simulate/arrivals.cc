#include "simulate/arrivals.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "simulate/exact_math.h"

namespace tidemark {
namespace {

constexpr double kBlocks = 50;         // pieces of a log
constexpr double kShortestBlock = 10;  // seconds
constexpr double kNever = std::numeric_limits<double>::infinity();

}  // namespace

ArrivalStream::ArrivalStream(const ServerModel& model, const RequestDeck& deck, std::uint64_t run,
                             Random& random)
    : model_(model), deck_(deck) {
  if (model.arrivals == Arrivals::kReplay) {
    log_ = model.log;
    if (run > 0) shuffle_log(random);
    prepare_logged();
    return;
  }
  poisson_at_ = model.rate > 0 ? 0 : kNever;
  if (model.rate > 0) poisson_at_ = -exact_log(random.uniform()) / model.rate * 1e6;
  for (const Burst& burst : model.bursts) bursts_.push_back({burst.every * 1e6, burst.count});
  prepare(random);
}

void ArrivalStream::shuffle_log(Random& random) {
  if (log_.size() < 2) return;
  const double span = log_.back().at;
  const double block = std::max(span / kBlocks, kShortestBlock);
  std::vector<LoggedRequest> shuffled;
  const auto blocks = static_cast<std::size_t>(std::ceil(span / block));
  for (std::size_t i = 0; i < blocks; ++i) {
    const double begin = static_cast<double>(i) * block;
    const double from = random.uniform() * std::max(span - block, 0.0);
    const auto first =
        std::lower_bound(model_.log.begin(), model_.log.end(), from,
                         [](const LoggedRequest& request, double at) { return request.at < at; });
    for (auto it = first; it != model_.log.end() && it->at < from + block; ++it) {
      if (begin + it->at - from <= span) shuffled.push_back({begin + it->at - from, it->size});
    }
  }
  log_ = std::move(shuffled);
}

void ArrivalStream::prepare_logged() {
  next_ = {};
  if (logged_ >= log_.size()) return;
  const LoggedRequest& request = log_[logged_++];
  next_ = {static_cast<std::uint64_t>(request.at * 1e6),
           make_request(request.size.seconds, request.size.bytes)};
}

void ArrivalStream::prepare(Random& random) {
  double at = poisson_at_;
  std::size_t from = SIZE_MAX;
  for (std::size_t i = 0; i < bursts_.size(); ++i) {
    if (bursts_[i].at > at) continue;
    at = bursts_[i].at;
    from = i;
  }
  next_.micros = at < 9e17 ? static_cast<std::uint64_t>(at) : UINT64_MAX;
  if (from == SIZE_MAX) {
    if (model_.rate <= 0) return;
    next_.request = deck_.draw(random);
    poisson_at_ -= exact_log(random.uniform()) / model_.rate * 1e6;
    return;
  }
  const Burst& burst = model_.bursts[from];
  next_.request =
      burst.endpoint == SIZE_MAX ? deck_.draw(random) : deck_.draw_of(burst.endpoint, random);
  BurstState& state = bursts_[from];
  if (--state.left == 0) state = {state.at + burst.every * 1e6, burst.count};
}

Arrival ArrivalStream::take(Random& random) {
  const Arrival taken = next_;
  if (model_.arrivals == Arrivals::kReplay) {
    prepare_logged();
  } else {
    prepare(random);
  }
  return taken;
}

}  // namespace tidemark
