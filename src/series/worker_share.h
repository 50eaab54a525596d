// What is taken of a worker's memory where nothing was measured: one table for `verdict` and
// `size`. All are parts of the level at which one forked worker (Ruby, or any server that preloads)
// settles.
#pragma once

namespace tidemark {

// Shared with the master and the other workers, out of a series, which only knows their total. The
// labelled series of over-committed dynos give 18 of 20 right counts of workers that fit with it.
inline constexpr double kSharedOfSeries = 0.15;

// The same out of one worker's resident size, or a level that somebody states: there is no total
// whose error it would spread, so less is taken off. Measured shares replace both: PSS beside
// private memory (worker_memory.h).
inline constexpr double kSharedOfWorker = 0.10;

// Held before the first request, of what a worker has for itself; the rest comes and goes with
// requests. Replaced by what lives began with, or --base.
inline constexpr double kBaseOfWorker = 0.55;
inline constexpr double kRequestsOfWorker = 1 - kBaseOfWorker;

// At least so much of what a worker has for itself is its base, whatever is measured of requests.
inline constexpr double kLeastBaseOfWorker = 0.2;

}  // namespace tidemark
