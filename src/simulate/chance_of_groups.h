// The odds of a server of several heaps, or of one whose memory partly stays, or that is recycled;
// and how far off they may be.
//
// Each group's law is thinned by its own clumps first (see rare_events.h): theta is measured at a
// few levels of the group and is a smooth curve between them. What is left is an error of each
// group's rate of crossings, of some part e: by the grid's steps, by what theta was measured with,
// and by what the law does not know of a queue. If a rate is within e of the true one at all
// levels, then the group's true high-water mark lies, in the order of distributions, between the
// marks of rates times 1 - e and 1 + e; and sums of independent marks, time integrals and the
// worst of several lives all keep that order. So the odds by these two rates enclose the true ones:
// no further guess is needed for sums, leaks and lives. Two things make the true odds smaller
// still, and only the lower end goes down for them: threads that do not end together, and processes
// that are not replaced together (see the .cc).
//
// Not known: what it means for several processes that they share one queue and so are busy
// together. bench/crossing_eval.cc finds no sign of it beyond the error of a queue.
#pragma once

#include "simulate/rare_events.h"
#include "simulate/server_law.h"

namespace tidemark {

// Of the rate of crossings of one group; a part of it.
double rate_error(const ServerModel& model);

// `law`: of the model, without clumps.
RareChance chance_of_groups(const ServerModel& model, const ServerLaw& law, double level,
                            double seconds, const RareOptions& options, Monitor& monitor);

}  // namespace tidemark
