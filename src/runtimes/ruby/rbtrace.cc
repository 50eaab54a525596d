#include "runtimes/ruby/rbtrace.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/unix_socket.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPatience{5000};
constexpr std::chrono::milliseconds kQueuePatience{3000};
constexpr std::chrono::milliseconds kSignalEvery{150};
constexpr std::chrono::milliseconds kWakeAfter{300};
constexpr int kLookEvery = 50;  // ms

// What a message holds: releases have buffers of 256 bytes or more, and read the first object.
constexpr std::size_t kMessageBytes = 256;
struct Message {
  long type = 1;  // NOLINT(google-runtime-int): msgsnd() wants it
  std::array<char, kMessageBytes> bytes{};
};

std::chrono::milliseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

std::unexpected<Error> refused(std::string why, std::string help) {
  return fail(ErrorCode::kUnsupported, std::move(why), std::move(help));
}

// MessagePack's "str 16" is what its older "raw 16" was, and gems of any age read it.
void append_text(std::string& out, std::string_view text) {
  constexpr std::size_t kMostShort = 31;
  if (text.size() <= kMostShort) {
    out += static_cast<char>(0xa0U | text.size());
  } else {
    out += '\xda';
    out += static_cast<char>(text.size() >> 8U);
    out += static_cast<char>(text.size() & 0xffU);
  }
  out += text;
}

std::string array_of(unsigned count) { return {static_cast<char>(0x90U | count)}; }

// Reads MessagePack from the front; `ok` is false once something is missing or not known.
class Reader {
 public:
  explicit Reader(std::span<const char> bytes) : rest_(bytes) {}

