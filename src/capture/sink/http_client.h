// One HTTP request after another over one connection that is kept: a thin cover of libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "base/monitor.h"
#include "base/result.h"
#include "capture/sink/sigv4.h"

namespace tidemark {

struct HttpRequest {
  std::string method;
  std::string url;
  NamedValues headers;
  std::span<const char> body;
};

struct HttpResponse {
  int status = 0;
  NamedValues headers;  // names in lower case
  std::string body;     // its first megabyte

  [[nodiscard]] std::string header(std::string_view name) const;
};

// Not thread-safe.
class HttpClient {
 public:
  // Requests end when `monitor` is cancelled, when nothing moves for half a minute, or when no
  // connection comes about within ten seconds. The monitor may be null.
  explicit HttpClient(const Monitor* monitor);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  // Any answer is an answer, whatever its status. Errors: kIo, kCancelled.
  Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark
