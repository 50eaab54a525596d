#include "inject/injector.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <thread>

#include "host/process.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kStopPatience{2000};
constexpr std::size_t kResultsAt = offsetof(TargetPage, results);

std::uint64_t new_sequence() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random() | 1U;
}

Step with_arguments(Step step, std::initializer_list<std::uint64_t> args) {
  std::ranges::copy(args, step.args);
  return step;
}

}  // namespace

Step syscall_step(long number, std::initializer_list<std::uint64_t> args) {
  return with_arguments({.kind = StepKind::kSyscall, .target = static_cast<std::uint64_t>(number)},
                        args);
}

Step call_step(std::uint64_t function, std::initializer_list<std::uint64_t> args) {
  return with_arguments({.kind = StepKind::kCall, .target = function}, args);
}

Result<Injector> Injector::prepare(pid_t pid, const Module& libc) {
  if (machine_code().bytes.empty()) {
    return fail(ErrorCode::kUnsupported, "a forked copy is taken on x86-64 processors only so far",
                "for Node.js use --method inspector");
  }
  const auto status = read_status(this_machine(), pid);
  if (!status) return std::unexpected(status.error());
  if (status->shadow_stack) {
    return fail(ErrorCode::kUnsupported,
                "the process runs with a shadow stack (Intel CET), which our code would trip over",
                "start it with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off");
  }
  const auto maps = read_maps(this_machine(), pid);
  if (!maps) return std::unexpected(maps.error());
  auto memory = ProcessMemory::open(pid);
  if (!memory) return std::unexpected(memory.error());
  const auto site = find_code_site(pid, *maps, *memory);
  if (!site) return std::unexpected(site.error());
  return Injector(pid, std::move(*memory), *site, libc.find("__errno_location"));
}

Result<TargetPage> Injector::read_page() const {
  TargetPage page;
  if (memory_.read(site_.page, page)) return page;
  return fail(ErrorCode::kIo, fmt::format("process {} has ended", pid_));
}

Result<Injected> Injector::run(std::span<const Step> steps, std::chrono::milliseconds patience) {
  const std::vector<Step> copy(steps.begin(), steps.end());
  return run({.ready = [](Tracee&, ThreadState&) -> Result<bool> { return true; },
              .steps = [&]() -> Result<std::vector<Step>> { return copy; },
              .patience = patience});
}

Result<Injected> Injector::run(const Moment& moment) {
  const std::uint64_t sequence = new_sequence();
  const auto stopped = start(moment, sequence);
  if (!stopped) return std::unexpected(stopped.error());
  auto steps = wait(sequence, moment.patience);
  if (!steps) return std::unexpected(steps.error());
  return Injected{.stopped = *stopped, .steps = std::move(*steps)};
}

Result<std::chrono::nanoseconds> Injector::start(const Moment& moment, std::uint64_t sequence) {
  // In a thread of its own: when it ends, on whatever path, the kernel lets go of the target.
  Result<std::chrono::nanoseconds> stopped;
  std::jthread([&] {
    // While the target stands we are what it waits for: not behind others, where we may say so.
    constexpr int kAhead = -15;
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kAhead);
    const auto deadline = Clock::now() + moment.patience;
    std::chrono::nanoseconds longest{};
    while (true) {
      auto target =
          Tracee::attach(moment.thread != 0 ? moment.thread : pid_, Tracee::Role::kTarget);
      if (!target) {
        stopped = std::unexpected(target.error());
        return;
      }
      if (auto stop = target->stop(kStopPatience); !stop) {
        stopped = std::unexpected(stop.error());
        return;
      }
      const auto started = try_start(*target, moment, sequence);
      target->detach();
      if (!started) {
        stopped = std::unexpected(started.error());
        return;
      }
      longest = std::max<std::chrono::nanoseconds>(longest, Clock::now() - target->stopped_since());
      stopped = longest;
      if (*started) return;
      if (Clock::now() >= deadline) {
        stopped = fail(ErrorCode::kIo,
                       fmt::format("process {} is too busy: no good moment came in {} s", pid_,
                                   moment.patience.count() / 1000),
                       "try again when it has less to do");
        return;
      }
      std::this_thread::sleep_for(moment.pause);
    }
  }).join();
  return stopped;
}

