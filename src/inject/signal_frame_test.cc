#include "inject/signal_frame.h"

#include <gtest/gtest.h>
#include <ucontext.h>

#include <cstring>

#if TIDEMARK_INJECTS

namespace tidemark {
namespace {

// A thread that was stopped inside a system call, which answered `result` so far.
ThreadState stopped_in_call(std::int64_t result) {
  ThreadState state;
  state.registers.rip = 0x1002;
  state.registers.rsp = 0x7ffc'0000'1234;
  state.registers.orig_rax = 202;
  state.registers.rax = static_cast<std::uint64_t>(result);
  state.extended.resize(2696);
  const std::uint64_t features = 7;
  std::memcpy(state.extended.data() + 464, &features, sizeof features);
  state.signal_mask = 0xabcd;
  return state;
}

TEST(SignalFrame, AnInterruptedCallIsMadeAgain) {
  for (const std::int64_t restart : {-512, -513, -514}) {
    const auto registers = resumed_registers(stopped_in_call(restart));
    EXPECT_EQ(registers.rip, 0x1000U) << restart;
    EXPECT_EQ(registers.rax, 202U) << restart;
  }
}

TEST(SignalFrame, ACallWithStateInTheKernelEndsWithEintr) {
  const auto registers = resumed_registers(stopped_in_call(-516));
  EXPECT_EQ(registers.rip, 0x1002U);
  EXPECT_EQ(static_cast<std::int64_t>(registers.rax), -4);
}

TEST(SignalFrame, AFinishedCallAndPlainCodeAreLeftAsTheyAre) {
  EXPECT_EQ(resumed_registers(stopped_in_call(17)).rip, 0x1002U);
  EXPECT_EQ(resumed_registers(stopped_in_call(17)).rax, 17U);
  EXPECT_EQ(static_cast<std::int64_t>(resumed_registers(stopped_in_call(-4)).rax), -4);
  ThreadState running = stopped_in_call(-512);  // a number that only looks like an answer
  running.registers.orig_rax = UINT64_MAX;
  EXPECT_EQ(resumed_registers(running).rip, 0x1002U);
}

TEST(SignalFrame, ACallThatWasNotMadeYetIsMadeAfterwards) {
  ThreadState state = stopped_in_call(-38);
  state.before_syscall = true;
  EXPECT_EQ(resumed_registers(state).rip, 0x1000U);
  EXPECT_EQ(resumed_registers(state).rax, 202U);
}

TEST(SignalFrame, LiesBelowTheRedZoneAlignedWithAllItsParts) {
  for (std::uint64_t rsp = 0x7ffc'0000'1000; rsp < 0x7ffc'0000'1040; ++rsp) {
    ThreadState state = stopped_in_call(-512);
    state.registers.rsp = rsp;
    const Step steps[3] = {
        {.kind = StepKind::kSyscall, .target = 39}, {.kind = StepKind::kCall}, {}};
    const auto frame = build_frame(state, {.page = 0x5000, .sequence = 9}, steps, 0x7777);
    ASSERT_TRUE(frame);
    EXPECT_LE(frame->address + frame->bytes.size(), rsp - 128);
    EXPECT_EQ(frame->registers.rsp, frame->address);
    EXPECT_EQ(frame->registers.rsp % 16, 0U);
    EXPECT_EQ(frame->registers.rdi, frame->address);
    EXPECT_EQ(frame->registers.rip, 0x7777U);
    EXPECT_EQ(frame->registers.orig_rax, UINT64_MAX);

    StepBlock block;
    std::memcpy(&block, frame->bytes.data(), sizeof block);
    EXPECT_EQ(block.page, 0x5000U);
    EXPECT_EQ(block.sequence, 9U);
    EXPECT_EQ(block.bytes, sizeof(StepBlock) + sizeof steps);
    EXPECT_EQ(block.context % 16, 0U);
    const std::byte* const context_at = frame->bytes.data() + (block.context - frame->address);
    ucontext_t context{};
    std::memcpy(&context, context_at, offsetof(ucontext_t, uc_sigmask) + 8);
    EXPECT_EQ(context.uc_flags, 7U);
    EXPECT_EQ(static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RIP]), 0x1000U);
    EXPECT_EQ(static_cast<std::uint64_t>(context.uc_mcontext.gregs[REG_RSP]), rsp);
    std::uint64_t mask = 0;
    std::memcpy(&mask, &context.uc_sigmask, sizeof mask);
    EXPECT_EQ(mask, 0xabcdU);
    const auto state_at = reinterpret_cast<std::uint64_t>(context.uc_mcontext.fpregs);
    EXPECT_EQ(state_at % 64, 0U);
    std::uint32_t magic = 0;
    std::memcpy(&magic, frame->bytes.data() + (state_at - frame->address) + 464, sizeof magic);
    EXPECT_EQ(magic, 0x46505853U);
  }
}

TEST(SignalFrame, AProcessorWithoutXsaveIsRefused) {
  ThreadState state = stopped_in_call(0);
  state.extended.resize(512);
  EXPECT_FALSE(build_frame(state, {}, {}, 0));
}

TEST(SignalFrame, StateOfTilesIsLeftOutUnlessItIsInUse) {
  constexpr std::uint64_t kTiles = std::uint64_t{3} << 17;
  // Features that this processor does not have take no room; legacy state and header always do.
  EXPECT_EQ(frame_state_bytes(11'008, std::uint64_t{1} << 18), 576U);
  EXPECT_LE(frame_state_bytes(11'008, 7 | kTiles), 11'008U);
  EXPECT_GE(frame_state_bytes(2696, 7), 576U);
}

}  // namespace
}  // namespace tidemark

#endif
