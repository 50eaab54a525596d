// The code that runs inside a target: what it is, and the shape of the data it works on.
//
// Everything that tidemark ever makes a live process execute is in machine_code_x86_64.cc, some
// hundred instructions in all, written by hand so that they can be read and judged. None of it
// depends on where it lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Whether this build can inject at all: there is code for x86-64 so far. Elsewhere
// Injector::prepare() refuses, and the rest is never reached.
#if defined(__x86_64__) && !defined(TIDEMARK_NO_INJECTION)
#define TIDEMARK_INJECTS 1
#else
#define TIDEMARK_INJECTS 0
#endif

namespace tidemark {

// A list of steps that one injection carries out, in order. Each replaces `target` by its result.
enum class StepKind : std::uint64_t {
  kEnd = 0,      // copy the steps with their results to the page and say that they are done
  kSyscall = 1,  // target: number
  kCall = 2,     // target: function
  // A call whose first argument is the result of the step before, as 32 bits; left out, and all
  // that follows with it, when that is 0xffffffff (how Ruby says that its table is full).
  kCallWithResult = 3,
  kCopy = 4,  // args[0]: from, args[1]: bytes; target: to
  // Go on only when the result of the step before is `target`; else return at once.
  kExpect = 5,
  // target: the C library's fork(). The parent goes on; the copy waits for us, at most
  // kCopyWaitSeconds, and then ends without having run anything of the program. A refusal's result
  // is -errno. The page must be mapped.
  kFork = 6,
  // A call that is given the result of the step before, whole, as its first or second argument.
  // In an injection it is left out when that is zero, and its own result is zero.
  kCallWithFirst = 7,
  kCallWithSecond = 8,
};

struct Step {
  StepKind kind = StepKind::kEnd;
  std::uint64_t target = 0;
  std::uint64_t args[6] = {};
};
static_assert(sizeof(Step) == 64);

// What an injection's code is given, on the target's stack; the steps follow it.
struct StepBlock {
  std::uint64_t context = 0;         // address of the ucontext to return through
  std::uint64_t page = 0;            // address of the TargetPage
  std::uint64_t sequence = 0;        // written to TargetPage::sequence at the end
  std::uint64_t bytes = 0;           // of block and steps together
  std::uint64_t errno_function = 0;  // __errno_location, so that errno is left as it was
  std::uint64_t unused[3] = {};
};
static_assert(sizeof(StepBlock) == 64);

inline constexpr std::size_t kMostSteps = 160;
inline constexpr int kCopyWaitSeconds = 5;

inline constexpr std::size_t kCopiesKept = 8;

// Our data in the target: four pages that stay, since Ruby may keep pointers to them for ever.
// The tool reads and writes it from outside; the order of the members is known to the code.
struct TargetPage {
  std::uint64_t magic = 0;
  std::uint64_t sequence = 0;  // of the last injection that ran to its end
  // The job that Ruby runs at its next safe point: 1 armed, 2 begun, 0 not wanted.
  std::uint32_t armed = 0;
  std::uint32_t job_done = 0;
  std::int64_t copy_pid = 0;  // as the target numbers it; -errno when it could not be forked
  std::int64_t deadline_seconds = 0;  // CLOCK_REALTIME: the job does nothing later than this
  std::uint64_t fork_function = 0;
  std::uint64_t errno_function = 0;
  std::int64_t now[2] = {};     // CLOCK_REALTIME when the job ran
  std::int64_t before[2] = {};  // CLOCK_MONOTONIC around the fork
  std::int64_t after[2] = {};
  // The last copies that were forked, for whoever has to collect what a killed capture left.
  std::uint64_t copies_begun = 0;
  std::int64_t copies[kCopiesKept] = {};  // as the target numbers them; 0: collected
  // What the job does: 0 fork; else so many calls, whose steps lie at kJobCallsAt.
  std::uint64_t job_calls = 0;
  std::uint64_t reserved[6] = {};
  std::uint64_t scratch[64] = {};  // for system calls that answer into memory
  // Then the StepBlock and the steps of the last injection, with their results.
  std::uint64_t results = 0;
};
inline constexpr std::uint64_t kTargetPageMagic = 0x314b52414d444954;  // "TIDMARK1"
inline constexpr std::size_t kTargetPageBytes = 16'384;
// Further parts of the page: what calls read and write, and the steps of the job.
inline constexpr std::size_t kJobTextAt = 8192;
inline constexpr std::size_t kJobCallsAt = 12'288;
inline constexpr std::size_t kMostJobCalls = (kTargetPageBytes - kJobCallsAt) / sizeof(Step);

// All code, and where in it the parts begin.
struct MachineCode {
  std::span<const std::byte> bytes;
  std::size_t run_steps = 0;  // entry of an injection; rdi: the StepBlock
  std::size_t ruby_job = 0;   // void job(TargetPage*), called by Ruby at a safe point
  // void wait(v8::Isolate*, TargetPage*), called by V8 at a safe point: waits until job_done is
  // set, at most a second or so.
  std::size_t node_wait = 0;
  std::size_t node_wait_end = 0;
  std::size_t copy_call = 0;     // calls rax and traps; for the copy, which we trace
  std::size_t copy_syscall = 0;  // makes a system call and traps; likewise
  std::size_t stream_nothing = 0;
  std::size_t stream_chunk_bytes = 0;
  std::size_t stream_write = 0;
};

// The code for the machine this program runs on; empty bytes where there is none.
MachineCode machine_code();

}  // namespace tidemark
