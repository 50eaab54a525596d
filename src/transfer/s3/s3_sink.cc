#include "transfer/s3/s3_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "transfer/s3/s3_object.h"

namespace tidemark {
namespace {

constexpr int kMostParts = 10'000;
constexpr int kPartsOfOneSize = 1000;
constexpr int kMostDoublings = 3;

class S3Sink final : public ByteSink {
 public:
  S3Sink(AwsSettings settings, S3Address address, S3Options options)
      : options_(std::move(options)),
        object_(std::move(settings), std::move(address),
                {.first_pause = options_.first_pause,
                 .needs = "the credentials may not write there: s3:PutObject and "
                          "s3:AbortMultipartUpload are needed",
                 .otherwise = "try again, or write to a file with -o",
                 .monitor = options_.monitor}) {}
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
      const auto done = object_.ask("PUT", {}, metadata(), buffer_);
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
    const auto done = object_.ask("POST", {{"uploadId", upload_}}, {}, body);
    if (!done) return std::unexpected(done.error());
    // S3 may have begun to answer "200" before it failed.
    if (done->body.find("<Error>") != std::string::npos) return object_.refusal(*done);
    upload_.clear();
    return {};
  }

  void abandon() override {
    if (upload_.empty()) return;
    const std::string upload = std::exchange(upload_, {});
    object_.try_to_delete({{"uploadId", upload}});
  }

  [[nodiscard]] std::uint64_t stored_bytes() const override { return stored_; }

 private:
  [[nodiscard]] NamedValues metadata() const {
    NamedValues headers;
    for (const auto& [name, value] : options_.metadata)
      headers.emplace_back("x-amz-meta-" + name, value);
    headers.emplace_back("content-type", "application/octet-stream");
    return headers;
  }

  Result<void> send_part() {
    if (upload_.empty()) {
      const auto begun = object_.ask("POST", {{"uploads", ""}}, metadata(), {});
      if (!begun) return std::unexpected(begun.error());
      upload_ = xml_element(begun->body, "UploadId");
      if (upload_.empty()) return object_.refusal(*begun);
    }
    if (part_ == kMostParts) return fail(ErrorCode::kTooLarge, "more than S3 takes in one object");
    const auto sent = object_.ask(
        "PUT", {{"partNumber", std::to_string(part_ + 1)}, {"uploadId", upload_}}, {}, buffer_);
    if (!sent) return std::unexpected(sent.error());
    tags_.push_back(sent->header("etag"));
    stored_ += buffer_.size();
    buffer_.clear();
    ++part_;
    return {};
  }

  S3Options options_;
  S3Object object_;
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
