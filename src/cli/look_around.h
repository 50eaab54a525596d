// What `tidemark` says without arguments: what is here, and the two commands most worth running.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark {

struct Surroundings {
  std::vector<std::uint64_t>
      processes;                   // Ruby and Node.js that may be looked at; the largest first
  std::vector<std::string> dumps;  // heaps in this folder, the oldest first
  std::string start;               // how the app of this folder starts; empty: no app is seen
};

// Changes nothing; reads names of files, the Procfile, and processes.
Surroundings look_around(const std::string& folder);

// Two lines of a shell each, the better first.
std::vector<std::string> worth_running(const Surroundings& here);

std::string surroundings_text(const Surroundings& here);

}  // namespace tidemark
