// Responses of a hostile server, and logs to replay: any bytes, in pieces whose ends the input
// chooses too.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "reproduce/load/replay_log.h"
#include "reproduce/load/response_parser.h"

namespace {

using tidemark::ResponseParser;

struct Seen {
  ResponseParser::Progress progress = ResponseParser::Progress::kMore;
  int status = 0;
  std::uint64_t body = 0;
  std::size_t used = 0;
};

Seen read(std::string_view text, std::size_t step, bool head) {
  ResponseParser response;
  response.begin(head);
  Seen seen;
  while (seen.used < text.size() && seen.progress == ResponseParser::Progress::kMore) {
    std::string_view piece = text.substr(seen.used, step);
    const std::size_t given = piece.size();
    seen.progress = response.feed(piece);
    seen.used += given - piece.size();
    if (piece.size() == given) break;
  }
  if (seen.progress == ResponseParser::Progress::kMore) seen.progress = response.end();
  seen.status = response.status();
  seen.body = response.body_bytes();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool head = (data[0] & 1U) != 0;
  const Seen whole = read(text, text.size() + 1, head);
  const Seen split = read(text, 1 + data[0] / 2, head);
  // The pieces make no difference; where a broken one broke may.
  if (whole.progress != split.progress) std::abort();
  if (whole.progress == ResponseParser::Progress::kDone &&
      (whole.used != split.used || whole.body != split.body || whole.status != split.status)) {
    std::abort();
  }
  const tidemark::ReplayLog log = tidemark::parse_replay_log(text, 100);
  if (!log.requests.empty()) {
    tidemark::UrlMix mix(log.requests, "localhost");
    for (int i = 0; i < 3; ++i) {
      const std::string bytes = mix.next().bytes;
      // One head, whatever was in the log.
      if (bytes.find(" HTTP/1.1\r\n") == std::string::npos) std::abort();
    }
  }
  return 0;
}
