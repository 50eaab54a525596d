#include "inject/signal_frame.h"

#if TIDEMARK_INJECTS

#include <cpuid.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>

namespace tidemark {
namespace {

constexpr std::size_t kRedZone = 128;  // below the stack pointer, in use by the ABI
constexpr std::size_t kSoftwareBytesAt = 464;
constexpr std::size_t kHeaderAt = 512;  // XSTATE_BV comes first
constexpr std::size_t kLegacyBytes = 512 + 64;
constexpr std::uint32_t kMagic1 = 0x46505853;  // FP_XSTATE_MAGIC1
constexpr std::uint32_t kMagic2 = 0x46505845;
constexpr unsigned kTileData = 18;  // the one dynamic feature

// A kernel's answer that means "make this call again", and the one that means it cannot be.
constexpr std::int64_t kRestartSys = -512;
constexpr std::int64_t kRestartNoIntr = -513;
constexpr std::int64_t kRestartNoHand = -514;
constexpr std::int64_t kRestartBlock = -516;
constexpr std::int64_t kInterrupted = -4;

// struct _fpx_sw_bytes of the kernel.
struct SoftwareBytes {
  std::uint32_t magic1;
  std::uint32_t extended_size;
  std::uint64_t features;
  std::uint32_t state_size;
  std::uint32_t padding[7];
};
static_assert(sizeof(SoftwareBytes) == 48);

template <class T>
T load(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::uint64_t align_down(std::uint64_t address, std::uint64_t to) { return address / to * to; }

void fill_registers(const user_regs_struct& from, ucontext_t& context) {
  greg_t* const to = context.uc_mcontext.gregs;
  const auto set = [&](int index, std::uint64_t value) { to[index] = static_cast<greg_t>(value); };
  set(REG_R8, from.r8);
  set(REG_R9, from.r9);
  set(REG_R10, from.r10);
  set(REG_R11, from.r11);
  set(REG_R12, from.r12);
  set(REG_R13, from.r13);
  set(REG_R14, from.r14);
  set(REG_R15, from.r15);
  set(REG_RDI, from.rdi);
  set(REG_RSI, from.rsi);
  set(REG_RBP, from.rbp);
  set(REG_RBX, from.rbx);
  set(REG_RDX, from.rdx);
  set(REG_RAX, from.rax);
  set(REG_RCX, from.rcx);
  set(REG_RSP, from.rsp);
  set(REG_RIP, from.rip);
  set(REG_EFL, from.eflags);
  set(REG_CSGSFS, (from.cs & 0xffffU) | (from.gs & 0xffffU) << 16 | (from.fs & 0xffffU) << 32 |
                      (from.ss & 0xffffU) << 48);
}

}  // namespace

user_regs_struct resumed_registers(const ThreadState& state) {
  user_regs_struct out = state.registers;
  constexpr std::uint64_t kSyscallBytes = 2;
  if (state.before_syscall) {
    out.rip -= kSyscallBytes;
    out.rax = out.orig_rax;
    return out;
  }
  if (static_cast<std::int64_t>(out.orig_rax) < 0) return out;  // not in a system call
  const auto result = static_cast<std::int64_t>(out.rax);
  if (result == kRestartSys || result == kRestartNoIntr || result == kRestartNoHand) {
    out.rip -= kSyscallBytes;
    out.rax = out.orig_rax;
  } else if (result == kRestartBlock) {
    // It would be continued by a call of the kernel's own, whose state a handler's system calls
    // replace. Any handler ends it like this; every caller has to expect it.
    out.rax = static_cast<std::uint64_t>(kInterrupted);
  }
  return out;
}

std::size_t frame_state_bytes(std::size_t bytes, std::uint64_t mask) {
  std::size_t needed = kLegacyBytes;
  for (unsigned feature = 2; feature < 63; ++feature) {
    if ((mask >> feature & 1U) == 0 || feature == kTileData) continue;
    unsigned size = 0;
    unsigned offset = 0;
    unsigned flags = 0;
    unsigned unused = 0;
    if (__get_cpuid_count(0xd, feature, &size, &offset, &flags, &unused) == 0) continue;
    if ((flags & 1U) != 0) continue;  // a supervisor's feature: not in this layout
    needed = std::max<std::size_t>(needed, std::size_t{size} + offset);
  }
  return std::min(needed, bytes);
}

Result<SignalFrame> build_frame(const ThreadState& state, StepBlock block,
                                std::span<const Step> steps, std::uint64_t entry) {
  const std::span<const std::byte> extended = state.extended;
  if (extended.size() < kLegacyBytes) {
    return fail(ErrorCode::kUnsupported, "this processor has no XSAVE state to preserve",
                "tidemark needs a 64-bit processor of 2008 or later");
  }
  const auto mask = load<std::uint64_t>(extended, kSoftwareBytesAt);
  const auto in_use = load<std::uint64_t>(extended, kHeaderAt);
  const bool tiles = (in_use >> kTileData & 1U) != 0;
  const std::size_t state_bytes =
      tiles ? extended.size() : frame_state_bytes(extended.size(), mask);
  const std::uint64_t features = tiles ? mask : mask & ~(std::uint64_t{1} << kTileData);

  const std::uint64_t top = state.registers.rsp - kRedZone;
  const std::uint64_t state_at = align_down(top - state_bytes - sizeof kMagic2, 64);
  const std::uint64_t context_at = align_down(state_at - sizeof(ucontext_t), 64);
  block.bytes = sizeof(StepBlock) + steps.size_bytes();
  block.context = context_at;
  const std::uint64_t block_at = align_down(context_at - block.bytes, 64);

  SignalFrame frame;
  frame.address = block_at;
  frame.bytes.resize(state_at + state_bytes + sizeof kMagic2 - block_at);
  const auto put = [&](std::uint64_t address, const void* from, std::size_t count) {
    std::memcpy(frame.bytes.data() + (address - block_at), from, count);
  };
  put(block_at, &block, sizeof block);
  put(block_at + sizeof block, steps.data(), steps.size_bytes());

  ucontext_t context{};
  context.uc_flags = 7;  // extended state is there; the stack segment is saved, and restored
  fill_registers(resumed_registers(state), context);
  const std::uint64_t state_pointer = state_at;
  std::memcpy(static_cast<void*>(&context.uc_mcontext.fpregs), &state_pointer,
              sizeof state_pointer);
  std::memcpy(&context.uc_sigmask, &state.signal_mask, sizeof state.signal_mask);
  put(context_at, &context, offsetof(ucontext_t, uc_sigmask) + sizeof state.signal_mask);

  put(state_at, extended.data(), state_bytes);
  const SoftwareBytes software{.magic1 = kMagic1,
                               .extended_size = static_cast<std::uint32_t>(state_bytes + 4),
                               .features = features,
                               .state_size = static_cast<std::uint32_t>(state_bytes),
                               .padding = {}};
  put(state_at + kSoftwareBytesAt, &software, sizeof software);
  put(state_at + state_bytes, &kMagic2, sizeof kMagic2);

  frame.registers = state.registers;
  frame.registers.rip = entry;
  frame.registers.rdi = block_at;
  frame.registers.rsp = block_at;
  frame.registers.orig_rax = UINT64_MAX;  // or the kernel would undo a system call a second time
  frame.registers.eflags &= ~std::uint64_t{0x400};  // direction flag
  return frame;
}

}  // namespace tidemark

#endif
