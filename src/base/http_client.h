// HTTP requests, one after another over one connection that is kept: a thin cover of libcurl, which
// is loaded when the first client is made. It brings thirty libraries along, which a program that
// is copied to a small machine should neither need nor wait for.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/monitor.h"
#include "base/result.h"

namespace tidemark {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  NamedValues headers;
  std::span<const char> body;
};

struct HttpResponse {
  int status = 0;
  NamedValues headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const;
};

struct HttpOptions {
  const Monitor* monitor = nullptr;  // may be null; ends a request when it is cancelled
  // Requests go out as they are written: for those that are signed. Otherwise answers may come
  // compressed, a GET follows redirects, and dots in a path are resolved.
  bool verbatim = false;
  std::size_t most_body = std::size_t{1} << 28;
  bool cut_body = false;  // an answer beyond that is cut, instead of being an error
  std::chrono::milliseconds connect{5000};
  std::chrono::milliseconds whole{30'000};  // until a request has to be over; 0: no limit
  std::chrono::seconds stalled{0};          // without a byte; 0: no limit
};

// Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(const HttpOptions& options);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  // Any answer is an answer, whatever its status. Errors: kIo with libcurl's words for such a
  // failure, and as a hint those for this one where it has any; kCancelled; kUnsupported where
  // there is no libcurl.
  Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Percent-encoded: "a%20b". A path keeps its slashes.
std::string url_encode(std::string_view text, bool keep_slashes = false);

}  // namespace tidemark
