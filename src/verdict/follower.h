// A verdict kept up to date while samples come in.
//
// The curves are fitted anew when a fiftieth more time was seen, at the least every 10 s of the
// series, or when a life ended; in between only what the last samples say by themselves changes.
// A fit takes 1 to 3 ms, so following costs next to nothing.
#pragma once

#include <cstddef>

#include "series/series.h"
#include "verdict/verdict.h"

namespace tidemark {

class VerdictFollower {
 public:
  explicit VerdictFollower(TraceOptions options = {}) : options_(options) {}

  // The series as it is now: the one of the last call, with samples and events added at its end.
  const Verdict& update(const MemorySeries& series);

  [[nodiscard]] std::size_t fits() const { return fits_; }

 private:
  TraceOptions options_;
  Verdict verdict_;
  double fitted_at_ = 0;  // time of the last sample then
  std::size_t events_ = 0;
  std::size_t samples_ = 0;
  std::size_t fits_ = 0;
};

}  // namespace tidemark
