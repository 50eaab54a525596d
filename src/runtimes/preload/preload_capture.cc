#include "runtimes/preload/preload_capture.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ranges>
#include <span>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/numbers.h"
#include "base/unix_socket.h"
#include "host/host.h"
#include "host/memory_room.h"
#include "preload/preload.h"
#include "runtimes/listening_ports.h"
#include "transfer/background_sink.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick{20};
constexpr std::chrono::milliseconds kWatchEvery{100};
constexpr std::size_t kMostEnd = 512;  // bytes of the line that ends an answer
constexpr std::string_view kEndMark = "\n#tidemark ";

std::unexpected<Error> not_loaded(pid_t pid) {
  return fail(ErrorCode::kUnsupported,
              fmt::format("process {} has not loaded tidemark's file", pid));
}

Result<FileDescriptor> connect_to(const ProcessStatus& status, const std::string& path) {
  const std::string there = proc_path(status.pid, "root") + path;
  // Through its own root: it may be in a container.
  const std::string& name = unix_address(there) && access(there.c_str(), F_OK) == 0 ? there : path;
  const auto address = unix_address(name);
  if (!address) return not_loaded(status.pid);
  FileDescriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.open() || connect(connection.get(), reinterpret_cast<const sockaddr*>(&*address),
                                    sizeof *address) != 0) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("cannot connect to {} of process {}: {}", path, status.pid,
                            system_reason(errno)),
                "run it as the user of the process, or as root");
  }
  const auto who = peer_of(connection.get());
  if (!who || who->pid != status.pid) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("another process listens on {}, not process {}", path, status.pid));
  }
  return connection;
}

class Answer {
 public:
  Answer(const ProcessStatus& status, FileDescriptor connection, ByteSink& sink,
         const PumpLimits& limits, Monitor& monitor)
      : status_(status),
        connection_(std::move(connection)),
        sink_(sink),
        limits_(limits),
        monitor_(monitor),
        deadline_(Clock::now() + limits.timeout) {}

  // Closing the connection on any error ends what the process does for us.
  Result<PreloadCapture> receive() {
    while (true) {
      if (auto fine = check(); !fine) return std::unexpected(fine.error());
      if (!sink_.wait_for_room(kTick)) continue;
      const auto more = read_some();
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
    }
    const auto end = take_answer_end(held_);
    if (!end) return fail(ErrorCode::kIo, fmt::format("process {} broke off", status_.pid));
    if (!*end) return std::unexpected(end->error());
    push(held_.size());
    if (!block_.empty()) sink_.push(std::move(block_));
    while (!sink_.drained(kTick)) {
      if (auto fine = check(); !fine) return std::unexpected(fine.error());
    }
    if (const auto failure = sink_.failure()) return std::unexpected(*failure);
    return PreloadCapture{.pause = std::chrono::nanoseconds(**end), .bytes = bytes_};
  }

 private:
  Result<void> check() {
    if (monitor_.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    if (const auto failure = sink_.failure()) return std::unexpected(*failure);
    const auto now = Clock::now();
    if (now > deadline_) {
      return fail(ErrorCode::kIo, fmt::format("not done within {} s", limits_.timeout.count()),
                  "--timeout SECONDS gives it longer");
    }
    if (limits_.room == nullptr || now < look_) return {};
    look_ = now + kWatchEvery;
    if (enough_left(limits_.room->now())) return {};
    return fail(ErrorCode::kTooLarge, "memory ran short, so the capture was ended",
                "give it more memory, or choose a smaller worker");
  }

  // False at the end.
  Result<bool> read_some() {
    pollfd ready{.fd = connection_.get(), .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, static_cast<int>(kTick.count())) <= 0) return true;
    std::array<char, 65'536> part{};
    const ssize_t got = read(connection_.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) return true;
    if (got < 0)
      return fail(ErrorCode::kIo,
                  fmt::format("process {} broke off: {}", status_.pid, system_reason(errno)));
    held_.append(part.data(), static_cast<std::size_t>(got));
    if (held_.size() > kMostEnd) push(held_.size() - kMostEnd);
    return got != 0;
  }

  // The first bytes of what is held go on.
  void push(std::size_t bytes) {
    block_.insert(block_.end(), held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(bytes));
    held_.erase(0, bytes);
    bytes_ += bytes;
    if (block_.size() < BackgroundSink::kBlockBytes) return;
    monitor_.advance(bytes_);
    sink_.push(std::exchange(block_, {}));
  }

  const ProcessStatus& status_;
  FileDescriptor connection_;
  BackgroundSink sink_;
  const PumpLimits& limits_;
  Monitor& monitor_;
  Clock::time_point deadline_;
  Clock::time_point look_;
  std::string held_;  // may be the end of the answer
  std::vector<char> block_;
  std::uint64_t bytes_ = 0;
};

