#include "copy/copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/file_descriptor.h"
#include "base/numbers.h"
#include "base/small_file.h"
#include "host/process.h"

#if TIDEMARK_INJECTS

namespace tidemark {
namespace {

constexpr std::chrono::milliseconds kStopPatience{5000};
constexpr std::chrono::milliseconds kCallPatience{60'000};
constexpr std::size_t kRoomAt = 2048;  // in the TargetPage, behind what the code reads
constexpr int kPipeBytes = 1 << 20;
static_assert(kRoomAt > offsetof(TargetPage, results) && kRoomAt + Copy::kRoom <= kTargetPageBytes);

// "idle" for the disk, the lowest priority for the processor, first for the OOM killer. What is
// refused is left: it only makes the copy a little less meek.
void make_meek(pid_t pid) {
  write_small_file(proc_path(pid, "oom_score_adj"), "1000");
  setpriority(PRIO_PROCESS, static_cast<id_t>(pid), 10);
  constexpr int kProcess = 1;     // IOPRIO_WHO_PROCESS
  constexpr int kIdle = 3 << 13;  // IOPRIO_CLASS_IDLE
  ::syscall(SYS_ioprio_set, kProcess, pid, kIdle);
}

// A copy is born inside the C library's fork(), which has locks to give back (malloc's among them)
// before it returns to our code: only from there on may it be taken elsewhere.
Result<void> stop_in_our_code(Tracee& tracee, const Injector& target) {
  const std::uint64_t begin = target.code(0);
  const auto deadline = std::chrono::steady_clock::now() + kStopPatience;
  while (true) {
    if (auto stop = tracee.stop(kStopPatience); !stop) return stop;
    const auto registers = tracee.registers();
    if (!registers) return std::unexpected(registers.error());
    if (registers->rip - begin < machine_code().bytes.size()) return {};
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kIo, "the copy hangs in fork(); the process itself is unharmed",
                  "a handler that the program gave to pthread_atfork() waits for a thread");
    }
    if (auto on = tracee.resume(); !on) return on;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
}

}  // namespace

pid_t find_child(pid_t parent, std::int64_t inside) {
  const auto is_it = [&](pid_t pid) {
    const auto status = read_status(this_machine(), pid);
    return status && status->parent == parent && status->pid_inside == inside;
  };
  for (const pid_t thread : numbered_entries(this_machine(), proc_path(parent, "task"))) {
    const std::string text =
        read_proc(this_machine(), parent, fmt::format("task/{}/children", thread));
    for (std::size_t at = 0; at < text.size();) {
      const auto pid = static_cast<pid_t>(
          leading_number<std::uint64_t>(std::string_view(text).substr(at)).value_or(0));
      if (pid != 0 && is_it(pid)) return pid;
      at = std::min(text.find(' ', at), text.size()) + 1;
    }
  }
  // Kernels without that file.
  for (const pid_t pid : this_machine().processes()) {
    if (is_it(pid)) return pid;
  }
  return 0;
}

Copy::Copy(Tracee tracee, ProcessMemory memory, const Injector& target, std::int64_t inside,
           ThreadState state)
    : tracee_(tracee),
      memory_(std::move(memory)),
      state_(std::move(state)),
      inside_(inside),
      room_(target.page() + kRoomAt),
      call_at_(target.code(machine_code().copy_call)),
      syscall_at_(target.code(machine_code().copy_syscall)) {}

Copy::Copy(Copy&& other) noexcept
    : tracee_(other.tracee_),
      memory_(std::move(other.memory_)),
      state_(std::move(other.state_)),
      inside_(other.inside_),
      room_(other.room_),
      call_at_(other.call_at_),
      syscall_at_(other.syscall_at_),
      null_(other.null_),
      alive_(std::exchange(other.alive_, false)) {}

Result<Copy> Copy::adopt(const Injector& target, std::int64_t inside,
                         const std::optional<CopyGroups>& groups) {
  const pid_t pid = find_child(target.pid(), inside);
  if (pid == 0) return fail(ErrorCode::kNotFound, "the copy was gone before it could be adopted");
  auto tracee = Tracee::attach(pid, Tracee::Role::kCopy);
  if (!tracee) {
    ::kill(pid, SIGKILL);
    return std::unexpected(tracee.error());
  }
  // From here on it dies with us.
  make_meek(pid);
  if (groups) move_to(*groups, pid);
  if (auto stop = stop_in_our_code(*tracee, target); !stop) {
    ::kill(pid, SIGKILL);
    return std::unexpected(stop.error());
  }
  auto state = tracee->state();
  auto memory = ProcessMemory::open(pid);
  if (!state || !memory) {
    ::kill(pid, SIGKILL);
    return std::unexpected(state ? memory.error() : state.error());
  }
  return Copy(*tracee, std::move(*memory), target, inside, std::move(*state));
}

Copy::~Copy() { kill(); }

void Copy::kill() {
  if (!alive_ || tracee_.id() == 0) return;
  alive_ = false;
  ::kill(tracee_.id(), SIGKILL);
  int status = 0;
  while (waitpid(tracee_.id(), &status, __WALL) > 0 && !WIFEXITED(status) && !WIFSIGNALED(status)) {
  }
}

user_regs_struct Copy::call_registers(std::uint64_t function,
                                      std::span<const std::uint64_t> args) const {
  user_regs_struct r = state_.registers;
  std::uint64_t a[6] = {};
  std::ranges::copy(args, a);
  r.rsp = (r.rsp - 1024) & ~std::uint64_t{63};
  r.rip = call_at_;
  r.rax = function;
  r.orig_rax = UINT64_MAX;
  r.rdi = a[0];
  r.rsi = a[1];
  r.rdx = a[2];
  r.rcx = a[3];
  r.r10 = a[3];  // for a system call
  r.r8 = a[4];
  r.r9 = a[5];
  return r;
}

Result<std::uint64_t> Copy::call(std::uint64_t function,
                                 std::initializer_list<std::uint64_t> args) {
  return run_to_trap(call_registers(function, {args.begin(), args.size()}));
}

Result<std::int64_t> Copy::syscall(long number, std::initializer_list<std::uint64_t> args) {
  auto registers = call_registers(static_cast<std::uint64_t>(number), {args.begin(), args.size()});
  registers.rip = syscall_at_;
  const auto result = run_to_trap(registers);
  if (!result) return std::unexpected(result.error());
  return static_cast<std::int64_t>(*result);
}

Result<std::uint64_t> Copy::run_to_trap(const user_regs_struct& registers) {
  auto on = tracee_.set_signal_mask(kAllButFaults);
  if (on) on = tracee_.set_registers(registers);
  if (on) on = tracee_.resume();
  if (!on) return std::unexpected(on.error());
  const auto deadline = std::chrono::steady_clock::now() + kCallPatience;
  while (true) {
    const auto state = poll();
    if (!state) return std::unexpected(state.error());
    if (state->progress == Progress::kReturned) return state->result;
    if (state->progress == Progress::kCrashed) {
      return fail(ErrorCode::kIo,
                  fmt::format("the copy crashed (signal {}); the process itself is "
                              "unharmed",
                              state->number),
                  "try again");
    }
    if (state->progress == Progress::kExited) {
      return fail(ErrorCode::kIo,
                  fmt::format("the copy ended by itself ({}); the process itself is "
                              "unharmed",
                              state->number),
                  "try again");
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kIo, "the copy hangs; the process itself is unharmed", "try again");
    }
  }
}

