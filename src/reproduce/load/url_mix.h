// What is sent: one or several kinds of request, by weight, or a recorded list in its order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "reproduce/load/url_pattern.h"

namespace tidemark {

struct RequestKind {
  std::string method = "GET";
  std::string target;  // path and query, with variables
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // with variables
  double weight = 1;

  [[nodiscard]] std::string name() const { return method + " " + target; }
};

// "/search?q={a,b}", "POST /orders", "3*GET /users/{1..5000}", "http://127.0.0.1:3000/". The
// port of an absolute URL goes to `port`. Errors: kUsage; TLS and other hosts are not spoken to.
Result<RequestKind> parse_request_kind(std::string_view text, std::uint16_t& port);

// A request as it goes over the wire.
struct WireRequest {
  std::string bytes;
  bool head = false;     // HEAD
  std::size_t kind = 0;  // index of its RequestKind
};

// Not thread-safe.
class UrlMix {
 public:
  UrlMix(std::vector<RequestKind> kinds, std::string host);

  // By smooth weighted turns: of 3:1 comes a a b a, and again. Deterministic.
  [[nodiscard]] WireRequest next();
  [[nodiscard]] const std::vector<RequestKind>& kinds() const { return kinds_; }

 private:
  struct Prepared {
    UrlPattern target;
    UrlPattern body;
    std::string head;  // header lines but Content-Length
    double credit = 0;
    std::uint64_t turn = 0;
  };

  std::vector<RequestKind> kinds_;
  std::vector<Prepared> prepared_;
  double weights_ = 0;
  bool equal_ = true;  // all of one weight: in their order
  std::size_t next_ = 0;
};

}  // namespace tidemark
