#include "runtimes/node/inspector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <thread>

#include "base/numbers.h"
#include "host/process.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{10};
// What Node.js takes by itself: 9229, and one more for each worker of a cluster.
constexpr std::uint16_t kFirstPort = 9229;
constexpr std::uint16_t kLastPort = 9329;
constexpr std::string_view kClose =
    R"json({"id":1,"method":"Runtime.evaluate","params":{"expression":"process._debugEnd()","includeCommandLineAPI":true}})json";

std::string host_of(const ListeningPort& port) { return fmt::format("127.0.0.1:{}", port.port); }

// The path of the debugger, out of what /json/list answers; empty when it is no inspector.
std::string debugger_path(pid_t pid, const ListeningPort& port) {
  auto connection = connect_in_namespace(pid, port);
  if (!connection) return {};
  const auto list = WebSocket::get(std::move(*connection), host_of(port), "/json/list",
                                   Clock::now() + std::chrono::seconds(2));
  if (!list) return {};
  constexpr std::string_view kUrl = "\"webSocketDebuggerUrl\":";
  const std::size_t at = list->find(kUrl);
  if (at == std::string::npos) return {};
  const auto url = json_string_at(*list, list->find('"', at + kUrl.size()));
  if (!url || !url->starts_with("ws://")) return {};
  const std::size_t slash = url->find('/', 5);
  return slash == std::string::npos ? std::string() : url->substr(slash);
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0U | c >> 6);
    out += static_cast<char>(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0U | c >> 12);
    out += static_cast<char>(0x80U | (c >> 6 & 0x3fU));
    out += static_cast<char>(0x80U | (c & 0x3fU));
  } else {
    out += static_cast<char>(0xf0U | c >> 18);
    out += static_cast<char>(0x80U | (c >> 12 & 0x3fU));
    out += static_cast<char>(0x80U | (c >> 6 & 0x3fU));
    out += static_cast<char>(0x80U | (c & 0x3fU));
  }
}

std::optional<std::uint32_t> four_digits(std::string_view json, std::size_t at) {
  if (at + 4 > json.size()) return std::nullopt;
  const std::string_view digits = json.substr(at, 4);
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
    return std::nullopt;
  return static_cast<std::uint32_t>(*leading_number<std::uint64_t>(digits, 16));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

// A short string member near the front of a message.
std::string short_member(std::string_view message, std::string_view name) {
  const std::string mark = fmt::format("\"{}\":", name);
  const std::size_t at = message.substr(0, 4096).find(mark);
  if (at == std::string_view::npos) return {};
  return json_string_at(message, at + mark.size()).value_or(std::string());
}

Result<std::pair<ListeningPort, std::string>> wait_for_port(
    pid_t pid, const std::vector<ListeningPort>& others, const Monitor* monitor) {
  const auto deadline = Clock::now() + kPatience;
  while (Clock::now() < deadline) {
    if (monitor != nullptr && monitor->cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    if (const auto port = inspector_port(pid, others)) {
      const std::string path = debugger_path(pid, *port);
      if (!path.empty()) return std::pair(*port, path);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("process {} did not open its inspector: its port (9229, or --inspect-port) is "
                  "taken, or it is too busy",
                  pid),
      "close the other debugger, or use --method fork");
}

}  // namespace

std::optional<std::string> json_string_at(std::string_view json, std::size_t at) {
  if (at >= json.size() || json[at] != '"') return std::nullopt;
  std::string out;
  for (std::size_t i = at + 1; i < json.size();) {
    const std::size_t special = json.find_first_of("\"\\", i);
    if (special == std::string_view::npos) return std::nullopt;
    out.append(json.substr(i, special - i));
    if (json[special] == '"') return out;
    if (special + 1 >= json.size()) return std::nullopt;
    i = special + 2;
    constexpr std::string_view kNames = "bfnrt";
    constexpr std::string_view kValues = "\b\f\n\r\t";
    const char c = json[special + 1];
    if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
      out += kValues[known];
    } else if (c != 'u') {
      out += c;
    } else {
      auto unit = four_digits(json, i);
      if (!unit) return std::nullopt;
      i += 4;
      const bool high = *unit >= 0xd800 && *unit < 0xdc00;
      if (high && json.substr(i, 2) == "\\u") {
        const auto low = four_digits(json, i + 2);
        if (low && *low >= 0xdc00 && *low < 0xe000) {
          unit = 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00);
          i += 6;
        }
      }
      const bool lone = *unit >= 0xd800 && *unit < 0xe000;
      append_utf8(out, lone ? 0xfffd : *unit);
    }
  }
  return std::nullopt;
}

bool listens_for_inspector(const ProcessStatus& status) {
  return (status.signals_caught & 0x200U) != 0;
}

std::vector<ListeningPort> app_ports(pid_t pid) {
  std::vector<ListeningPort> ports = listening_ports(pid);
  std::erase_if(ports,
                [](const ListeningPort& p) { return p.port >= kFirstPort && p.port <= kLastPort; });
  return ports;
}

