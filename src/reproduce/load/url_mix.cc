#include "reproduce/load/url_mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/numbers.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET",    "POST", "PUT",    "PATCH",
                                                      "DELETE", "HEAD", "OPTIONS"};

// A line break in a header or a target would make one request two.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}

// What a URL may not hold as it is.
std::string escape_target(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' ||
        c == '`') {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

bool has_header(const RequestKind& kind, std::string_view name) {
  return std::ranges::any_of(kind.headers, [&](const auto& header) {
    return std::ranges::equal(header.first, name, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  });
}

// Takes "http://host:port" off the front.
Result<void> take_origin(std::string_view& text, std::uint16_t& port) {
  if (text.starts_with("https://")) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}': only http is spoken to an app under test", text),
                "give the path alone: /users/1");
  }
  if (!text.starts_with("http://")) return {};
  std::string_view rest = text.substr(7);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash);
  const std::size_t colon = host.rfind(':');
  std::uint16_t number = 80;
  if (colon != std::string_view::npos && !host.ends_with(']')) {
    const std::string_view digits = host.substr(colon + 1);
    number = parse_number<std::uint16_t>(digits).value_or(0);
    if (number == 0) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' has no port that could be", text));
    }
    host = host.substr(0, colon);
  }
  if (host != "localhost" && host != "127.0.0.1" && host != "[::1]" && host != "0.0.0.0") {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is on another host", text),
                "the app is started, or runs, on this one: give the path alone: /users/1");
  }
  port = number;
  text = slash == rest.size() ? std::string_view("/") : rest.substr(slash);
  return {};
}

}  // namespace

Result<RequestKind> parse_request_kind(std::string_view text, std::uint16_t& port) {
  RequestKind kind;
  const std::size_t star = text.find('*');
  if (star != std::string_view::npos && star > 0) {
    const auto weight = parse_number<double>(text.substr(0, star));
    if (weight && *weight > 0 && *weight < 1e6) {
      kind.weight = *weight;
      text.remove_prefix(star + 1);
    }
  }
  const std::size_t space = text.find(' ');
  if (space != std::string_view::npos &&
      std::ranges::find(kMethods, text.substr(0, space)) != kMethods.end()) {
    kind.method = text.substr(0, space);
    text.remove_prefix(text.find_first_not_of(' ', space) == std::string_view::npos
                           ? text.size()
                           : text.find_first_not_of(' ', space));
  }
  if (auto taken = take_origin(text, port); !taken) return std::unexpected(taken.error());
  if (!text.starts_with('/')) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no path and no URL", text),
                "for instance /users/{1..5000}, or 'POST /orders'");
  }
  kind.target = text;
  return kind;
}

UrlMix::UrlMix(std::vector<RequestKind> kinds, std::string host) : kinds_(std::move(kinds)) {
  for (const RequestKind& kind : kinds_) {
    Prepared prepared{.target = UrlPattern(kind.target), .body = UrlPattern(kind.body), .head = {}};
    if (!has_header(kind, "host")) prepared.head += fmt::format("Host: {}\r\n", host);
    if (!has_header(kind, "user-agent")) prepared.head += "User-Agent: tidemark\r\n";
    if (!has_header(kind, "accept")) prepared.head += "Accept: */*\r\n";
    for (const auto& [name, value] : kind.headers) {
      prepared.head += fmt::format("{}: {}\r\n", one_line(name), one_line(value));
    }
    prepared_.push_back(std::move(prepared));
    weights_ += kind.weight;
    equal_ = equal_ && kind.weight == kinds_.front().weight;
  }
}

WireRequest UrlMix::next() {
  std::size_t chosen = 0;
  if (equal_) {
    chosen = next_;
    next_ = (next_ + 1) % kinds_.size();
  } else {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      prepared_[i].credit += kinds_[i].weight;
      if (prepared_[i].credit > prepared_[chosen].credit) chosen = i;
    }
    prepared_[chosen].credit -= weights_;
  }
  const RequestKind& kind = kinds_[chosen];
  Prepared& prepared = prepared_[chosen];
  const std::uint64_t turn = prepared.turn++;
  WireRequest request{.bytes = {}, .head = kind.method == "HEAD", .kind = chosen};
  request.bytes = fmt::format("{} {} HTTP/1.1\r\n{}", kind.method,
                              escape_target(prepared.target.expand(turn)), prepared.head);
  const bool may_have_body =
      kind.method == "POST" || kind.method == "PUT" || kind.method == "PATCH" || !kind.body.empty();
  if (may_have_body) {
    const std::string body = prepared.body.expand(turn);
    if (!body.empty() && !has_header(kind, "content-type")) {
      request.bytes +=
          fmt::format("Content-Type: {}\r\n", body.starts_with('{') || body.starts_with('[')
                                                  ? "application/json"
                                                  : "application/x-www-form-urlencoded");
    }
    request.bytes += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  } else {
    request.bytes += "\r\n";
  }
  return request;
}

}  // namespace tidemark
