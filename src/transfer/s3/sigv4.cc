#include "transfer/s3/sigv4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace tidemark {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string hex(std::span<const unsigned char> bytes) {
  std::string out;
  for (const unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

Digest hmac(std::span<const unsigned char> key, std::string_view text) {
  Digest out{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length);
  return out;
}

std::span<const unsigned char> bytes_of(std::string_view text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Without spaces at the ends, and with one where there were several.
std::string trimmed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string sha256_hex(std::span<const char> bytes) {
  Digest out{};
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, EVP_sha256(), nullptr);
  return hex(out);
}

std::string aws_query(NamedValues query) {
  for (auto& [name, value] : query) {
    name = url_encode(name);
    value = url_encode(value);
  }
  std::ranges::sort(query);
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out += name;
    out += '=';
    out += value;
  }
  return out;
}

NamedValues sign_aws_request(const AwsRequest& request, const AwsCredentials& credentials,
                             std::string_view region, std::string_view service,
                             std::string_view time) {
  NamedValues headers = request.headers;
  headers.emplace_back("host", request.host);
  headers.emplace_back("x-amz-content-sha256", request.body_hash);
  headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) {
    headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  NamedValues canonical;
  for (const auto& [name, value] : headers) canonical.emplace_back(lower(name), trimmed(value));
  std::ranges::sort(canonical);
  std::string header_lines;
  std::string names;
  for (const auto& [name, value] : canonical) {
    header_lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, url_encode(request.path, true),
                  aws_query(request.query), header_lines, names, request.body_hash);
  const std::string_view day = time.substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const std::string to_sign =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, sha256_hex(text));
  Digest key = hmac(bytes_of("AWS4" + credentials.secret_key), day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) {
    key = hmac(key, part);
  }
  headers.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                  credentials.access_key, scope, names, hex(hmac(key, to_sign))));
  return headers;
}

}  // namespace tidemark
