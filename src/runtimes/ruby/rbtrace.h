// Talks to a Ruby process that has loaded the gem rbtrace, by the gem's own protocol: the way in
// where nobody may attach by ptrace. The app's user, or root, may do it.
//
// SIGURG makes the gem look into a System V message queue, whose key is the negated pid. A message
// there is an array in MessagePack: ["attach", our pid], ["detach"] and the like. Its answers come
// as datagrams to a socket /tmp/rbtrace-PID.sock, which is ours to make: ["attached", pid]. One
// client at a time. Known: rbtrace 0.4 and 0.5.
//
// The gem's own "eval" runs code in a thread and waits for it, on the main thread if that sleeps:
// a `sleep` without a time then returns, and a daemon that ends in one is gone. So code is not sent
// that way, but as the object whose method is to be traced, which the gem evaluates in place:
// ["add", "CODE.", false]. The code gives false, which has no method of no name, so nothing is
// traced, and the answer is ["add", -1].
//
// What stays in the process: the queue and the socket that the gem itself has opened at the first
// signal, which it keeps until the process ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"
#include "base/monitor.h"
#include "base/result.h"
#include "host/process.h"

namespace tidemark {

// Attached until it is destroyed; waits up to two seconds then. Not thread-safe. Killed while it
// is attached, it leaves a name behind that the next client recognises as dead.
class RbtraceSession {
 public:
  // Since Ruby 3.3 the gem's signal does not wake a VM whose threads all sleep. With `wake`
  // SIGCHLD is sent after a while, too, to which Ruby looks up and finds no child that has ended:
  // not for Ruby 4, where a `sleep` without a time returns from it.
  // Errors: kUnsupported when the gem does not answer, another client is attached or we may not
  // signal the process; kCancelled.
  static Result<RbtraceSession> open(const ProcessStatus& status, bool wake,
                                     const Monitor& monitor);
  RbtraceSession(RbtraceSession&& other) noexcept = default;
  RbtraceSession& operator=(RbtraceSession&&) = delete;
  ~RbtraceSession();

  // Runs at most 200 bytes of Ruby where no lock can be taken and no library loaded: whatever takes
  // longer belongs into a thread. Must not raise. Errors: as above.
  Result<void> run(std::string_view code, const Monitor& monitor);

 private:
  // The socket's name, for as long as it is ours.
  class Name {
   public:
    Name() = default;
    explicit Name(std::string path) : path_(std::move(path)) {}
    Name(Name&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Name& operator=(Name&& other) noexcept;
    ~Name();

   private:
    std::string path_;
  };
  struct Answer {
    std::optional<std::uint64_t> number;
  };

  RbtraceSession(pid_t pid, bool wake) : pid_(pid), wake_(wake) {}
  Result<void> listen(const ProcessStatus& status);
  Result<void> find_queue(const ProcessStatus& status, const Monitor& monitor);
  Result<void> attach(const Monitor& monitor);
  Result<Answer> ask(const std::string& message, std::string_view answer, const Monitor& monitor);
  // False when the process is gone or not ours to signal.
  [[nodiscard]] bool signal(std::chrono::milliseconds waited) const;
  [[nodiscard]] Result<Answer> unanswered() const;

  pid_t pid_;
  bool wake_;
  FileDescriptor socket_;
  Name name_;
  int queue_ = -1;
  bool attached_ = false;
};

// Does the process look as if it had loaded the gem? It catches SIGURG then, which Ruby does not.
bool listens_for_rbtrace(const ProcessStatus& status);

// A command as the gem reads it. For tests.
std::string rbtrace_message(std::string_view command);
std::string rbtrace_message(std::string_view command, std::uint64_t number);
std::string rbtrace_run_message(std::string_view code);

// An answer: its name, and its first argument if that is a number. Nothing for other bytes.
struct RbtraceEvent {
  std::string name;
  std::optional<std::uint64_t> number;
};
std::optional<RbtraceEvent> parse_rbtrace_event(std::span<const char> bytes);

}  // namespace tidemark
