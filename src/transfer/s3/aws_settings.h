// Who we are to AWS, and where it is, from the usual places: the environment, then ~/.aws.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "transfer/s3/sigv4.h"

namespace tidemark {

struct AwsSettings {
  AwsCredentials credentials;
  std::string region;    // "us-east-1" when nothing says otherwise
  std::string endpoint;  // "http://127.0.0.1:9000"; empty: Amazon's own
};

// A variable of the environment; nothing when it is not set. Given for tests.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Errors: kUsage when there are no credentials, with the places that were looked at.
Result<AwsSettings> find_aws_settings(const Environment& environment);
Result<AwsSettings> find_aws_settings();

struct S3Address {
  std::string bucket;
  std::string key;
};
// Out of "s3://bucket/key"; a key that ends with a slash, or none, is completed by `name`. Errors:
// kUsage.
Result<S3Address> parse_s3_address(std::string_view address, std::string_view name);

}  // namespace tidemark