Result<void> Copy::begin_call(std::uint64_t function, std::initializer_list<std::uint64_t> args,
                              bool with_signals) {
  auto on = tracee_.set_signal_mask(with_signals ? state_.signal_mask : kAllButFaults);
  if (on) on = tracee_.set_registers(call_registers(function, {args.begin(), args.size()}));
  if (on) on = tracee_.resume();
  return on;
}

Result<Copy::State> Copy::poll() {
  const auto event = tracee_.poll_event();
  if (!event) return std::unexpected(event.error());
  if (!*event) return State{};
  using Kind = TraceEvent::Kind;
  const int number = (*event)->number;
  switch ((*event)->kind) {
    case Kind::kExited:
    case Kind::kKilled:
      alive_ = false;
      return State{
          .progress = (*event)->kind == Kind::kExited ? Progress::kExited : Progress::kCrashed,
          .number = number};
    case Kind::kSignal: {
      const auto registers = tracee_.registers();
      if (!registers) return std::unexpected(registers.error());
      const bool trap =
          number == SIGTRAP && registers->rip - call_at_ <= syscall_at_ - call_at_ + 3;
      if (trap)
        return State{.progress = Progress::kReturned, .number = 0, .result = registers->rax};
      const bool fault = number == SIGSEGV || number == SIGBUS || number == SIGILL ||
                         number == SIGTRAP || number == SIGABRT || number == SIGFPE;
      if (fault) {
        return State{
            .progress = Progress::kCrashed, .number = number, .at_instruction = registers->rip};
      }
      if (auto on = tracee_.resume(number); !on) return std::unexpected(on.error());
      return State{};
    }
    case Kind::kInterrupted:
    case Kind::kGroupStop:
    case Kind::kSyscall:
      if (auto on = tracee_.resume(); !on) return std::unexpected(on.error());
      return State{};
  }
  return State{};
}

