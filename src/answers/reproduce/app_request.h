// What app to put under load, and with which requests: the part that `reproduce` and `endpoints`
// share.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/notice.h"
#include "base/result.h"
#include "reproduce/run.h"

namespace tidemark {

struct AppRequest {
  std::vector<std::string> command;  // to start; or
  std::string process;               // a pid or a name, to attach to
  std::uint16_t port = 0;            // 0: any that is free
  double start_timeout = 60;         // seconds until it must answer
  std::vector<std::string> urls;     // "/users/{1..5000}", "3*POST /orders"; none at all: "/"
  std::string replay;  // a list of URLs or a log, "-" for standard input; may be empty
  std::vector<std::pair<std::string, std::string>> headers;  // of every request
  std::string body;                                          // of POST, PUT and PATCH
  unsigned connections = 4;
  double rate = 0;        // requests a second, whether or not answers come; 0: as fast as they come
  double timeout = 30;    // seconds for one request
  double duration = 120;  // seconds under load, at most
  std::uint64_t warmup_requests = 2000;
  std::uint64_t step_requests = 1000;
  std::string folder;  // for what is left; empty: tidemark-reproduce-TIME here
};

struct PreparedApp {
  std::string folder;          // as asked for
  ReproduceSettings settings;  // with its absolute path
  std::vector<Notice> notices;
};

// Reads what to send, finds the process and makes the folder, readable by its owner alone.
// Notices: replay_lines_left_out. Errors: kUsage for what cannot be sent; kIo; those of
// find_targets().
Result<PreparedApp> prepare(const AppRequest& request);

}  // namespace tidemark