std::optional<ListeningPort> inspector_port(pid_t pid, const std::vector<ListeningPort>& others) {
  for (const ListeningPort& port : listening_ports(pid)) {
    if (std::ranges::find(others, port) != others.end()) continue;
    if (!debugger_path(pid, port).empty()) return port;
  }
  return std::nullopt;
}

Inspector::Inspector(Inspector&& other) noexcept
    : pid_(other.pid_),
      socket_(std::exchange(other.socket_, std::nullopt)),
      others_(std::move(other.others_)),
      opened_(std::exchange(other.opened_, false)),
      next_id_(other.next_id_) {}

Inspector::~Inspector() {
  socket_.reset();
  if (opened_) close_inspector(pid_, others_);
}

Result<Inspector> Inspector::open(pid_t pid, const Monitor* monitor) {
  const auto status = read_status(this_machine(), pid);
  if (!status) return std::unexpected(status.error());
  const std::vector<ListeningPort> others = app_ports(pid);
  const bool was_open = inspector_port(pid, others).has_value();
  if (!was_open && !listens_for_inspector(*status)) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("process {} does not listen for SIGUSR1, which would end it", pid),
                "start it with --inspect, or use --method fork");
  }
  if (!was_open && kill(pid, SIGUSR1) != 0) {
    return fail(ErrorCode::kUnsupported, fmt::format("may not signal process {}", pid),
                "run it with sudo");
  }
  const auto found = wait_for_port(pid, others, monitor);
  // From here on whatever fails closes it again.
  struct Closer {
    pid_t pid;
    const std::vector<ListeningPort>& others;
    bool active;
    ~Closer() {
      if (active) close_inspector(pid, others);
    }
  } closer{.pid = pid, .others = others, .active = !was_open};
  if (!found) return std::unexpected(found.error());
  auto connection = connect_in_namespace(pid, found->first);
  if (!connection) return std::unexpected(connection.error());
  WebSocket socket(std::move(*connection), monitor);
  if (auto open = socket.open(host_of(found->first), found->second, Clock::now() + kPatience);
      !open) {
    return std::unexpected(open.error());
  }
  Inspector inspector(pid, std::move(socket), others);
  const auto answer = inspector.evaluate("String(process.pid)");
  if (!answer) return std::unexpected(answer.error());
  if (*answer != std::to_string(status->pid_inside)) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("the inspector belongs to process {}, not to {}", *answer, status->pid_inside),
        "close the other debugger, or use --method fork");
  }
  inspector.opened_ = std::exchange(closer.active, false);
  return inspector;
}

Result<std::string> Inspector::command(std::string_view method, std::string_view params,
                                       Clock::time_point deadline, const Event& event) {
  const int id = next_id_++;
  const auto sent =
      socket_->send(fmt::format(R"({{"id":{},"method":"{}","params":{}}})", id, method, params));
  if (!sent) return std::unexpected(sent.error());
  const std::string mine = fmt::format("{{\"id\":{},", id);
  while (true) {
    auto message = socket_->receive(deadline);
    if (!message) return message;
    if (!message->starts_with(mine)) {
      const std::string name = short_member(*message, "method");
      if (event && !name.empty()) {
        if (auto fine = event(name, *message); !fine) return std::unexpected(fine.error());
      }
      continue;
    }
    constexpr std::string_view kResult = "\"result\":";
    if (!std::string_view(*message).substr(mine.size()).starts_with(kResult)) {
      return fail(ErrorCode::kIo, fmt::format("the inspector refuses {}: {}", method,
                                              short_member(*message, "message")));
    }
    const std::size_t begin = mine.size() + kResult.size();
    return message->substr(begin, message->size() - begin - 1);
  }
}

Result<std::string> Inspector::evaluate(std::string_view expression) {
  auto result = command(
      "Runtime.evaluate",
      fmt::format(R"({{"expression":{},"includeCommandLineAPI":true,"returnByValue":true}})",
                  quoted(expression)),
      Clock::now() + kPatience);
  if (!result) return result;
  constexpr std::string_view kValue = "\"value\":";
  const std::size_t at = result->find(kValue);
  if (at == std::string::npos)
    return fail(ErrorCode::kIo, "the process answers what was not asked");
  auto text = json_string_at(*result, at + kValue.size());
  if (!text) return fail(ErrorCode::kIo, "the process answers what was not asked");
  return std::move(*text);
}

void close_inspector(pid_t pid, const std::vector<ListeningPort>& others) {
  constexpr int kAttempts = 50;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto port = inspector_port(pid, others);
    if (!port && attempt > 0) return;
    const std::string path = port ? debugger_path(pid, *port) : std::string();
    auto connection = port ? connect_in_namespace(pid, *port) : fail(ErrorCode::kIo, {});
    if (connection && !path.empty()) {
      WebSocket socket(std::move(*connection), nullptr);
      const auto deadline = Clock::now() + kPatience;
      // It takes its own connection away before it can answer.
      if (socket.open(host_of(*port), path, deadline) && socket.send(kClose)) {
        while (socket.receive(deadline)) {
        }
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace tidemark