// A small answer, kept.
class SmallAnswer : public ByteSink {
 public:
  Result<void> write(std::span<const char> bytes) override {
    constexpr std::size_t kMost = 65'536;
    if (text_.size() + bytes.size() > kMost) return fail(ErrorCode::kTooLarge, "too long");
    text_.append(bytes.data(), bytes.size());
    return {};
  }
  Result<void> finish() override { return {}; }
  void abandon() override {}
  [[nodiscard]] std::uint64_t stored_bytes() const override { return text_.size(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// A text in a flat JSON object of ours; empty when it is not there.
std::string member(std::string_view json, std::string_view name) {
  const std::string key = fmt::format("\"{}\":\"", name);
  const std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = json.substr(at + key.size());
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace

std::optional<Result<std::uint64_t>> take_answer_end(std::string& text) {
  const std::size_t at = text.rfind(kEndMark);
  if (at == std::string::npos || !text.ends_with('\n')) return std::nullopt;
  const std::string words =
      text.substr(at + kEndMark.size(), text.size() - at - kEndMark.size() - 1);
  text.resize(at);
  constexpr std::string_view kDone = "done ";
  if (words.starts_with(kDone)) {
    const auto pause = leading_number<std::uint64_t>(std::string_view(words).substr(kDone.size()));
    if (pause) return *pause;
  }
  constexpr std::string_view kFailed = "failed ";
  return fail(ErrorCode::kIo,
              words.starts_with(kFailed)
                  ? fmt::format("the process could not do it: {}", words.substr(kFailed.size()))
                  : "the process gave an answer that is not understood");
}

std::optional<std::string> preload_socket(const ProcessStatus& status) {
  // "0000000000000000: 00000002 00000000 00010000 0001 01 12345 /tmp/tidemark-0/capture-7.sock"
  const std::string name = fmt::format("/capture-{}.sock", status.pid_inside);
  const std::string table = read_proc(this_machine(), status.pid, "net/unix");
  const auto own = open_sockets(status.pid);
  for (const auto part : std::views::split(table, '\n')) {
    const std::string line(part.begin(), part.end());
    const std::size_t slash = line.find(" /");
    if (!line.ends_with(name) || slash == std::string::npos) continue;
    const std::string before = line.substr(0, slash);
    const auto inode = leading_number<std::uint64_t>(before.substr(before.rfind(' ') + 1));
    if (inode && (own.empty() || own.contains(*inode))) return line.substr(slash + 1);
  }
  return std::nullopt;
}

Result<std::string> preload_line(RuntimeKind runtime) {
  const bool node = runtime == RuntimeKind::kNode;
  const auto path = preload_file(node ? "node/capture.js" : "ruby/capture.rb");
  if (!path) return path;
  return node ? fmt::format("NODE_OPTIONS=\"--require {}\"", *path)
              : fmt::format("RUBYOPT=\"-r{}\"", *path);
}

Result<Runtime> preloaded_runtime(const ProcessStatus& status) {
  SmallAnswer text;
  Monitor monitor;
  const auto answer =
      capture_by_preload(status, "gc-stats", text, {.timeout = std::chrono::seconds(3)}, monitor);
  if (!answer) return std::unexpected(answer.error());
  Runtime runtime;
  const auto kind = runtime_of_word(member(text.text(), "runtime"));
  if (!kind) return not_loaded(status.pid);
  runtime.kind = *kind;
  runtime.version = member(text.text(), "version");
  if (runtime.version.find_first_not_of("0123456789.") != std::string::npos)
    runtime.version.clear();
  return runtime;
}

Result<PreloadCapture> capture_by_preload(const ProcessStatus& status, const std::string& request,
                                          ByteSink& sink, const PumpLimits& limits,
                                          Monitor& monitor) {
  const auto path = preload_socket(status);
  if (!path) return not_loaded(status.pid);
  auto connection = connect_to(status, *path);
  if (!connection) return std::unexpected(connection.error());
  return ask_preloaded(status, std::move(*connection), request, sink, limits, monitor);
}

Result<PreloadCapture> ask_preloaded(const ProcessStatus& status, FileDescriptor connection,
                                     const std::string& request, ByteSink& sink,
                                     const PumpLimits& limits, Monitor& monitor) {
  const std::string line = fmt::format("tidemark-1 {}\n", request);
  if (send(connection.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    return fail(ErrorCode::kIo, fmt::format("process {} broke off", status.pid));
  }
  return Answer(status, std::move(connection), sink, limits, monitor).receive();
}

}  // namespace tidemark
