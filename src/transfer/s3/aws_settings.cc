#include "transfer/s3/aws_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "base/small_file.h"

namespace tidemark {
namespace {

using Section = std::map<std::string, std::string>;

std::string stripped(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

// The lines "name = value" below "[section]".
Section read_section(const std::string& path, std::string_view wanted) {
  Section section;
  const std::string text = read_small_file(path).value_or(std::string());
  bool inside = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view raw = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const std::string line = stripped(raw);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.front() == '[' && line.back() == ']') {
      inside = stripped(std::string_view(line).substr(1, line.size() - 2)) == wanted;
      continue;
    }
    const std::size_t equals = line.find('=');
    // Indented lines belong to a nested setting.
    if (!inside || equals == std::string::npos || raw.front() == ' ' || raw.front() == '\t')
      continue;
    section[stripped(line.substr(0, equals))] = stripped(line.substr(equals + 1));
  }
  return section;
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const std::string& value : values) {
    if (!value.empty()) return value;
  }
  return {};
}

}  // namespace

Result<AwsSettings> find_aws_settings(const Environment& environment) {
  const auto variable = [&](const char* name) { return environment(name).value_or(std::string()); };
  const std::string home = variable("HOME") + "/.aws/";
  const std::string profile = first_of({variable("AWS_PROFILE"), "default"});
  const std::string keys_at =
      first_of({variable("AWS_SHARED_CREDENTIALS_FILE"), home + "credentials"});
  const std::string config_at = first_of({variable("AWS_CONFIG_FILE"), home + "config"});
  Section keys = read_section(keys_at, profile);
  Section config = read_section(config_at, profile == "default" ? profile : "profile " + profile);
  AwsSettings found;
  found.credentials = {.access_key = variable("AWS_ACCESS_KEY_ID"),
                       .secret_key = variable("AWS_SECRET_ACCESS_KEY"),
                       .session_token = variable("AWS_SESSION_TOKEN")};
  for (Section* section : {&keys, &config}) {
    if (!found.credentials.access_key.empty()) break;
    found.credentials = {.access_key = (*section)["aws_access_key_id"],
                         .secret_key = (*section)["aws_secret_access_key"],
                         .session_token = (*section)["aws_session_token"]};
  }
  found.region = first_of(
      {variable("AWS_REGION"), variable("AWS_DEFAULT_REGION"), config["region"], "us-east-1"});
  found.endpoint = first_of(
      {variable("AWS_ENDPOINT_URL_S3"), variable("AWS_ENDPOINT_URL"), config["endpoint_url"]});
  while (found.endpoint.ends_with('/')) found.endpoint.pop_back();
  if (found.credentials.access_key.empty() || found.credentials.secret_key.empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("no AWS credentials in the environment, in {} or in {} (profile {})",
                            keys_at, config_at, profile),
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  return found;
}

Result<AwsSettings> find_aws_settings() {
  return find_aws_settings([](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    if (value == nullptr) return std::nullopt;
    return value;
  });
}

Result<S3Address> parse_s3_address(std::string_view address, std::string_view name) {
  constexpr std::string_view kScheme = "s3://";
  std::string_view rest = address;
  if (rest.starts_with(kScheme)) rest.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  S3Address out{.bucket = std::string(rest.substr(0, slash)),
                .key = std::string(rest.substr(std::min(slash + 1, rest.size())))};
  const bool valid =
      out.bucket.size() >= 3 && out.bucket.size() <= 63 &&
      out.bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string::npos;
  if (!address.starts_with(kScheme) || !valid) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is not s3://bucket/key", address),
                "a bucket has 3 to 63 lower-case letters, digits, dots and hyphens");
  }
  if (out.key.empty() || out.key.ends_with('/')) out.key += name;
  return out;
}

}  // namespace tidemark
