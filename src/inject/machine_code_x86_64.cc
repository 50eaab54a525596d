// The code that a target executes, for x86-64 Linux. See machine_code.h for the data it works on.
//
// It runs in two ways. As the body of what looks to the target like a signal handler (run_steps):
// the kernel's own sigreturn puts every register, the floating-point state and the signal mask back
// afterwards, without us. And as a function that Ruby or V8 calls at a safe point (ruby_job,
// node_wait).
// Registers need no saving in run_steps for that reason. Nothing here keeps state in itself.
#include <cstddef>

#include "inject/machine_code.h"

#if TIDEMARK_INJECTS

// The numbers in the code below.
using tidemark::Step;
using tidemark::StepBlock;
using tidemark::StepKind;
using tidemark::TargetPage;
static_assert(offsetof(Step, target) == 8 && offsetof(Step, args) == 16 && sizeof(Step) == 64);
static_assert(offsetof(StepBlock, context) == 0 && offsetof(StepBlock, page) == 8);
static_assert(offsetof(StepBlock, sequence) == 16 && offsetof(StepBlock, bytes) == 24);
static_assert(offsetof(StepBlock, errno_function) == 32 && sizeof(StepBlock) == 64);
static_assert(offsetof(TargetPage, sequence) == 8 && offsetof(TargetPage, armed) == 16);
static_assert(offsetof(TargetPage, job_done) == 20 && offsetof(TargetPage, copy_pid) == 24);
static_assert(offsetof(TargetPage, deadline_seconds) == 32);
static_assert(offsetof(TargetPage, fork_function) == 40);
static_assert(offsetof(TargetPage, errno_function) == 48 && offsetof(TargetPage, now) == 56);
static_assert(offsetof(TargetPage, before) == 72 && offsetof(TargetPage, after) == 88);
static_assert(offsetof(TargetPage, copies_begun) == 104 && offsetof(TargetPage, copies) == 112);
static_assert(tidemark::kCopiesKept == 8 && offsetof(TargetPage, results) == 744);
static_assert(static_cast<int>(StepKind::kEnd) == 0 && static_cast<int>(StepKind::kSyscall) == 1);
static_assert(static_cast<int>(StepKind::kCall) == 2);
static_assert(static_cast<int>(StepKind::kCallWithResult) == 3);
static_assert(static_cast<int>(StepKind::kCopy) == 4 && static_cast<int>(StepKind::kExpect) == 5);
static_assert(offsetof(TargetPage, job_calls) == 176 && tidemark::kJobCallsAt == 12'288);
static_assert(static_cast<int>(StepKind::kCallWithFirst) == 7);
static_assert(static_cast<int>(StepKind::kCallWithSecond) == 8);
static_assert(static_cast<int>(StepKind::kFork) == 6 && tidemark::kCopyWaitSeconds == 5);

asm(R"(
  .intel_syntax noprefix
  .pushsection .rodata.tidemark_code, "a", @progbits
  .balign 16

  # Takes up the work on the TargetPage in rbx, or jumps when another has or its time is over. Ruby up to
  # 3.2 may run a job twice, on any of its threads; whoever takes `armed` from 1 to 2 is the one.
  .macro take_up otherwise
  mov   eax, 1
  mov   ecx, 2
  lock cmpxchg [rbx + 16], ecx
  jne   \otherwise
  xor   edi, edi                # CLOCK_REALTIME
  lea   rsi, [rbx + 56]
  mov   eax, 228                # clock_gettime
  syscall
  mov   rax, [rbx + 56]
  cmp   rax, [rbx + 32]
  jg    \otherwise
  .endm

tidemark_code_begin:

  # run_steps(StepBlock* in rdi), on the target's stack, 16-byte aligned, below its red zone.
  # rbx block, r12 step, r13 result of the step before, r14 address of errno, r15 its old value
tidemark_code_run_steps:
  cld
  mov   rbx, rdi
  lea   r12, [rdi + 64]
  xor   r13d, r13d
  xor   r14d, r14d
  cmp   qword ptr [rbx + 32], 0
  je    .Lnext
  call  [rbx + 32]
  mov   r14, rax
  mov   r15d, [r14]
.Lnext:
  mov   eax, [r12]
  cmp   eax, 1
  je    .Lsyscall
  cmp   eax, 2
  je    .Lcall
  cmp   eax, 3
  je    .Lcall_with_result
  cmp   eax, 4
  je    .Lcopy
  cmp   eax, 5
  je    .Lexpect
  cmp   eax, 6
  je    .Lfork
  cmp   eax, 7
  je    .Lcall_with_first
  # The end, or a kind that does not exist: results to the page, then the word that says so.
  mov   rsi, rbx
  mov   rdi, [rbx + 8]
  add   rdi, 744
  mov   rcx, [rbx + 24]
  rep movsb
  mov   rax, [rbx + 8]
  mov   rcx, [rbx + 16]
  mov   [rax + 8], rcx
.Lreturn:
  test  r14, r14
  jz    1f
  mov   [r14], r15d
1:
  # sigreturn sets the alternate signal stack to what the frame says: that is, what it is now.
  mov   rbp, [rbx]
  xor   edi, edi
  lea   rsi, [rbp + 16]
  mov   eax, 131                # sigaltstack
  syscall
  mov   rsp, rbp
  mov   eax, 15                 # rt_sigreturn
  syscall
  ud2

.Lsyscall:
  mov   rdi, [r12 + 16]
  mov   rsi, [r12 + 24]
  mov   rdx, [r12 + 32]
  mov   r10, [r12 + 40]
  mov   r8, [r12 + 48]
  mov   r9, [r12 + 56]
  mov   rax, [r12 + 8]
  syscall
  jmp   .Lresult

.Lcall_with_result:
  cmp   r13d, -1
  je    .Lreturn
  mov   edi, r13d
  jmp   .Lrest_of_arguments
.Lcall_with_first:
  xor   eax, eax
  mov   rdi, r13
  test  r13, r13
  jz    .Lresult
  jmp   .Lrest_of_arguments
.Lcall:
  mov   rdi, [r12 + 16]
.Lrest_of_arguments:
  mov   rsi, [r12 + 24]
  mov   rdx, [r12 + 32]
  mov   rcx, [r12 + 40]
  mov   r8, [r12 + 48]
  mov   r9, [r12 + 56]
  xor   eax, eax
  call  [r12 + 8]
.Lresult:
  mov   r13, rax
  mov   [r12 + 8], rax
.Ldone:
  add   r12, 64
  jmp   .Lnext

.Lcopy:
  mov   rdi, [r12 + 8]
  mov   rsi, [r12 + 16]
  mov   rcx, [r12 + 24]
  rep movsb
  jmp   .Ldone

.Lexpect:
  cmp   r13, [r12 + 8]
  jne   .Lreturn
  jmp   .Ldone

.Lfork:
  xor   eax, eax
  call  [r12 + 8]
  test  eax, eax
  jz    .Lin_the_copy
  movsxd rax, eax
  js    1f
  mov   rcx, [rbx + 8]
  mov   rdx, [rcx + 104]
  and   edx, 7
  mov   [rcx + rdx * 8 + 112], rax
  inc   qword ptr [rcx + 104]
  jmp   .Lresult
1:
  test  r14, r14
  jz    .Lresult
  movsxd rax, dword ptr [r14]
  neg   rax
  jmp   .Lresult

  # The copy sleeps in short naps until we attach to it and take it elsewhere.
.Lin_the_copy:
  and   rsp, -16
  mov   ebx, 500
  push  10000000                # 10 ms
  push  0
1:
  mov   rdi, rsp
  xor   esi, esi
  mov   eax, 35                 # nanosleep
  syscall
  dec   ebx
  jnz   1b
  xor   edi, edi
  mov   eax, 231                # exit_group
  syscall
  ud2

  # ruby_job(TargetPage* in rdi): forks or calls, once, if it is still wanted.
  .balign 16
tidemark_code_ruby_job:
  push  rbx
  push  r12
  push  r13
  mov   rbx, rdi
  take_up .Ljob_out
  mov   edi, 1                  # CLOCK_MONOTONIC
  lea   rsi, [rbx + 72]
  mov   eax, 228
  syscall
  mov   r13, [rbx + 176]
  test  r13, r13
  jnz   .Ljob_calls
  xor   eax, eax
  call  [rbx + 40]
  test  eax, eax
  jz    .Lin_the_copy
  movsxd r12, eax
  js    1f
  mov   rdx, [rbx + 104]
  and   edx, 7
  mov   [rbx + rdx * 8 + 112], r12
  inc   qword ptr [rbx + 104]
  jmp   2f
1:
  call  [rbx + 48]
  movsxd r12, dword ptr [rax]
  neg   r12
2:
  mov   edi, 1
  lea   rsi, [rbx + 88]
  mov   eax, 228
  syscall
  mov   [rbx + 24], r12
  mov   dword ptr [rbx + 20], 1
.Ljob_out:
  pop   r13
  pop   r12
  pop   rbx
  ret

  # r13 calls, with steps as above, of the kinds 2, 7 and 8.
.Ljob_calls:
  lea   r12, [rbx + 12288]
  xor   eax, eax
1:
  mov   rdi, [r12 + 16]
  mov   rsi, [r12 + 24]
  mov   rdx, [r12 + 32]
  mov   ecx, [r12]
  cmp   ecx, 7
  cmove rdi, rax
  cmp   ecx, 8
  cmove rsi, rax
  xor   eax, eax
  call  [r12 + 8]
  mov   [r12 + 8], rax
  add   r12, 64
  dec   r13
  jnz   1b
  xor   r12d, r12d
  jmp   2b

  # node_wait(isolate, TargetPage* in rsi): if it is still wanted, stands here until job_done.
  .balign 16
tidemark_code_node_wait:
  push  rbx
  push  r12
  sub   rsp, 24
  mov   rbx, rsi
  take_up .Lnode_out
  mov   r12d, 2000
1:
  cmp   dword ptr [rbx + 20], 0
  jne   .Lnode_out
  mov   qword ptr [rsp], 0
  mov   qword ptr [rsp + 8], 500000
  mov   rdi, rsp
  xor   esi, esi
  mov   eax, 35                 # nanosleep
  syscall
  dec   r12d
  jnz   1b
.Lnode_out:
  add   rsp, 24
  pop   r12
  pop   rbx
  ret
tidemark_code_node_wait_end:

  # For the copy only: it is traced, so a trap comes to us.
  .balign 16
tidemark_code_copy_call:
  call  rax
  int3
  .balign 16
tidemark_code_copy_syscall:
  syscall
  int3

  # A v8::OutputStream {table, descriptor}: what the heap serializer calls, in the copy.
  .balign 16
tidemark_code_stream_nothing:   # destructors, EndOfStream, WriteHeapStatsChunk
  xor   eax, eax
  ret
  .balign 16
tidemark_code_stream_chunk_bytes:
  mov   eax, 65536
  ret
  .balign 16
tidemark_code_stream_write:     # (this, data, int bytes): 0 go on, 1 give up
  mov   r8, rsi
  movsxd r9, edx
  mov   r10, rdi
1:
  test  r9, r9
  jle   2f
  mov   edi, [r10 + 8]
  mov   rsi, r8
  mov   rdx, r9
  mov   eax, 1                  # write
  syscall
  cmp   rax, -4                 # EINTR
  je    1b
  test  rax, rax
  js    3f
  add   r8, rax
  sub   r9, rax
  jmp   1b
2:
  xor   eax, eax
  ret
3:
  mov   eax, 1
  ret
tidemark_code_end:
  .purgem take_up
  .popsection
  .att_syntax prefix
)");

// NOLINTBEGIN(readability-identifier-naming): labels of the assembler
extern "C" {
extern const std::byte tidemark_code_begin[];
extern const std::byte tidemark_code_run_steps[];
extern const std::byte tidemark_code_ruby_job[];
extern const std::byte tidemark_code_node_wait[];
extern const std::byte tidemark_code_node_wait_end[];
extern const std::byte tidemark_code_copy_call[];
extern const std::byte tidemark_code_copy_syscall[];
extern const std::byte tidemark_code_stream_nothing[];
extern const std::byte tidemark_code_stream_chunk_bytes[];
extern const std::byte tidemark_code_stream_write[];
extern const std::byte tidemark_code_end[];
}
// NOLINTEND(readability-identifier-naming)

namespace tidemark {

MachineCode machine_code() {
  const std::byte* const begin = tidemark_code_begin;
  const auto at = [&](const std::byte* label) { return static_cast<std::size_t>(label - begin); };
  return {.bytes = {begin, at(tidemark_code_end)},
          .run_steps = at(tidemark_code_run_steps),
          .ruby_job = at(tidemark_code_ruby_job),
          .node_wait = at(tidemark_code_node_wait),
          .node_wait_end = at(tidemark_code_node_wait_end),
          .copy_call = at(tidemark_code_copy_call),
          .copy_syscall = at(tidemark_code_copy_syscall),
          .stream_nothing = at(tidemark_code_stream_nothing),
          .stream_chunk_bytes = at(tidemark_code_stream_chunk_bytes),
          .stream_write = at(tidemark_code_stream_write)};
}

}  // namespace tidemark

#else

namespace tidemark {

MachineCode machine_code() { return {}; }

}  // namespace tidemark

#endif
