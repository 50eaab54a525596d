#include "base/http_client.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

namespace tidemark {
namespace {

struct Curl {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
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
               find(library, "curl_easy_reset", curl.easy_reset) &&
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

const Curl& libcurl() {
  static const Curl kCurl = load_curl();
  return kCurl;
}

struct Transfer {
  std::span<const char> body;
  std::size_t sent = 0;
  HttpResponse response;
  const HttpOptions* options = nullptr;
};

std::size_t give_body(char* to, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = std::min(size * count, transfer.body.size() - transfer.sent);
  std::memcpy(to, transfer.body.data() + transfer.sent, bytes);
  transfer.sent += bytes;
  return bytes;
}

// A connection that was kept may turn out to be gone: libcurl starts again on a new one.
int rewind_body(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Transfer*>(user)->sent = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::size_t take_body(char* from, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string& body = transfer.response.body;
  const std::size_t room = transfer.options->most_body - body.size();
  if (size * count > room && !transfer.options->cut_body) return 0;
  body.append(from, std::min(size * count, room));
  return size * count;
}

std::size_t take_header(char* from, std::size_t size, std::size_t count, void* user) {
  const std::string_view line(from, size * count);
  auto& headers = static_cast<Transfer*>(user)->response.headers;
  if (line.starts_with("HTTP/")) headers.clear();  // of an interim answer
  const std::size_t colon = line.find(':');
  constexpr std::size_t kMostHeaders = 200;
  if (colon == std::string_view::npos || headers.size() >= kMostHeaders) return line.size();
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  headers.emplace_back(std::move(name), value);
  return line.size();
}

int watch(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Monitor* monitor = static_cast<Transfer*>(user)->options->monitor;
  return monitor != nullptr && monitor->cancelled() ? 1 : 0;
}

void set_manners(CURL* handle, const HttpOptions& options) {
  const Curl& curl = libcurl();
  curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl.easy_setopt(handle, CURLOPT_USERAGENT, "tidemark/" TIDEMARK_VERSION);
  curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect.count()));
  curl.easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.whole.count()));
  if (options.stalled.count() > 0) {
    curl.easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl.easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stalled.count()));
  }
  if (options.verbatim) {
    curl.easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  } else {
    curl.easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  }
}

void set_transfer(CURL* handle, const HttpRequest& request, Transfer& transfer) {
  const Curl& curl = libcurl();
  curl.easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl.easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
    curl.easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl.easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl.easy_setopt(handle, CURLOPT_READFUNCTION, give_body);
    curl.easy_setopt(handle, CURLOPT_READDATA, &transfer);
    curl.easy_setopt(handle, CURLOPT_SEEKFUNCTION, rewind_body);
    curl.easy_setopt(handle, CURLOPT_SEEKDATA, &transfer);
  } else if (!transfer.options->verbatim) {
    curl.easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl.easy_setopt(handle, CURLOPT_MAXREDIRS, 4L);
  }
  curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl.easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl.easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl.easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch);
  curl.easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
}

}  // namespace

struct HttpClient::State {
  CURL* handle = nullptr;
  HttpOptions options;
  ~State() {
    if (handle != nullptr) libcurl().easy_cleanup(handle);
  }
};

HttpClient::HttpClient(const HttpOptions& options) : state_(std::make_unique<State>()) {
  if (libcurl().ready) state_->handle = libcurl().easy_init();
  state_->options = options;
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

std::string HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
  return found == headers.end() ? std::string() : found->second;
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  const Curl& curl = libcurl();
  if (!curl.ready) {
    return fail(ErrorCode::kUnsupported, "talking to a server needs libcurl, which is not here",
                "install it (Debian: libcurl4), or use a file");
  }
  CURL* const handle = state_->handle;
  if (handle == nullptr) return fail(ErrorCode::kTooLarge, "no memory for a connection");
  Transfer transfer{.body = request.body, .sent = 0, .response = {}, .options = &state_->options};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl.slist_free_all);
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl.slist_append(headers.get(), line.c_str());
    if (longer != nullptr) static_cast<void>(headers.release()), headers.reset(longer);
  };
  for (const auto& [name, value] : request.headers) add(name + ": " + value);
  add("Expect:");
  std::array<char, CURL_ERROR_SIZE> words{};
  curl.easy_reset(handle);
  set_manners(handle, state_->options);
  set_transfer(handle, request, transfer);
  curl.easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, words.data());
  const CURLcode code = curl.easy_perform(handle);
  if (code == CURLE_ABORTED_BY_CALLBACK) return fail(ErrorCode::kCancelled, "cancelled");
  if (code != CURLE_OK) return fail(ErrorCode::kIo, curl.easy_strerror(code), words.data());
  long status = 0;
  curl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

std::string url_encode(std::string_view text, bool keep_slashes) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/');
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace tidemark
