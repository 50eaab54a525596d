// One HTTP request at a time, over libcurl.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark {

struct HttpRequest {
  std::string url;
  std::string body;  // of a POST
  bool post = false;
  std::vector<std::string> headers;  // "Content-Type: text/plain"
  double seconds = 30;               // until it has to be over
};

struct HttpAnswer {
  long status = 0;
  std::string body;
};

// Any status is an answer. At most 256 MB of it. Follows no redirects to another protocol and none
// of a POST. Errors: kIo when there is no answer. Not thread-safe the first time it is called.
Result<HttpAnswer> http_request(const HttpRequest& request);

// "a%20b"
std::string url_encode(std::string_view text);

}  // namespace tidemark
