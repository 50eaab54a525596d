// What to do with a pool, as a pure function of what is known of it.
//
// The rules, in order:
//  1. A worker that takes too long to start, drain or stop is moved on by force.
//  2. When all is to end, workers finish what has come in and stop; nothing is started.
//  3. One worker at a time is replaced: over --max-memory; the one that grew most when the quota
//     is near; over its requests or its age. Not before its minimum life, not right after another
//     replacement, not when the platform restarts everything sooner, and not when replacing has
//     been shown not to help.
//  4. With room for one more, the new worker serves before the old one drains; else after.
//  5. More workers when load waits, one at a time, within the memory and the processors there are;
//     fewer when fewer have been enough for --idle. Going up soon after going down makes the next
//     way down slower.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "supervise/pool_view.h"
#include "supervise/settings.h"

namespace tidemark {

enum class ActionKind : std::uint8_t {
  kStart,   // a new worker; `worker` is the one it stands for, or 0
  kRetire,  // mark: it is to be replaced, as soon as its replacement serves
  kDrain,
  kFinish,  // as kDrain, but it goes on accepting what is queued
  kStop,
  kKill,
  kTellServer,  // external: SIGTERM to the server itself
  kKillServer,
  kNote,  // nothing but something to say
};

struct Action {
  ActionKind kind = ActionKind::kNote;
  int worker = 0;
  std::string reason;
  bool for_memory = false;
};

struct Decision {
  std::vector<Action> actions;
  ScalingMemory scaling;  // to be kept
};

Decision decide(const PoolSettings& settings, const PoolView& view);

// Why replacing workers for their memory does not help, by the last replacements; none: it does.
std::optional<std::string> why_useless(const PoolSettings& settings,
                                       const std::vector<Recycle>& recycles);

// Seconds to wait after so many failed starts in a row.
double start_pause(int failures);

}  // namespace tidemark
