#include "store/http_client.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <memory>

namespace tidemark {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 28;

// libcurl, loaded when it is first needed: it brings thirty libraries along, which a program that
// is copied to a small machine should neither need nor wait for.
struct Curl {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
  bool ready = false;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Curl load_curl() {
  Curl curl;
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  }
  if (library == nullptr) return curl;
  curl.ready = find(library, "curl_global_init", curl.global_init) &&
               find(library, "curl_easy_init", curl.easy_init) &&
               find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
               find(library, "curl_easy_setopt", curl.easy_setopt) &&
               find(library, "curl_easy_perform", curl.easy_perform) &&
               find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
               find(library, "curl_easy_strerror", curl.easy_strerror) &&
               find(library, "curl_slist_append", curl.slist_append) &&
               find(library, "curl_slist_free_all", curl.slist_free_all) &&
               curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return curl;
}

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
  static const Curl kCurl = load_curl();
  if (!kCurl.ready) {
    return fail(ErrorCode::kUnsupported, "talking to a server needs libcurl, which is not here",
                "install it (Debian: libcurl4), or use a file");
  }
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(kCurl.easy_init(),
                                                                 kCurl.easy_cleanup);
  if (curl == nullptr) return fail(ErrorCode::kIo, "libcurl does not start");
  curl_slist* list = nullptr;
  for (const std::string& header : request.headers) {
    list = kCurl.slist_append(list, header.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list,
                                                                            kCurl.slist_free_all);
  HttpAnswer answer;
  CURL* handle = curl.get();
  kCurl.easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  kCurl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  kCurl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  kCurl.easy_setopt(handle, CURLOPT_USERAGENT, "tidemark/" TIDEMARK_VERSION);
  kCurl.easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.seconds * 1000));
  kCurl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  kCurl.easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  kCurl.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  kCurl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, take);
  kCurl.easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  if (request.post) {
    kCurl.easy_setopt(handle, CURLOPT_POST, 1L);
    kCurl.easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    kCurl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                      static_cast<curl_off_t>(request.body.size()));
  } else {
    kCurl.easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    kCurl.easy_setopt(handle, CURLOPT_MAXREDIRS, 4L);
  }
  const CURLcode code = kCurl.easy_perform(handle);
  if (code != CURLE_OK) {
    return std::unexpected(Error{.code = ErrorCode::kIo,
                                 .message = fmt::format("no answer: {}", kCurl.easy_strerror(code)),
                                 .file = shown(request.url),
                                 .offset = {},
                                 .hint = "is the server there, and the URL right?"});
  }
  kCurl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
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
