#include "reproduce/load/replay_log.h"

#include <algorithm>
#include <optional>

namespace tidemark {
namespace {

struct Seen {
  std::string_view method;
  std::string_view target;
};

bool is_method(std::string_view word) {
  return !word.empty() && word.size() <= 10 &&
         std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// method=GET path="/a?b=c"
std::optional<Seen> router_line(std::string_view line) {
  const std::size_t method_at = line.find("method=");
  const std::size_t path_at = line.find("path=\"");
  if (method_at == std::string_view::npos || path_at == std::string_view::npos) return std::nullopt;
  std::string_view method = line.substr(method_at + 7);
  method = method.substr(0, std::min(method.find(' '), method.size()));
  std::string_view target = line.substr(path_at + 6);
  const std::size_t quote = target.find('"');
  if (quote == std::string_view::npos || !is_method(method)) return std::nullopt;
  return Seen{.method = method, .target = target.substr(0, quote)};
}

// "GET /a HTTP/1.1"
std::optional<Seen> access_line(std::string_view line) {
  const std::size_t quote = line.find('"');
  if (quote == std::string_view::npos) return std::nullopt;
  std::string_view request = line.substr(quote + 1);
  const std::size_t protocol = request.find(" HTTP/");
  if (protocol == std::string_view::npos) return std::nullopt;
  request = request.substr(0, protocol);
  const std::size_t space = request.find(' ');
  if (space == std::string_view::npos || !is_method(request.substr(0, space))) return std::nullopt;
  return Seen{.method = request.substr(0, space), .target = request.substr(space + 1)};
}

// A recorded "{" is no variable.
RequestKind literal(const Seen& seen) {
  RequestKind kind;
  kind.method = seen.method;
  for (const char c : seen.target) {
    if (c == '{') {
      kind.target += "%7B";
    } else if (c == '}') {
      kind.target += "%7D";
    } else {
      kind.target += c;
    }
  }
  return kind;
}

}  // namespace

ReplayLog parse_replay_log(std::string_view text, std::size_t most) {
  ReplayLog log;
  while (!text.empty() && log.requests.size() < most) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    auto seen = router_line(line);
    if (!seen) seen = access_line(line);
    if (seen && seen->target.starts_with('/')) {
      if (seen->method == "GET" || seen->method == "HEAD") {
        log.requests.push_back(literal(*seen));
      } else {
        ++log.without_body;
      }
      continue;
    }
    std::uint16_t port = 0;
    auto kind =
        seen ? Result<RequestKind>(fail(ErrorCode::kUsage, "")) : parse_request_kind(line, port);
    if (kind) {
      log.requests.push_back(std::move(*kind));
    } else {
      ++log.other_lines;
    }
  }
  return log;
}

}  // namespace tidemark
