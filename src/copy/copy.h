// The forked copy of a target: ours to use up. It is traced, dies with us, and is made harmless
// before it does anything: first in line for the OOM killer, lowest priority, and every descriptor
// of the app (its connections, its log files) replaced by /dev/null.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "copy/copy_groups.h"
#include "inject/injector.h"
#include "inject/process_memory.h"
#include "inject/tracee.h"

namespace tidemark {

// All calls from the thread that adopted it. Killed and waited for when it goes out of scope; its
// real parent, the target, is left with a zombie then, see reap_copy().
class Copy {
 public:
  // `inside`: its pid as the target numbers it. `groups`: where it is to count, if not where the
  // target does. Errors: kNotFound when it is gone, kIo.
  static Result<Copy> adopt(const Injector& target, std::int64_t inside,
                            const std::optional<CopyGroups>& groups);
  Copy(Copy&& other) noexcept;
  Copy& operator=(Copy&&) = delete;
  ~Copy();

  [[nodiscard]] pid_t pid() const { return tracee_.id(); }
  [[nodiscard]] std::int64_t pid_inside() const { return inside_; }

  // Makes it harmless. Errors: kIo, kUnsupported when it has no /dev/null.
  Result<void> quieten();
  struct Pipe {
    FileDescriptor reader;  // here
    int writer = -1;        // there
  };
  Result<Pipe> open_pipe();

  // Runs in it, and waits. Errors: kIo when it crashes or does not return.
  Result<std::uint64_t> call(std::uint64_t function,
                             std::initializer_list<std::uint64_t> args = {});
  Result<std::int64_t> syscall(long number, std::initializer_list<std::uint64_t> args = {});
  // Begins a long call; what becomes of it comes from poll(). With the app's own signal mask.
  Result<void> begin_call(std::uint64_t function, std::initializer_list<std::uint64_t> args,
                          bool with_signals);
  enum class Progress : std::uint8_t { kRunning, kReturned, kExited, kCrashed };
  struct State {
    Progress progress = Progress::kRunning;
    int number = 0;                    // exit code or signal
    std::uint64_t result = 0;          // of the call that returned
    std::uint64_t at_instruction = 0;  // of a crash
  };
  Result<State> poll();

  // Memory of its own for our data: the TargetPage, which is its private copy by now.
  static constexpr std::size_t kRoom = 12'000;
  Result<std::uint64_t> put(std::size_t offset, std::span<const std::byte> bytes);
  Result<std::uint64_t> put_text(std::size_t offset, std::string_view text);  // and a zero
  [[nodiscard]] const ProcessMemory& memory() const { return memory_; }

  void kill();

 private:
  Copy(Tracee tracee, ProcessMemory memory, const Injector& target, std::int64_t inside,
       ThreadState state);
  Result<std::uint64_t> run_to_trap(const user_regs_struct& registers);
  [[nodiscard]] user_regs_struct call_registers(std::uint64_t function,
                                                std::span<const std::uint64_t> args) const;

  Tracee tracee_;
  ProcessMemory memory_;
  ThreadState state_;  // as it was adopted
  std::int64_t inside_;
  std::uint64_t room_;
  std::uint64_t call_at_;
  std::uint64_t syscall_at_;
  int null_ = -1;  // its descriptor of /dev/null
  bool alive_ = true;
};

// Has the target collect the zombie of a copy that has ended, so that nothing of it is left.
// Errors: kIo when the target is gone or busy; a later capture of it tries again.
Result<void> reap_copy(Injector& target, std::int64_t inside);

// The child of `parent` that numbers itself `inside`; 0 when there is none.
pid_t find_child(pid_t parent, std::int64_t inside);

}  // namespace tidemark
