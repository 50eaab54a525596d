#include "transfer/s3/s3_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <random>
#include <thread>

namespace tidemark {
namespace {

constexpr int kAttempts = 5;

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

bool worth_another_try(int status) { return status >= 500 || status == 429 || status == 408; }

// What is signed must not be changed on its way.
HttpOptions http_options(const S3Manners& manners, const Monitor* monitor) {
  return {.monitor = monitor,
          .verbatim = true,
          .most_body = manners.most_body,
          .cut_body = manners.cut_body,
          .connect = std::chrono::seconds(10),
          .whole = std::chrono::milliseconds(0),
          .stalled = std::chrono::seconds(30)};
}

}  // namespace

// The text of the first <name>...</name>.
std::string xml_element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = xml.find(fmt::format("</{}>", name), begin);
  if (end == std::string_view::npos) return {};
  return std::string(xml.substr(begin + open.size(), end - begin - open.size()));
}

S3Object::S3Object(AwsSettings settings, S3Address address, S3Manners manners)
    : settings_(std::move(settings)),
      address_(std::move(address)),
      manners_(std::move(manners)),
      client_(http_options(manners_, manners_.monitor)) {
  locate();
}

std::string S3Object::hint_for(int status, const std::string& code) const {
  if (code == "NoSuchBucket")
    return "make the bucket first, or check AWS_REGION and AWS_ENDPOINT_URL";
  if (status == 404) return "check the bucket and the key, AWS_REGION and AWS_ENDPOINT_URL";
  if (code == "RequestTimeTooSkewed") return "the clock of this host is wrong";
  if (code == "SignatureDoesNotMatch") return "the secret key does not belong to the access key";
  if (status == 301 || status == 307) return "the bucket is in another region: set AWS_REGION";
  if (status == 403) return manners_.needs;
  return manners_.otherwise;
}

// Path style for other endpoints, and for buckets with dots, which no certificate covers.
void S3Object::locate() {
  const bool own = !settings_.endpoint.empty();
  const bool in_path = own || address_.bucket.find('.') != std::string::npos;
  std::string base = own ? settings_.endpoint
                         : fmt::format("https://{}s3.{}.amazonaws.com",
                                       in_path ? "" : address_.bucket + ".", settings_.region);
  path_ = (in_path ? "/" + address_.bucket : std::string()) + "/" + address_.key;
  if (base.find("://") == std::string::npos) base = "https://" + base;
  const std::size_t host = base.find("://") + 3;
  const std::size_t slash = std::min(base.find('/', host), base.size());
  path_ = base.substr(slash) + path_;
  base_ = base.substr(0, slash);
  host_ = base.substr(host, slash - host);
  // The signature has the host as it is sent, and libcurl leaves a scheme's own port away.
  const bool secure = base.starts_with("https://");
  const std::string own_port = secure ? ":443" : ":80";
  if (host_.ends_with(own_port)) host_.resize(host_.size() - own_port.size());
}

HttpRequest S3Object::request(const std::string& method, const NamedValues& query,
                              const NamedValues& headers, std::span<const char> body) const {
  const AwsRequest unsigned_request{.method = method,
                                    .host = host_,
                                    .path = path_,
                                    .query = query,
                                    .headers = headers,
                                    .body_hash = sha256_hex(body)};
  std::string url = base_ + url_encode(path_, true);
  if (!query.empty()) url += "?" + aws_query(query);
  return {.method = method,
          .url = std::move(url),
          .headers = sign_aws_request(unsigned_request, settings_.credentials, settings_.region,
                                      "s3", time_now()),
          .body = body};
}

std::string S3Object::name() const {
  return fmt::format("s3://{}/{}", address_.bucket, address_.key);
}

std::unexpected<Error> S3Object::refusal(const HttpResponse& response) const {
  const std::string code = xml_element(response.body, "Code");
  const std::string words = xml_element(response.body, "Message");
  Error error{
      .code = response.status == 404 ? ErrorCode::kNotFound : ErrorCode::kIo,
      .message = fmt::format("S3 refuses: {}{}{}{}", response.status,
                             code.empty() ? "" : " " + code, words.empty() ? "" : ": ", words),
      .file = name(),
      .offset = {},
      .hint = hint_for(response.status, code)};
  return std::unexpected(std::move(error));
}

Result<HttpResponse> S3Object::ask(const std::string& method, const NamedValues& query,
                                   const NamedValues& headers, std::span<const char> body,
                                   int also_fine) {
  std::minstd_rand random(std::random_device{}());
  auto pause = manners_.first_pause;
  for (int attempt = 1;; ++attempt) {
    auto response = client_.send(request(method, query, headers, body));
    const ErrorCode problem = response ? ErrorCode::kIo : response.error().code;
    if (problem == ErrorCode::kCancelled || problem == ErrorCode::kUnsupported) return response;
    const bool fine = response && ((response->status >= 200 && response->status < 300) ||
                                   response->status == also_fine);
    if (fine) return response;
    const bool again = !response || worth_another_try(response->status);
    if (!again || attempt == kAttempts) {
      if (response) return refusal(*response);
      Error error = response.error();
      error.file = name();
      error.message =
          fmt::format("cannot reach S3: {}", error.hint.empty() ? error.message : error.hint);
      error.hint = "check AWS_ENDPOINT_URL and the network";
      return std::unexpected(std::move(error));
    }
    if (!sleep(pause + pause * (random() % 100) / 100))
      return fail(ErrorCode::kCancelled, "cancelled");
    pause *= 2;
  }
}

// False when we were cancelled meanwhile.
bool S3Object::sleep(std::chrono::milliseconds time) const {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
    if (manners_.monitor != nullptr && manners_.monitor->cancelled()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

void S3Object::try_to_delete(const NamedValues& query) {
  // On a connection of its own that does not ask whether we were cancelled.
  HttpClient last(http_options(manners_, nullptr));
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto done = last.send(request("DELETE", query, {}, {}));
    if (done && !worth_another_try(done->status)) return;
  }
}

}  // namespace tidemark
