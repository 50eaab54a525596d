#include "reproduce/app/app_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/file_descriptor.h"
#include "base/small_file.h"
#include "runtimes/listening_ports.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

// The last lines of what the app said, indented.
std::string last_words(const std::string& text) {
  constexpr std::size_t kLines = 12;
  std::vector<std::string_view> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string out;
  for (std::size_t i = lines.size() > kLines ? lines.size() - kLines : 0; i < lines.size(); ++i) {
    out += "\n  ";
    for (const char c : lines[i].substr(0, 200))
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

bool contains(const std::vector<std::uint16_t>& list, std::uint16_t port) {
  return std::ranges::find(list, port) != list.end();
}

// What the app has said so far; empty where that is not kept.
std::string log_text(const std::string& path) {
  return path.empty() ? std::string() : read_small_file(path).value_or(std::string());
}

}  // namespace

std::uint16_t free_port() {
  const FileDescriptor probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (!probe.open() || bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  return ntohs(address.sin_port);
}

std::vector<std::uint16_t> ports_in_text(std::string_view text) {
  std::vector<std::uint16_t> ports;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] < '0' || text[at] > '9') continue;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
    const auto length = static_cast<std::size_t>(end - (text.data() + at));
    const std::string_view before = text.substr(0, at);
    const bool named = before.ends_with(':') || before.ends_with("port ") ||
                       before.ends_with("port=") || before.ends_with("Port ");
    if (error == std::errc() && named && number > 0 && number <= UINT16_MAX && length >= 2) {
      ports.push_back(static_cast<std::uint16_t>(number));
    }
    at += std::max<std::size_t>(length, 1) - 1;
  }
  return ports;
}

std::optional<ServerAddress> find_server(const std::vector<pid_t>& processes, std::uint16_t wanted,
                                         std::string_view output) {
  constexpr std::uint16_t kInspector = 9229;
  std::vector<ListeningPort> listening;
  for (const pid_t pid : processes) {
    for (const ListeningPort& port : listening_ports(pid)) listening.push_back(port);
  }
  std::erase_if(listening, [&](const ListeningPort& port) {
    return port.port == kInspector && port.port != wanted;
  });
  if (listening.empty()) return std::nullopt;
  std::uint16_t chosen = 0;
  const auto listens = [&](std::uint16_t port) {
    return std::ranges::any_of(listening, [&](const auto& one) { return one.port == port; });
  };
  if (wanted != 0 && listens(wanted)) chosen = wanted;
  const std::vector<std::uint16_t> said = ports_in_text(output);
  for (const std::uint16_t port : said) {
    if (chosen == 0 && listens(port)) chosen = port;
  }
  for (const ListeningPort& port : listening) {
    if (chosen == 0 || (chosen != wanted && !contains(said, chosen) && port.port < chosen)) {
      chosen = port.port;
    }
  }
  const bool four = std::ranges::any_of(
      listening, [&](const auto& one) { return one.port == chosen && !one.six; });
  return ServerAddress{.port = chosen, .six = !four};
}

Result<ServerAddress> wait_until_ready(const ReadinessCheck& check, Monitor& monitor) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(check.patience);
  std::optional<ServerAddress> server;
  while (Clock::now() < deadline) {
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    const std::string output = log_text(check.log);
    if (const auto how = check.ended()) {
      return fail(ErrorCode::kIo,
                  fmt::format("the app ended before it answered ({}){}", *how, last_words(output)),
                  "try the command by itself; its output is in app.log");
    }
    server = find_server(check.processes(), check.wanted, output);
    if (server) {
      UrlMix mix({check.request}, server->host());
      const double left = std::chrono::duration<double>(deadline - Clock::now()).count();
      if (ask_once(*server, mix.next(), std::min(left, 30.0)) != 0) return *server;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return fail(
      ErrorCode::kIo,
      fmt::format("the app {} within {:.0f} s{}",
                  server ? fmt::format("listens on port {}, but did not answer", server->port)
                         : std::string("did not listen on any port"),
                  check.patience, last_words(log_text(check.log))),
      "does the command start a server? --start-timeout gives it longer");
}

}  // namespace tidemark
