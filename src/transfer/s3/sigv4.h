// Signatures of requests to AWS and what is compatible with it: Signature Version 4.
//
// The request is put into one canonical text (path and query encoded in one way, headers sorted and
// trimmed), hashed, and signed with a key that is derived for the day, region and service.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/http_client.h"

namespace tidemark {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // empty for keys that last
};

struct AwsRequest {
  std::string method;
  std::string host;   // with the port, when it is not the scheme's own
  std::string path;   // not encoded, begins with a slash
  NamedValues query;  // not encoded
  NamedValues headers;
  std::string body_hash;  // sha256_hex() of the body
};

// The headers to send: those given, then host, date, hash, token and authorization. `time`:
// "20130524T000000Z".
NamedValues sign_aws_request(const AwsRequest& request, const AwsCredentials& credentials,
                             std::string_view region, std::string_view service,
                             std::string_view time);

std::string sha256_hex(std::span<const char> bytes);

// "a=1&b=", sorted and encoded.
std::string aws_query(NamedValues query);

}  // namespace tidemark