// With the thread stopped. Nothing that is written here matters until the registers are set.
Result<bool> Injector::try_start(Tracee& target, const Moment& moment, std::uint64_t sequence) {
  auto state = target.state();
  if (!state) return std::unexpected(state.error());
  const auto ready = moment.ready(target, *state);
  if (!ready || !*ready) return ready;
  if (target.in_restartable_sequence(state->registers.rip)) return false;
  auto steps = moment.steps();
  if (!steps) return std::unexpected(steps.error());
  steps->push_back({.kind = StepKind::kEnd});
  if (steps->size() > kMostSteps)
    return fail(ErrorCode::kTooLarge, "too many steps for one injection");
  if (!site_.written) {
    if (auto done = write_code(site_, memory_); !done) return std::unexpected(done.error());
  }
  const auto frame = build_frame(*state,
                                 {.context = 0,
                                  .page = site_.page,
                                  .sequence = sequence,
                                  .bytes = 0,
                                  .errno_function = errno_function_},
                                 *steps, code(machine_code().run_steps));
  if (!frame) return std::unexpected(frame.error());
  if (!memory_.write(frame->address, std::span<const std::byte>(frame->bytes))) {
    return fail(ErrorCode::kUnsupported, "there is no room on the stack of the main thread",
                "try again: it is deep in some recursion just now");
  }
  if (auto set = target.set_registers(frame->registers); !set) return std::unexpected(set.error());
  // From here on the thread is ours until it has returned through the frame, with us or without.
  if (auto set = target.set_signal_mask(kAllButFaults); !set) return std::unexpected(set.error());
  return true;
}

Result<std::vector<Step>> Injector::wait(std::uint64_t sequence,
                                         std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (true) {
    std::uint64_t now = 0;
    const bool there = memory_.read(site_.page + offsetof(TargetPage, sequence), now);
    if (there && now == sequence) break;
    if (Clock::now() >= deadline) {
      const bool mapped = there || read_status(this_machine(), pid_).has_value();
      return fail(ErrorCode::kIo,
                  mapped
                      ? fmt::format("process {} did not carry out the steps: the kernel refused it "
                                    "memory, or gives it no processor time",
                                    pid_)
                      : fmt::format("process {} has ended", pid_),
                  "try again; `tidemark doctor` shows limits of its control group");
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  StepBlock block;
  const std::uint64_t at = site_.page + kResultsAt;
  if (!memory_.read(at, block))
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", pid_));
  const std::size_t count = std::min((block.bytes - sizeof block) / sizeof(Step), kMostSteps);
  std::vector<Step> steps(count);
  if (!memory_.read(at + sizeof block, std::as_writable_bytes(std::span(steps)))) {
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", pid_));
  }
  return steps;
}

Result<Injected> Injector::set_up(std::vector<Step> steps) {
  std::vector<Step> all;
  if (!site_.page_mapped) {
    all.push_back(
        syscall_step(SYS_mmap, {site_.page, kTargetPageBytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, UINT64_MAX, 0}));
    all.push_back({.kind = StepKind::kExpect, .target = site_.page});
  }
  const std::size_t before = all.size();
  all.insert(all.end(), steps.begin(), steps.end());
  auto done = run(all, std::chrono::seconds(10));
  if (!done) return done;
  site_.page_mapped = true;
  if (!memory_.write(site_.page, kTargetPageMagic)) {
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", pid_));
  }
  done->steps.erase(done->steps.begin(), done->steps.begin() + static_cast<std::ptrdiff_t>(before));
  return done;
}

}  // namespace tidemark
