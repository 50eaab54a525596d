// The requests that come to a server on their own, in order of time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulate/request_deck.h"
#include "simulate/server_model.h"

namespace tidemark {

struct Arrival {
  std::uint64_t micros = UINT64_MAX;  // UINT64_MAX: none comes any more
  Request request;
};

// Poisson arrivals and bursts, or a log. Run 0 replays a log as it is; each other run puts together
// pieces of it by chance (a block bootstrap), so that many runs show how much was luck.
class ArrivalStream {
 public:
  ArrivalStream(const ServerModel& model, const RequestDeck& deck, std::uint64_t run,
                Random& random);

  [[nodiscard]] std::uint64_t next_micros() const { return next_.micros; }
  Arrival take(Random& random);

 private:
  void prepare(Random& random);
  void prepare_logged();
  void shuffle_log(Random& random);

  const ServerModel& model_;
  const RequestDeck& deck_;
  Arrival next_;
  double poisson_at_ = 0;  // microseconds
  struct BurstState {
    double at = 0;
    std::size_t left = 0;
  };
  std::vector<BurstState> bursts_;
  std::vector<LoggedRequest> log_;
  std::size_t logged_ = 0;
};

}  // namespace tidemark
