#include "store/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace tidemark {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 28;

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
  auto* body = static_cast<std::string*>(into);
  if (body->size() + size * count > kMostBytes) return 0;
  body->append(bytes, size * count);
  return size * count;
}

// Without the password that a URL may hold.
std::string shown(const std::string& url) {
  const std::size_t slashes = url.find("://");
  const std::size_t at = url.find('@');
  const std::size_t path = slashes == std::string::npos ? 0 : url.find('/', slashes + 3);
  if (at == std::string::npos || slashes == std::string::npos || at > path) return url;
  return url.substr(0, slashes + 3) + url.substr(at + 1);
}

}  // namespace

Result<HttpAnswer> http_request(const HttpRequest& request) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  if (kReady != CURLE_OK || curl == nullptr) return fail(ErrorCode::kIo, "libcurl does not start");
  curl_slist* list = nullptr;
  for (const std::string& header : request.headers) list = curl_slist_append(list, header.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            &curl_slist_free_all);
  HttpAnswer answer;
  CURL* handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "tidemark/" TIDEMARK_VERSION);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.seconds * 1000));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  if (request.post) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  } else {
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 4L);
  }
  const CURLcode code = curl_easy_perform(handle);
  if (code != CURLE_OK) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = fmt::format("no answer: {}", curl_easy_strerror(code)),
                                 .file = shown(request.url),
                                 .offset = {},
                                 .hint = "is the server there, and the URL right?"});
  }
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace tidemark