  std::uint64_t big_endian(std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8U | byte();
    return value;
  }
  unsigned byte() {
    if (rest_.empty()) {
      ok_ = false;
      return 0;
    }
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::string text(std::uint64_t size) {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) return {};
    std::string out(rest_.data(), size);
    rest_ = rest_.subspan(size);
    return out;
  }
  // Nothing where something else comes.
  std::optional<std::uint64_t> number() {
    const unsigned kind = byte();
    if (kind < 0x80) return kind;
    if (kind >= 0xcc && kind <= 0xcf) return big_endian(std::size_t{1} << (kind - 0xcc));
    return std::nullopt;
  }
  std::string name() {
    const auto size = text_size(byte());
    ok_ = ok_ && size.has_value();
    return ok_ ? text(*size) : std::string();
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  // Of a text (str) or bytes (bin), which releases use alike.
  std::optional<std::uint64_t> text_size(unsigned kind) {
    if (kind >= 0xa0 && kind <= 0xbf) return kind & 0x1fU;
    if (kind >= 0xc4 && kind <= 0xc6) return big_endian(std::size_t{1} << (kind - 0xc4));
    if (kind >= 0xd9 && kind <= 0xdb) return big_endian(std::size_t{1} << (kind - 0xd9));
    return std::nullopt;
  }

  std::span<const char> rest_;
  bool ok_ = true;
};

bool somebody_listens(const sockaddr_un& address) {
  const FileDescriptor probe(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno != ECONNREFUSED;
}

}  // namespace

std::string rbtrace_message(std::string_view command) {
  std::string out = array_of(1);
  append_text(out, command);
  return out;
}

std::string rbtrace_message(std::string_view command, std::uint64_t number) {
  std::string out = array_of(2);
  append_text(out, command);
  out += '\xce';  // 32 bits
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(number >> shift & 0xffU);
  return out;
}

std::string rbtrace_run_message(std::string_view code) {
  std::string out = array_of(3);
  append_text(out, "add");
  append_text(out, fmt::format("{};false.", code));
  return out + '\xc2';  // false: not only slow calls
}

std::optional<RbtraceEvent> parse_rbtrace_event(std::span<const char> bytes) {
  Reader reader(bytes);
  const unsigned array = reader.byte();
  if (array < 0x91 || array > 0x9f) return std::nullopt;
  RbtraceEvent event;
  event.name = reader.name();
  if (array > 0x91) event.number = reader.number();
  if (!reader.ok()) return std::nullopt;
  return event;
}

bool listens_for_rbtrace(const ProcessStatus& status) {
  return (status.signals_caught >> (SIGURG - 1) & 1U) != 0;
}

RbtraceSession::Name& RbtraceSession::Name::operator=(Name&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

RbtraceSession::Name::~Name() {
  if (!path_.empty()) unlink(path_.c_str());
}

Result<RbtraceSession> RbtraceSession::open(const ProcessStatus& status, bool wake,
                                            const Monitor& monitor) {
  RbtraceSession session(status.pid, wake);
  if (auto named = session.listen(status); !named) return std::unexpected(named.error());
  if (auto found = session.find_queue(status, monitor); !found)
    return std::unexpected(found.error());
  if (auto attached = session.attach(monitor); !attached) return std::unexpected(attached.error());
  return session;
}

RbtraceSession::~RbtraceSession() {
  if (!attached_ || !socket_.open()) return;
  const Monitor always;  // what has begun is ended, cancelled or not
  const auto ended = ask(rbtrace_message("detach"), "detached", always);
  attached_ = !ended;
}

// The gem answers to a name that everybody on this host could take.
Result<void> RbtraceSession::listen(const ProcessStatus& status) {
  const std::string path = fmt::format("/tmp/rbtrace-{}.sock", pid_);
  const sockaddr_un address = unix_address(path).value_or(sockaddr_un{});  // it always fits
  socket_ = FileDescriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto take = [&] {
    return bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  };
  bool taken = take();
  if (!taken && errno == EADDRINUSE && !somebody_listens(address) && unlink(path.c_str()) == 0)
    taken = take();
  if (!taken) {
    const int why = errno;
    return refused(
        fmt::format("cannot make {}, where rbtrace answers: {}", path, system_reason(why)),
        why == EADDRINUSE ? "another client of rbtrace is at work; wait, or end it"
                          : "run it as the user of the process");
  }
  name_ = Name(path);
  // The process has to be able to write to it, and nobody else.
  const bool ours = chmod(path.c_str(), 0600) == 0 &&
                    (status.user == geteuid() || chown(path.c_str(), status.user, -1) == 0);
  if (ours) return {};
  return refused(
      fmt::format("cannot give {} to the user of the process: {}", path, system_reason(errno)),
      "run it as the user of the process");
}

Result<void> RbtraceSession::find_queue(const ProcessStatus& status, const Monitor& monitor) {
  const auto begin = Clock::now();
  while (true) {
    if (!signal(since(begin))) {
      return refused(fmt::format("cannot signal process {}: {}", pid_, system_reason(errno)),
                     "run it as the user of the process");
    }
    std::this_thread::sleep_for(kSignalEvery);
    queue_ = msgget(-pid_, 0);
    if (queue_ >= 0) break;
    if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
    if (since(begin) > kQueuePatience) return std::unexpected(unanswered().error());
  }
  msqid_ds facts{};
  const bool theirs = msgctl(queue_, IPC_STAT, &facts) == 0 &&
                      (facts.msg_perm.cuid == status.user || facts.msg_perm.cuid == 0);
  if (theirs) return {};
  return refused(fmt::format("the message queue of process {} belongs to another user", pid_),
                 "it is left over; its owner can remove it with ipcrm");
}

Result<void> RbtraceSession::attach(const Monitor& monitor) {
  const auto own = static_cast<std::uint64_t>(getpid());
  for (const bool again : {false, true}) {
    const auto answer = ask(rbtrace_message("attach", own), "attached", monitor);
    if (!answer) return std::unexpected(answer.error());
    attached_ = answer->number == own;
    if (attached_) return {};
    const auto other = static_cast<pid_t>(answer->number.value_or(0));
    const bool dead = other > 0 && kill(other, 0) != 0 && errno == ESRCH;
    if (again || !dead) {
      return refused(fmt::format("rbtrace (process {}) is attached to process {}", other, pid_),
                     "wait until it is done, or end it");
    }
    if (auto freed = ask(rbtrace_message("detach"), "detached", monitor); !freed)
      return std::unexpected(freed.error());
  }
  return {};
}

Result<void> RbtraceSession::run(std::string_view code, const Monitor& monitor) {
  constexpr std::size_t kMost = 200;
  if (code.size() > kMost) return fail(ErrorCode::kTooLarge, "too much code for one message");
  const auto answer = ask(rbtrace_run_message(code), "add", monitor);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

bool RbtraceSession::signal(std::chrono::milliseconds waited) const {
  if (kill(pid_, SIGURG) != 0) return false;
  if (wake_ && waited > kWakeAfter) kill(pid_, SIGCHLD);
  return true;
}

// The signal is sent again and again: a process that collects garbage says "later".
Result<RbtraceSession::Answer> RbtraceSession::ask(const std::string& message,
                                                   std::string_view answer,
                                                   const Monitor& monitor) {
  Message out;
  std::ranges::copy(message, out.bytes.begin());
  if (msgsnd(queue_, &out, out.bytes.size(), IPC_NOWAIT) != 0) {
    return refused(fmt::format("cannot send to process {} by its message queue: {}", pid_,
                               system_reason(errno)),
                   "the queue may be full, or removed: ipcs -q shows it");
  }
  const auto begin = Clock::now();
  const std::chrono::milliseconds patience = answer == "detached" ? kPatience / 2 : kPatience;
  std::chrono::milliseconds next{0};
  std::array<char, 65'536> part{};
  while (!monitor.cancelled()) {
    const auto waited = since(begin);
    if (waited > patience) return unanswered();
    if (waited >= next) {
      if (!signal(waited)) return unanswered();
      next = waited + kSignalEvery;
    }
    pollfd ready{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (poll(&ready, 1, kLookEvery) <= 0) continue;
    const ssize_t got = recv(socket_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (got <= 0) continue;
    auto event = parse_rbtrace_event(std::span(part).first(static_cast<std::size_t>(got)));
    if (event && event->name == answer) return Answer{.number = event->number};
  }
  return fail(ErrorCode::kCancelled, "cancelled");
}

Result<RbtraceSession::Answer> RbtraceSession::unanswered() const {
  return refused(fmt::format("rbtrace in process {} does not answer", pid_),
                 "native code may hold Ruby's lock (GVL), all of its threads may sleep, or it has "
                 "a /tmp of its own; try again while it works");
}

}  // namespace tidemark
