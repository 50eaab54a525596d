// How many threads are busy at a random instant.
#pragma once

#include <cstddef>
#include <vector>

namespace tidemark {

// busy[n]: the chance that n threads are busy; from 0 to the number of threads.
using Occupancy = std::vector<double>;

// Threads that do not wait for each other, each busy for `busy_part` of the time.
Occupancy independent_threads(std::size_t threads, double busy_part);

// Threads that serve one queue of Poisson arrivals: M/M/k, Erlang's delay system. `load`: arrivals
// a second times mean service time; where it reaches the number of threads, all are always busy.
Occupancy queued_threads(std::size_t threads, double load);

// Of all threads some, picked evenly: a process' share of the queue's threads.
Occupancy share_of(const Occupancy& all, std::size_t threads);

}  // namespace tidemark
