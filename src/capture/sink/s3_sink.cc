#include "capture/sink/s3_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <random>
#include <thread>
#include <vector>

#include "base/http_client.h"

namespace tidemark {
namespace {

constexpr int kAttempts = 5;
constexpr int kMostParts = 10'000;
constexpr int kPartsOfOneSize = 1000;
constexpr int kMostDoublings = 3;

// The text of the first <name>...</name>.
std::string element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = xml.find(fmt::format("</{}>", name), begin);
  if (end == std::string_view::npos) return {};
  return std::string(xml.substr(begin + open.size(), end - begin - open.size()));
}

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

bool worth_another_try(int status) { return status >= 500 || status == 429 || status == 408; }

std::string hint_for(int status, const std::string& code) {
  if (code == "NoSuchBucket")
    return "make the bucket first, or check AWS_REGION and AWS_ENDPOINT_URL";
  if (code == "RequestTimeTooSkewed") return "the clock of this host is wrong";
  if (code == "SignatureDoesNotMatch") return "the secret key does not belong to the access key";
  if (status == 301 || status == 307) return "the bucket is in another region: set AWS_REGION";
  if (status == 403)
    return "the credentials may not write there: s3:PutObject and s3:AbortMultipartUpload are "
           "needed";
  return "try again, or write to a file with -o";
}

// What is signed must not be changed on its way. Of an answer only a message or an id is wanted.
HttpOptions manners(const Monitor* monitor) {
  return {.monitor = monitor,
          .verbatim = true,
          .most_body = std::size_t{1} << 20,
          .cut_body = true,
          .connect = std::chrono::seconds(10),
          .whole = std::chrono::milliseconds(0),
          .stalled = std::chrono::seconds(30)};
}

class S3Sink final : public ByteSink {
 public:
  S3Sink(AwsSettings settings, S3Address address, S3Options options)
      : settings_(std::move(settings)),
        address_(std::move(address)),
        options_(std::move(options)),
        client_(manners(options_.monitor)) {
    locate();
  }
  ~S3Sink() override { abandon(); }

  Result<void> write(std::span<const char> bytes) override {
    while (!bytes.empty()) {
      const std::size_t whole = s3_part_bytes(options_.first_part, part_ + 1);
      const std::size_t taken = std::min(whole - buffer_.size(), bytes.size());
      buffer_.insert(buffer_.end(), bytes.begin(),
                     bytes.begin() + static_cast<std::ptrdiff_t>(taken));
      bytes = bytes.subspan(taken);
      if (buffer_.size() < whole) return {};
      if (auto sent = send_part(); !sent) return sent;
    }
    return {};
  }

