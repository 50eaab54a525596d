// One thread that we are attached to by ptrace.
//
// The kernel belongs every attachment to one thread of ours: all calls must come from the thread
// that attached. When that thread ends, for whatever reason, the kernel lets go of what it holds
// and the tracee runs on (or is killed, where it was attached to as a copy of ours).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "inject/signal_frame.h"

namespace tidemark {

// A stop or an end of a tracee, as waitpid(2) tells it.
struct TraceEvent {
  enum class Kind : std::uint8_t {
    kInterrupted,  // stopped because we asked for it
    kGroupStop,    // by SIGSTOP and the like: the user has put it to sleep
    kSyscall,      // at the entrance or the exit of a system call
    kSignal,       // a signal is about to be delivered: `number`
    kExited,       // with code `number`
    kKilled,       // by signal `number`
  };
  Kind kind = Kind::kInterrupted;
  int number = 0;
};

class Tracee {
 public:
  enum class Role : std::uint8_t {
    kTarget,  // lives on whatever happens to us
    kCopy,    // dies with us
  };

  // Attaches; the thread goes on. Errors: kUnsupported with what ptrace said.
  static Result<Tracee> attach(pid_t thread, Role role);

  [[nodiscard]] pid_t id() const { return id_; }
  // When it was last stopped by a call below.
  [[nodiscard]] std::chrono::steady_clock::time_point stopped_since() const { return stopped_; }

  // Stops it: passes on signals that come first. Errors: kIo when it did not stop in time or has
  // ended, kUnsupported when it is asleep by SIGSTOP.
  Result<void> stop(std::chrono::milliseconds patience);
  // As stop(), but at the entrance of the system call `wanted` accepts, which is not made yet. For
  // a thread that is stopped; it runs meanwhile. Errors: as stop(); kNotFound when it made none in
  // time, and runs.
  Result<void> run_to_syscall(bool (*wanted)(std::uint64_t number),
                              std::chrono::milliseconds patience);

  // What the next event is, if one has come. Errors: kIo when the tracee is no more.
  Result<std::optional<TraceEvent>> poll_event() const;
  Result<TraceEvent> wait_event(std::chrono::milliseconds patience) const;

  // For a stopped thread. Errors: kIo.
  [[nodiscard]] Result<ThreadState> state() const;
  [[nodiscard]] Result<user_regs_struct> registers() const;
  [[nodiscard]] Result<void> set_registers(const user_regs_struct& registers) const;
  [[nodiscard]] Result<void> set_signal_mask(std::uint64_t mask) const;
  // Is the thread between the beginning and the commit of a restartable sequence? Going elsewhere
  // then would break it.
  [[nodiscard]] bool in_restartable_sequence(std::uint64_t instruction) const;
  [[nodiscard]] Result<void> resume(int signal = 0) const;
  void detach(int signal = 0) const;

 private:
  explicit Tracee(pid_t id) : id_(id) {}
  [[nodiscard]] Error trouble(const char* what) const;

  pid_t id_ = 0;
  std::chrono::steady_clock::time_point stopped_;
};

// All signals but those that a thread's own instructions raise: a blocked one of those kills.
inline constexpr std::uint64_t kAllButFaults =
    ~((1ULL << (4 - 1)) | (1ULL << (5 - 1)) | (1ULL << (7 - 1)) | (1ULL << (8 - 1)) |
      (1ULL << (11 - 1)) | (1ULL << (31 - 1)));  // ILL TRAP BUS FPE SEGV SYS

}  // namespace tidemark
