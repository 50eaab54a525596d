// `tidemark run`: keeps the workers of a web server, on one listening socket of ours or those that
// the server keeps itself.
//
// What it does to them: starts them (or finds them), reads /proc, tells the part inside to drain,
// sends the server's own graceful signal, and SIGKILL to what does not end in time. Our own death,
// by any means, leaves them serving; the next tidemark of the same name takes them over.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "supervise/pool_view.h"
#include "supervise/settings.h"

namespace tidemark {

// All that `tidemark status` shows.
struct PoolStatus {
  std::string name;
  std::string command;
  int pid = 0;
  int port = 0;
  bool external = false;
  std::string server;  // "Puma", where it is known
  double uptime = 0;
  int min_workers = 0;
  int max_workers = 0;
  double max_memory = 0;
  double queue_limit = 0;
  double own_memory = 0;      // proportional, of tidemark itself
  std::uint64_t started = 0;  // workers, since the beginning
  std::uint64_t replaced = 0;
  std::uint64_t crashed = 0;
  double served = 0;  // requests, of all workers there have been
  PoolView state;
  std::vector<std::string> decisions;  // the last lines that were said
};

struct PoolOutput {
  // One line for each decision, with its reason. `alarm`: something is wrong.
  std::function<void(std::string_view line, bool alarm)> say;
  // The status in "text", "json" or "metrics".
  std::function<std::string(const PoolStatus& status, std::string_view format)> render;
};

// Runs until a signal ends it; the exit code for the shell. Errors: what keeps it from starting.
Result<int> run_pool(const PoolSettings& settings, const PoolOutput& output);

// Where the pool of this name can be asked: its channel's path, in the folder where it runs.
Result<std::string> find_pool(const std::string& name);
// The names of those that have left a channel.
std::vector<std::string> list_pools();

}  // namespace tidemark
