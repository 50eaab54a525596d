#include "inject/tracee.h"

#if TIDEMARK_INJECTS

#include <elf.h>
#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/file_descriptor.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostExtendedState = 65'536;

long request(int what, pid_t thread, std::uint64_t address, const void* data) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr,cppcoreguidelines-pro-type-vararg): ptrace's shape
  return ptrace(static_cast<__ptrace_request>(what), thread, reinterpret_cast<void*>(address),
                data);
}

long request(int what, pid_t thread, std::uint64_t address, std::uint64_t data) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return request(what, thread, address, reinterpret_cast<const void*>(data));
}

TraceEvent event_of(int status) {
  using Kind = TraceEvent::Kind;
  if (WIFEXITED(status)) return {.kind = Kind::kExited, .number = WEXITSTATUS(status)};
  if (WIFSIGNALED(status)) return {.kind = Kind::kKilled, .number = WTERMSIG(status)};
  const int signal = WSTOPSIG(status);
  if (status >> 16 == PTRACE_EVENT_STOP) {
    const bool asked = signal == SIGTRAP;
    return {.kind = asked ? Kind::kInterrupted : Kind::kGroupStop, .number = signal};
  }
  if (signal == (SIGTRAP | 0x80)) return {.kind = Kind::kSyscall, .number = 0};
  return {.kind = Kind::kSignal, .number = signal};
}

}  // namespace

Error Tracee::trouble(const char* what) const {
  return {.code = ErrorCode::kIo,
          .message = fmt::format("{} process {}: {}", what, id_, system_reason(errno)),
          .file = {},
          .offset = {},
          .hint = {}};
}

Result<Tracee> Tracee::attach(pid_t thread, Role role) {
  std::uint64_t options = PTRACE_O_TRACESYSGOOD;
  if (role == Role::kCopy) options |= PTRACE_O_EXITKILL;
  const Tracee tracee(thread);
  if (request(PTRACE_SEIZE, thread, 0, options) == 0) return tracee;
  const int refusal = errno;
  Error error = tracee.trouble("cannot attach to");
  if (refusal == EPERM || refusal == EACCES) {
    error.code = ErrorCode::kUnsupported;
    error.hint = fmt::format("`tidemark doctor {}` says what stands in the way", thread);
  }
  return std::unexpected(error);
}

Result<std::optional<TraceEvent>> Tracee::poll_event() const {
  int status = 0;
  const pid_t got = waitpid(id_, &status, WNOHANG | __WALL);
  if (got == id_) return event_of(status);
  if (got == 0 || errno == EINTR) return std::nullopt;
  return std::unexpected(trouble("lost"));
}

Result<TraceEvent> Tracee::wait_event(std::chrono::milliseconds patience) const {
  const auto deadline = Clock::now() + patience;
  // Most stops come within some ten microseconds: ask at once a few times, then more seldom.
  for (int asked = 0;; ++asked) {
    auto event = poll_event();
    if (!event) return std::unexpected(event.error());
    if (*event) return **event;
    if (Clock::now() >= deadline) break;
    if (asked > 200) {
      std::this_thread::sleep_for(std::chrono::microseconds(asked > 1000 ? 500 : 20));
    } else {
      std::this_thread::yield();
    }
  }
  return fail(ErrorCode::kIo,
              fmt::format("process {} does not stop: the kernel holds it (a slow disk, "
                          "a frozen control group)",
                          id_),
              "try again; it was let go of and runs on");
}

Result<void> Tracee::stop(std::chrono::milliseconds patience) {
  stopped_ = Clock::now();
  if (request(PTRACE_INTERRUPT, id_, 0, std::uint64_t{0}) != 0) {
    return std::unexpected(trouble("cannot stop"));
  }
  while (true) {
    const auto event = wait_event(patience);
    if (!event) return std::unexpected(event.error());
    switch (event->kind) {
      case TraceEvent::Kind::kInterrupted:
        return {};
      case TraceEvent::Kind::kGroupStop:
        detach();
        return fail(ErrorCode::kUnsupported, fmt::format("process {} is asleep by SIGSTOP", id_),
                    fmt::format("wake it first: kill -CONT {}", id_));
      case TraceEvent::Kind::kExited:
      case TraceEvent::Kind::kKilled:
        return fail(ErrorCode::kIo, fmt::format("process {} has ended", id_));
      case TraceEvent::Kind::kSignal:
      case TraceEvent::Kind::kSyscall: {
        const int signal = event->kind == TraceEvent::Kind::kSignal ? event->number : 0;
        if (auto on = resume(signal); !on) return on;
        break;
      }
    }
  }
}

