// Starts a worker: a process group of its own, standard input from /dev/null, both outputs ours,
// and what makes it take our socket and load the part that drains. It gets no signal when tidemark
// dies: workers must outlive a crash of ours.
#pragma once

#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

struct LaunchSettings {
  std::vector<std::string> command;
  int port = 0;                // PORT and TIDEMARK_PORT; 0: neither
  std::string control_socket;  // TIDEMARK_SOCKET
  std::string ruby_preload;    // paths; empty: not loaded
  std::string node_preload;
  std::string library_preload;
  int listening = -1;  // handed over as descriptor 3 with LISTEN_FDS; -1: not
};

struct Launched {
  int pid = 0;
  FileDescriptor handle;  // a pidfd: readable when it has ended
};

// Returns when the command runs. Errors: kIo when it cannot be run, with what is wrong with it.
Result<Launched> launch(const LaunchSettings& settings);

// RUBYOPT, NODE_OPTIONS and LD_PRELOAD hold what the user has put there, and ours.
std::vector<std::string> launch_environment(const LaunchSettings& settings,
                                            const std::vector<std::string>& inherited);

// A pidfd of a process; not open when it is gone.
FileDescriptor open_process(int pid);

}  // namespace tidemark
