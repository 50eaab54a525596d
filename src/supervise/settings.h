// What `tidemark run` is told. Times are seconds, memory is bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

struct PoolSettings {
  std::vector<std::string> command;
  std::string host = "0.0.0.0";
  int port = 0;      // of the socket that tidemark owns; external: of the server, 0 unknown
  std::string name;  // what `tidemark status` calls it; the port where none was given

  // The server keeps its own workers; we say which has to go, and when.
  bool external = false;
  int attach = 0;  // external: the pid of a server that runs already; 0: start the command
  // systemd's LISTEN_FDS in place of the library that answers bind().
  bool listen_fds = false;
  bool preload = true;      // the part in the app that drains and counts
  std::string pass_signal;  // "QUIT": how to stop a worker; empty: as its server documents it

  int min_workers = 1;
  int max_workers = 1;
  double idle = 60;  // a worker that the load has not needed for so long goes

  double max_memory = 0;  // of one worker, proportional; 0: none
  double quota = 0;       // of all together; 0: the control group's, if there is one
  double ahead = 120;     // a predicted crossing of the quota so near is acted on
  double max_requests = 0;
  double max_age = 0;
  double min_life = 30;   // a younger worker is not replaced
  double pause = 10;      // between the end of one replacement and the next
  double jitter = 0.1;    // share of max_requests, max_age and min_life by which workers differ
  double useless = 1800;  // how long to leave it when replacing has not helped
  std::optional<double> platform_restart;  // seconds from our start; Heroku: a day

  double start_timeout = 60;
  double drain_timeout = 20;
  double stop_timeout = 10;
  double end_timeout = 25;  // from SIGTERM to the last SIGKILL
  int give_up = 5;          // starts that failed in a row, none having ever served

  double sample = 5;           // between readings of smaps_rollup
  std::string metrics_listen;  // "127.0.0.1:9394"; empty: none
};

}  // namespace tidemark
