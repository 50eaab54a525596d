// Carries what a copy writes into a sink, and looks after the copy meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/monitor.h"
#include "base/result.h"
#include "copy/copy.h"
#include "host/memory_room.h"
#include "transfer/byte_sink.h"

namespace tidemark {

struct PumpLimits {
  std::chrono::seconds timeout{600};      // for everything, a slow sink included
  const MemoryRoomWatch* room = nullptr;  // looked at every 100 ms; below its floor the copy dies
};

// When a call in the copy has returned: begin the next one and say true, or false when that was
// all.
using NextCall = std::function<Result<bool>(Copy& copy, std::uint64_t result)>;

struct Pumped {
  std::uint64_t bytes = 0;            // before compression
  std::uint64_t copy_peak_bytes = 0;  // memory of the copy's own, not shared with the target
  Copy::State end;                    // how the copy ended
};

// Until the copy has closed its end and ended. The sink is written to from a thread of its own, so
// a slow one makes the copy wait, not the watch. Neither finishes nor abandons the sink. When it
// returns an Error the copy has been killed. Errors: those of the sink, kCancelled, kTooLarge when
// memory runs short, kIo on a time-out.
Result<Pumped> pump(Copy& copy, int reader, ByteSink& sink, const PumpLimits& limits,
                    Monitor& monitor, const NextCall& next = {});

}  // namespace tidemark
