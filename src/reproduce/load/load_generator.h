// Sends HTTP/1.1 requests over kept-alive connections to a server on this host, from a thread of
// its own, and counts what comes back.
//
// Closed loop: each connection sends its next request when the answer to the last is there. Open
// loop (`rate`): requests fall due at even distances, whether or not answers have come, and a
// latency counts from then, so that a server that stands still for a second shows it in every
// request that fell due in that second. Where all connections are busy, due requests wait.
//
// A hostile or broken server costs errors in the count and nothing else: answers are read in pieces
// of 64 kB that are not kept, and every request ends with its timeout.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "reproduce/load/latency_histogram.h"
#include "reproduce/load/url_mix.h"

namespace tidemark {

struct ServerAddress {
  std::uint16_t port = 0;
  bool six = false;  // on ::1 instead of 127.0.0.1
  [[nodiscard]] std::string host() const { return "localhost:" + std::to_string(port); }
};

struct LoadTotals {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;  // with a whole response, whatever its status
  std::uint64_t failed = 0;    // without one: refused, broken, timed out
  std::uint64_t bytes = 0;     // of bodies
  std::map<int, std::uint64_t> by_status;
  std::map<std::string, std::uint64_t> faults;  // why they failed
  std::vector<std::uint64_t> by_kind;           // answered, by index in the mix
  LatencyHistogram latency;                     // of those answered
  double seconds = 0;                           // in which load was sent

  [[nodiscard]] std::uint64_t server_errors() const;  // status 500 and above
  [[nodiscard]] std::uint64_t refusals() const;       // status 400 to 499
};

class LoadGenerator {
 public:
  struct Settings {
    ServerAddress server;
    unsigned connections = 4;
    double rate = 0;  // requests a second; 0: closed loop
    double timeout = 30;
  };

  // The thread starts, and sends nothing yet. Errors: kIo.
  static Result<LoadGenerator> start(const Settings& settings, UrlMix mix);
  LoadGenerator(LoadGenerator&&) noexcept;
  LoadGenerator& operator=(LoadGenerator&&) = delete;
  ~LoadGenerator();

  // Sends from now on, until `most` requests were sent in all.
  void resume(std::uint64_t most = UINT64_MAX);
  // Sends no more. Answers that are under way are awaited: quiet() says when none are left.
  void pause();
  [[nodiscard]] bool quiet() const;

  [[nodiscard]] LoadTotals totals() const;
  [[nodiscard]] std::uint64_t answered() const;

 private:
  struct Shared;
  class Loop;
  explicit LoadGenerator(std::unique_ptr<Shared> shared);
  void wake() const;

  std::unique_ptr<Shared> shared_;
};

// Asks once and says the status; 0 when there was no answer. For the question whether a server is
// ready.
int ask_once(const ServerAddress& server, const WireRequest& request, double timeout);

}  // namespace tidemark