  Result<void> finish() override {
    if (upload_.empty()) {
      const auto done = ask("PUT", {}, metadata(), buffer_);
      if (!done) return std::unexpected(done.error());
      stored_ += buffer_.size();
      return {};
    }
    if (!buffer_.empty()) {
      if (auto sent = send_part(); !sent) return sent;
    }
    std::string body = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < tags_.size(); ++i) {
      body +=
          fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, tags_[i]);
    }
    body += "</CompleteMultipartUpload>";
    const auto done = ask("POST", {{"uploadId", upload_}}, {}, body);
    if (!done) return std::unexpected(done.error());
    // S3 may have begun to answer "200" before it failed.
    if (done->body.find("<Error>") != std::string::npos) return refusal(*done);
    upload_.clear();
    return {};
  }

  void abandon() override {
    if (upload_.empty()) return;
    const std::string upload = std::exchange(upload_, {});
    // Also when we were cancelled: on a connection of its own that does not ask.
    HttpClient last(manners(nullptr));
    for (int attempt = 0; attempt < 3; ++attempt) {
      const auto done = last.send(request("DELETE", {{"uploadId", upload}}, {}, {}));
      if (done && !worth_another_try(done->status)) return;
    }
  }

  [[nodiscard]] std::uint64_t stored_bytes() const override { return stored_; }

 private:
  // Path style for other endpoints, and for buckets with dots, which no certificate covers.
  void locate() {
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

  [[nodiscard]] NamedValues metadata() const {
    NamedValues headers;
    for (const auto& [name, value] : options_.metadata)
      headers.emplace_back("x-amz-meta-" + name, value);
    headers.emplace_back("content-type", "application/octet-stream");
    return headers;
  }

  [[nodiscard]] HttpRequest request(const std::string& method, const NamedValues& query,
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

  [[nodiscard]] std::string name() const {
    return fmt::format("s3://{}/{}", address_.bucket, address_.key);
  }

  [[nodiscard]] std::unexpected<Error> refusal(const HttpResponse& response) const {
    const std::string code = element(response.body, "Code");
    const std::string words = element(response.body, "Message");
    Error error{
        .code = ErrorCode::kIo,
        .message = fmt::format("S3 refuses: {}{}{}{}", response.status,
                               code.empty() ? "" : " " + code, words.empty() ? "" : ": ", words),
        .file = name(),
        .offset = {},
        .hint = hint_for(response.status, code)};
    return std::unexpected(std::move(error));
  }

  // Until it succeeds, or cannot.
  Result<HttpResponse> ask(const std::string& method, const NamedValues& query,
                           const NamedValues& headers, std::span<const char> body) {
    std::minstd_rand random(std::random_device{}());
    auto pause = options_.first_pause;
    for (int attempt = 1;; ++attempt) {
      auto response = client_.send(request(method, query, headers, body));
      const ErrorCode problem = response ? ErrorCode::kIo : response.error().code;
      if (problem == ErrorCode::kCancelled || problem == ErrorCode::kUnsupported) return response;
      const bool fine = response && response->status >= 200 && response->status < 300;
      if (fine) return response;
      const bool again = !response || worth_another_try(response->status);
      if (!again || attempt == kAttempts) {
        if (response) return refusal(*response);
        Error error = response.error();
        error.file = name();
        error.message =
            fmt::format("cannot reach S3: {}", error.hint.empty() ? error.message : error.hint);
        error.hint = "check AWS_ENDPOINT_URL and the network; nothing was stored";
        return std::unexpected(std::move(error));
      }
      if (!sleep(pause + pause * (random() % 100) / 100))
        return fail(ErrorCode::kCancelled, "cancelled");
      pause *= 2;
    }
  }

  // False when we were cancelled meanwhile.
  bool sleep(std::chrono::milliseconds time) const {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
      if (options_.monitor != nullptr && options_.monitor->cancelled()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  Result<void> send_part() {
    if (upload_.empty()) {
      const auto begun = ask("POST", {{"uploads", ""}}, metadata(), {});
      if (!begun) return std::unexpected(begun.error());
      upload_ = element(begun->body, "UploadId");
      if (upload_.empty()) return refusal(*begun);
    }
    if (part_ == kMostParts) return fail(ErrorCode::kTooLarge, "more than S3 takes in one object");
    const auto sent =
        ask("PUT", {{"partNumber", std::to_string(part_ + 1)}, {"uploadId", upload_}}, {}, buffer_);
    if (!sent) return std::unexpected(sent.error());
    tags_.push_back(sent->header("etag"));
    stored_ += buffer_.size();
    buffer_.clear();
    ++part_;
    return {};
  }

  AwsSettings settings_;
  S3Address address_;
  S3Options options_;
  HttpClient client_;
  std::string base_;  // "https://host:port"
  std::string host_;
  std::string path_;
  std::vector<char> buffer_;  // of the part that is not full yet
  std::string upload_;        // id of the multipart upload; empty when none is open
  std::vector<std::string> tags_;
  int part_ = 0;
  std::uint64_t stored_ = 0;
};

}  // namespace

std::uint64_t s3_part_bytes(std::uint64_t first, int number) {
  return first << std::min((number - 1) / kPartsOfOneSize, kMostDoublings);
}

std::unique_ptr<ByteSink> s3_sink(AwsSettings settings, S3Address address, S3Options options) {
  return std::make_unique<S3Sink>(std::move(settings), std::move(address), std::move(options));
}

}  // namespace tidemark