Result<void> Tracee::run_to_syscall(bool (*wanted)(std::uint64_t number),
                                    std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  int signal = 0;
  while (true) {
    if (request(PTRACE_SYSCALL, id_, 0, static_cast<std::uint64_t>(signal)) != 0) {
      return std::unexpected(trouble("cannot resume"));
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    const auto event = left.count() > 0 ? wait_event(left) : fail(ErrorCode::kIo, {});
    if (!event && Clock::now() + std::chrono::milliseconds(1) >= deadline) {
      return fail(ErrorCode::kNotFound, fmt::format("process {} made no such system call", id_));
    }
    if (!event) return std::unexpected(event.error());
    stopped_ = Clock::now();
    signal = 0;
    if (event->kind == TraceEvent::Kind::kExited || event->kind == TraceEvent::Kind::kKilled) {
      return fail(ErrorCode::kIo, fmt::format("process {} has ended", id_));
    }
    if (event->kind == TraceEvent::Kind::kSignal) signal = event->number;
    if (event->kind != TraceEvent::Kind::kSyscall) continue;
    __ptrace_syscall_info info{};
    if (request(PTRACE_GET_SYSCALL_INFO, id_, sizeof info, &info) <= 0) {
      return std::unexpected(trouble("cannot ask"));
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY && wanted(info.entry.nr)) return {};
  }
}

Result<user_regs_struct> Tracee::registers() const {
  user_regs_struct registers{};
  if (request(PTRACE_GETREGS, id_, 0, &registers) != 0) {
    return std::unexpected(trouble("cannot read the registers of"));
  }
  return registers;
}

Result<ThreadState> Tracee::state() const {
  ThreadState state;
  auto registers = this->registers();
  if (!registers) return std::unexpected(registers.error());
  state.registers = *registers;
  state.extended.resize(kMostExtendedState);
  iovec area{.iov_base = state.extended.data(), .iov_len = state.extended.size()};
  if (request(PTRACE_GETREGSET, id_, NT_X86_XSTATE, &area) != 0) {
    return std::unexpected(trouble("cannot read the vector registers of"));
  }
  state.extended.resize(area.iov_len);
  if (request(PTRACE_GETSIGMASK, id_, sizeof state.signal_mask, &state.signal_mask) != 0) {
    return std::unexpected(trouble("cannot read the signal mask of"));
  }
  return state;
}

Result<void> Tracee::set_registers(const user_regs_struct& registers) const {
  if (request(PTRACE_SETREGS, id_, 0, &registers) != 0) {
    return std::unexpected(trouble("cannot set the registers of"));
  }
  return {};
}

Result<void> Tracee::set_signal_mask(std::uint64_t mask) const {
  if (request(PTRACE_SETSIGMASK, id_, sizeof mask, &mask) != 0) {
    return std::unexpected(trouble("cannot set the signal mask of"));
  }
  return {};
}

bool Tracee::in_restartable_sequence(std::uint64_t instruction) const {
#ifdef PTRACE_GET_RSEQ_CONFIGURATION
  // struct rseq: two words of the processor's number, then the address of the sequence's
  // descriptor: {version and flags, start, length, abort}.
  constexpr std::uint64_t kDescriptorAt = 8;
  __ptrace_rseq_configuration where{};
  if (request(PTRACE_GET_RSEQ_CONFIGURATION, id_, sizeof where, &where) <= 0) return false;
  if (where.rseq_abi_pointer == 0) return false;
  const auto peek = [&](std::uint64_t address) -> std::uint64_t {
    errno = 0;
    const long word = request(PTRACE_PEEKDATA, id_, address, std::uint64_t{0});
    return errno == 0 ? static_cast<std::uint64_t>(word) : 0;
  };
  const std::uint64_t descriptor = peek(where.rseq_abi_pointer + kDescriptorAt);
  if (descriptor == 0) return false;
  return instruction - peek(descriptor + 8) < peek(descriptor + 16);
#else
  static_cast<void>(instruction);
  return false;
#endif
}

Result<void> Tracee::resume(int signal) const {
  if (request(PTRACE_CONT, id_, 0, static_cast<std::uint64_t>(signal)) != 0) {
    return std::unexpected(trouble("cannot resume"));
  }
  return {};
}

void Tracee::detach(int signal) const {
  request(PTRACE_DETACH, id_, 0, static_cast<std::uint64_t>(signal));
}

}  // namespace tidemark

#endif
