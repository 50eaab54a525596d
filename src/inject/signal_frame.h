// A signal frame of our own making: the kernel's rt_sigreturn takes a thread back to exactly where
// it was stopped, registers, floating-point state and signal mask, without any help from us. So
// from the moment the registers are set, the target needs us no more, and our death does not
// matter.
//
// Pure data to data, so that it is tested without a process.
#pragma once

#include <sys/user.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "inject/machine_code.h"

namespace tidemark {

// What a stopped thread was doing.
struct ThreadState {
  user_regs_struct registers{};
  std::vector<std::byte> extended;  // NT_X86_XSTATE: floating point and vectors
  std::uint64_t signal_mask = 0;
  // Stopped at the entrance of a system call that was not made yet (PTRACE_SYSCALL), not inside it.
  bool before_syscall = false;
};

// Registers with an interrupted system call undone, as the kernel does it before it runs a handler:
// the call is made again afterwards, or, when it says so, ends with EINTR.
user_regs_struct resumed_registers(const ThreadState& state);

// Bytes to write at `address`, and the registers to set. The block of steps is part of it.
struct SignalFrame {
  std::uint64_t address = 0;
  std::vector<std::byte> bytes;
  user_regs_struct registers{};
};

// `entry`: address of run_steps in the target. `block.context` and `block.bytes` are filled in.
// Errors: kUnsupported when the extended state is of a shape that the kernel would not take back.
Result<SignalFrame> build_frame(const ThreadState& state, StepBlock block,
                                std::span<const Step> steps, std::uint64_t entry);

// Size of the extended state in a signal frame: that of all features but the dynamic ones (AMX
// tiles), which a process has to ask for. For a regset of `bytes` with features `mask`.
std::size_t frame_state_bytes(std::size_t bytes, std::uint64_t mask);

}  // namespace tidemark
