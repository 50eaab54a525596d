#include "transfer/s3/s3_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <future>

#include "transfer/s3/s3_object.h"

namespace tidemark {
namespace {

constexpr std::size_t kRange = std::size_t{8} << 20;
constexpr int kPartial = 206;
constexpr int kNoSuchRange = 416;

struct Part {
  std::string bytes;
  bool last = false;
};

class S3Source final : public RemoteBytes {
 public:
  S3Source(AwsSettings settings, S3Address address, std::size_t range, const Monitor* monitor)
      : range_(range),
        // A server that does not know ranges sends the whole.
        object_(std::move(settings), std::move(address),
                {.needs = "the credentials may not read it: s3:GetObject is needed",
                 .otherwise = "try again, or fetch it with your S3 tool",
                 .most_body = std::max(range, std::size_t{1} << 28),
                 .cut_body = false,
                 .monitor = monitor}) {}

  Result<std::size_t> read(std::span<char> out) override {
    while (at_ == part_.bytes.size()) {
      if (part_.last) return std::size_t{0};
      auto next = ahead_.valid() ? ahead_.get() : fetch();
      if (!next) return std::unexpected(next.error());
      part_ = std::move(*next);
      at_ = 0;
      if (!part_.last) ahead_ = std::async(std::launch::async, [this] { return fetch(); });
    }
    const std::size_t taken = std::min(out.size(), part_.bytes.size() - at_);
    std::memcpy(out.data(), part_.bytes.data() + at_, taken);
    at_ += taken;
    return taken;
  }

 private:
  // The next range. One at a time.
  Result<Part> fetch() {
    NamedValues headers = {{"range", fmt::format("bytes={}-{}", begin_, begin_ + range_ - 1)}};
    if (!tag_.empty()) headers.emplace_back("if-match", tag_);
    auto answer = object_.ask("GET", {}, headers, {}, kNoSuchRange);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == kNoSuchRange) return Part{.bytes = {}, .last = true};
    tag_ = answer->header("etag");
    Part part{.bytes = std::move(answer->body), .last = answer->status != kPartial};
    begin_ += part.bytes.size();
    // "bytes 0-99/1234"
    const std::string of = answer->header("content-range");
    const std::size_t slash = of.find('/');
    if (slash != std::string::npos && of.substr(slash + 1) == std::to_string(begin_))
      part.last = true;
    if (part.bytes.empty()) part.last = true;
    return part;
  }

  std::size_t range_;
  S3Object object_;
  std::uint64_t begin_ = 0;  // of the next range
  std::string tag_;          // what S3 calls this version of the object
  Part part_;
  std::size_t at_ = 0;
  std::future<Result<Part>> ahead_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<RemoteBytes> s3_source(AwsSettings settings, S3Address address, std::size_t range,
                                       const Monitor* monitor) {
  return std::make_unique<S3Source>(std::move(settings), std::move(address), range, monitor);
}

Result<std::unique_ptr<RemoteBytes>> open_s3_source(const std::string& path,
                                                    const Monitor* monitor) {
  auto settings = find_aws_settings();
  if (!settings) return std::unexpected(settings.error());
  auto address = parse_s3_address(path, {});
  if (!address) return std::unexpected(address.error());
  return s3_source(std::move(*settings), std::move(*address), kRange, monitor);
}

}  // namespace tidemark
