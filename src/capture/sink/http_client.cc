#include "capture/sink/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <mutex>

namespace tidemark {
namespace {

constexpr std::size_t kMostBody = std::size_t{1} << 20;
constexpr long kConnectSeconds = 10;
constexpr long kStallSeconds = 30;

struct Transfer {
  std::span<const char> body;
  std::size_t sent = 0;
  HttpResponse response;
  const Monitor* monitor = nullptr;
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
  auto& body = static_cast<Transfer*>(user)->response.body;
  body.append(from, std::min(size * count, kMostBody - body.size()));
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
  const Monitor* monitor = static_cast<Transfer*>(user)->monitor;
  return monitor != nullptr && monitor->cancelled() ? 1 : 0;
}

}  // namespace

struct HttpClient::State {
  CURL* handle = nullptr;
  const Monitor* monitor = nullptr;
  ~State() { curl_easy_cleanup(handle); }
};

HttpClient::HttpClient(const Monitor* monitor) : state_(std::make_unique<State>()) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  state_->handle = curl_easy_init();
  state_->monitor = monitor;
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

std::string HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
  return found == headers.end() ? std::string() : found->second;
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  CURL* const curl = state_->handle;
  if (curl == nullptr) return fail(ErrorCode::kTooLarge, "no memory for a connection");
  Transfer transfer{.body = request.body, .sent = 0, .response = {}, .monitor = state_->monitor};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer != nullptr) static_cast<void>(headers.release()), headers.reset(longer);
  };
  for (const auto& [name, value] : request.headers) add(name + ": " + value);
  add("Expect:");
  std::array<char, CURL_ERROR_SIZE> words{};
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "tidemark/" TIDEMARK_VERSION);
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, &transfer);
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_ABORTED_BY_CALLBACK) return fail(ErrorCode::kCancelled, "cancelled");
  if (code != CURLE_OK) {
    return fail(ErrorCode::kIo, words[0] != 0 ? words.data() : curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace tidemark