Result<std::uint64_t> Copy::put(std::size_t offset, std::span<const std::byte> bytes) {
  if (offset > kRoom || bytes.size() > kRoom - offset) {
    return fail(ErrorCode::kTooLarge, "too much data for the copy");
  }
  if (memory_.write(room_ + offset, bytes)) return room_ + offset;
  return fail(ErrorCode::kIo, "the copy has ended");
}

Result<std::uint64_t> Copy::put_text(std::size_t offset, std::string_view text) {
  const std::string ended(text);
  return put(offset, std::as_bytes(std::span(ended.c_str(), ended.size() + 1)));
}

Result<void> Copy::quieten() {
  const auto path = put_text(0, "/dev/null");
  if (!path) return std::unexpected(path.error());
  const auto null = syscall(SYS_openat, {static_cast<std::uint64_t>(AT_FDCWD), *path, O_RDWR});
  if (!null) return std::unexpected(null.error());
  if (*null < 0) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the process cannot open /dev/null: {}",
                            system_reason(static_cast<int>(-*null))),
                "its container has no /dev; mount one");
  }
  null_ = static_cast<int>(*null);
  for (const pid_t descriptor : numbered_entries(this_machine(), proc_path(pid(), "fd"))) {
    if (descriptor == null_) continue;
    const auto done = syscall(
        SYS_dup2, {static_cast<std::uint64_t>(null_), static_cast<std::uint64_t>(descriptor)});
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

Result<Copy::Pipe> Copy::open_pipe() {
  const std::int32_t none[2] = {-1, -1};
  const auto place = put(0, std::as_bytes(std::span(none)));
  if (!place) return std::unexpected(place.error());
  const auto made = syscall(SYS_pipe2, {*place, O_CLOEXEC});
  if (!made) return std::unexpected(made.error());
  std::int32_t ends[2] = {-1, -1};
  if (*made < 0 || !memory_.read(*place, std::as_writable_bytes(std::span(ends)))) {
    return fail(ErrorCode::kIo, fmt::format("the copy cannot make a pipe: {}",
                                            system_reason(static_cast<int>(-*made))));
  }
  Pipe pipe;
  pipe.writer = ends[1];
  pipe.reader = FileDescriptor(
      open(proc_path(pid(), fmt::format("fd/{}", ends[0])).c_str(), O_RDONLY | O_CLOEXEC));
  if (!pipe.reader.open()) {
    return fail(ErrorCode::kIo,
                fmt::format("cannot open the copy's pipe: {}", system_reason(errno)));
  }
  fcntl(pipe.reader.get(), F_SETPIPE_SZ, kPipeBytes);  // what we get is good enough
  // Its own reading end away, so that it learns when we are.
  const auto done =
      syscall(SYS_dup2, {static_cast<std::uint64_t>(null_), static_cast<std::uint64_t>(ends[0])});
  if (!done) return std::unexpected(done.error());
  return pipe;
}

Result<void> reap_copy(Injector& target, std::int64_t inside) {
  constexpr int kAttempts = 50;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Step wait_step =
        syscall_step(SYS_wait4, {static_cast<std::uint64_t>(inside), 0, WNOHANG | __WALL, 0});
    const auto done = target.run(std::span(&wait_step, 1), std::chrono::seconds(5));
    if (!done) return std::unexpected(done.error());
    const auto result = static_cast<std::int64_t>(done->steps.front().target);
    if (result == inside || result == -ECHILD) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return fail(ErrorCode::kIo,
              fmt::format("copy {} of process {} does not end", inside, target.pid()));
}

}  // namespace tidemark

#endif
