// A server to simulate: its processes and threads, what it is asked, and what its memory does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "simulate/request_mix.h"

namespace tidemark {

enum class Arrivals : std::uint8_t {
  kBackToBack,  // each thread goes on with the next request after a pause
  kPoisson,     // they come at a rate, wait in one queue, and go to an idle thread
  kReplay,      // they come when the log says
};

// Who holds freed memory and gives it to the next request: what keeps a high-water mark of its own.
enum class Ratchet : std::uint8_t {
  kHeap,    // all threads of a process together
  kArenas,  // the threads of a process over some arenas
  kNone,    // freed memory goes back at once
};

// A cache in each process: a request whose key is new adds an entry, up to a bound.
struct CacheModel {
  double bytes = 0;  // of an entry; 0: no cache
  double entries = 0;
  double keys = 0;  // that requests choose from, all alike
};

// Requests that come at once, again and again: a cron job, retries.
struct Burst {
  double every = 0;  // seconds; the first after that time
  std::size_t count = 0;
  std::size_t endpoint = SIZE_MAX;  // SIZE_MAX: of the mix
};

struct LoggedRequest {
  double at = 0;  // seconds since the begin of the log
  RequestSize size;
};

struct ServerModel {
  RequestMix mix;
  std::size_t processes = 1;
  std::size_t threads = 1;  // of each process

  Arrivals arrivals = Arrivals::kBackToBack;
  double rate = 0;                        // requests a second in all, of kPoisson
  std::vector<Distribution> pauses;       // between requests, added up; of kBackToBack
  std::vector<Burst> bursts;              // beside kPoisson
  std::vector<LoggedRequest> log;         // of kReplay, in order of time
  double seconds = 0;                     // how long; 0: until the requests are served
  std::uint64_t requests_per_thread = 0;  // of kBackToBack; 0: no end

  double base = 0;    // bytes of each process before the first request, shared pages not counted
  double shared = 0;  // bytes that the processes share
  double leak = 0;    // bytes that each request leaves behind
  CacheModel cache;
  double gives_back = 0;  // part of freed memory that goes back to the system: 0 Ruby, 1 at best
  Ratchet ratchet = Ratchet::kHeap;
  std::size_t arenas = 1;  // of each process, of kArenas

  std::uint64_t recycle_requests = 0;  // a process is replaced after so many; 0: never
  double recycle_seconds = 0;          // and after so long; 0: never

  double quota = 0;  // bytes; 0: none

  [[nodiscard]] std::size_t slots() const { return processes * threads; }
  // Parts of a process with a high-water mark of their own.
  [[nodiscard]] std::size_t groups_per_process() const;
  // Threads of that group of a process.
  [[nodiscard]] std::size_t group_threads(std::size_t group) const;
  [[nodiscard]] double mean_pause() const;
  // Completed in a second by the whole server when it is not overloaded.
  [[nodiscard]] double completions_per_second() const;
  // Part of the time that a thread is busy; at most 1.
  [[nodiscard]] double busy_part() const;
  // How long the simulation lasts, as far as can be told beforehand.
  [[nodiscard]] double horizon() const;

  // Says in a sentence what cannot be simulated.
  [[nodiscard]] Result<void> check() const;
};

// The article's server: pauses of 1 to 100 ticks before and after each request.
ServerModel article_model(std::size_t threads, std::uint64_t requests_per_thread);

}  // namespace tidemark
