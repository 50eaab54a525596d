// What a tidemark leaves on disk so that another can take its workers over after a crash: lines of
// text, replaced in one step. A full disk costs this and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/private_folder.h"
#include "base/result.h"

namespace tidemark {

struct KeptWorker {
  int number = 0;
  int pid = 0;
  std::uint64_t started = 0;  // clock ticks since boot, so that the pid is of the same process
  double born = 0;            // seconds since 1970
  double served = 0;
  double baseline = 0;
  std::vector<int> servers;  // the processes that hold the socket
};

struct KeptState {
  std::uint64_t listener = 0;  // inode
  int next_number = 1;
  double last_replaced = 0;  // seconds since 1970
  std::vector<KeptWorker> workers;
};

std::string write_state(const KeptState& state);
// Errors: kDamaged.
Result<KeptState> read_state(std::string_view text);

}  // namespace tidemark
