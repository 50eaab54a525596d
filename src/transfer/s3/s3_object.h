// Signed requests about one object in S3, or in what is compatible with it, tried again when they
// fail by chance: five times in all, with longer and longer pauses.
#pragma once

#include <chrono>
#include <string>

#include "base/http_client.h"
#include "base/monitor.h"
#include "base/result.h"
#include "transfer/s3/aws_settings.h"

namespace tidemark {

struct S3Manners {
  std::chrono::milliseconds first_pause{300};
  std::string needs;      // said where the credentials do not suffice
  std::string otherwise;  // said where nothing better is known
  std::size_t most_body = std::size_t{1} << 20;
  bool cut_body = true;  // of most answers only a message or an id is wanted
  const Monitor* monitor = nullptr;
};

// Not thread-safe.
class S3Object {
 public:
  S3Object(AwsSettings settings, S3Address address, S3Manners manners);

  // Until it succeeds, or cannot; a status `also_fine` is a success, too. Errors: kIo with what S3
  // said, kNotFound when there is no such object, kCancelled.
  Result<HttpResponse> ask(const std::string& method, const NamedValues& query,
                           const NamedValues& headers, std::span<const char> body,
                           int also_fine = 0);
  // Also after a cancellation; three times, and then no more.
  void try_to_delete(const NamedValues& query);

  // The Error of an answer that is none.
  [[nodiscard]] std::unexpected<Error> refusal(const HttpResponse& response) const;
  [[nodiscard]] std::string name() const;

 private:
  void locate();
  [[nodiscard]] HttpRequest request(const std::string& method, const NamedValues& query,
                                    const NamedValues& headers, std::span<const char> body) const;
  [[nodiscard]] std::string hint_for(int status, const std::string& code) const;
  [[nodiscard]] bool sleep(std::chrono::milliseconds time) const;

  AwsSettings settings_;
  S3Address address_;
  S3Manners manners_;
  HttpClient client_;
  std::string base_;  // "https://host:port"
  std::string host_;
  std::string path_;
};

// The text of the first <name>...</name>.
std::string xml_element(std::string_view xml, std::string_view name);

}  // namespace tidemark
