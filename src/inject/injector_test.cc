#include "inject/injector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>

#include "host/process.h"
#include "host/process_name.h"

#if TIDEMARK_INJECTS

namespace tidemark {
namespace {

// What a target counts, in memory that it shares with the test.
struct Counts {
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> errno_changed{0};
};

// A child of this test that works without end and checks its own results.
class Target {
 public:
  using Work = void (*)(Counts&);
  explicit Target(Work work) {
    void* const shared =
        mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    counts_ = new (shared) Counts;
    pid_ = fork();
    if (pid_ == 0) {
      while (true) work(*counts_);
    }
    while (counts_->rounds == 0) usleep(1000);
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    munmap(counts_, sizeof(Counts));
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  Counts& counts() { return *counts_; }
  void expect_unharmed() {
    const std::uint64_t before = counts_->rounds;
    for (int i = 0; i < 5000 && counts_->rounds < before + 3; ++i) usleep(1000);
    EXPECT_GE(counts_->rounds, before + 3) << "it works no more";
    EXPECT_EQ(counts_->wrong, 0U);
    EXPECT_EQ(counts_->errno_changed, 0U);
    const auto status = read_status(this_machine(), pid_);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->tracer, 0);
    EXPECT_EQ(status->signals_blocked, 0U);
  }

 private:
  Counts* counts_ = nullptr;
  pid_t pid_ = 0;
};

// Vector and scalar registers full of state that a call in between would destroy.
void compute(Counts& counts) {
  errno = 4242;
  double sums[16] = {};
  std::uint64_t hash = 1;
  for (int i = 1; i < 20'000; ++i) {
    for (int lane = 0; lane < 16; ++lane) sums[lane] += std::sqrt(static_cast<double>(i + lane));
    hash = hash * 6364136223846793005ULL + static_cast<std::uint64_t>(i);
  }
  static const double first = sums[7];
  static const std::uint64_t first_hash = hash;
  if (sums[7] != first || hash != first_hash) ++counts.wrong;
  if (errno != 4242) ++counts.errno_changed;
  ++counts.rounds;
}

void sleep_in_kernel(Counts& counts) {
  errno = 4242;
  timespec wait{.tv_sec = 0, .tv_nsec = 2'000'000};
  timespec left{};
  // An interrupted sleep says so and how much is left: that is what any signal does to it.
  const long result = syscall(SYS_nanosleep, &wait, &left);
  if (result != 0 && errno != EINTR) ++counts.wrong;
  ++counts.rounds;
}

void read_pipe(Counts& counts) {
  static int ends[2] = {-1, -1};
  if (ends[0] < 0 && pipe(ends) != 0) ++counts.wrong;
  const char byte = 'x';
  if (counts.rounds % 16 == 0) usleep(100);
  if (write(ends[1], &byte, 1) != 1) ++counts.wrong;
  char got = 0;
  if (read(ends[0], &got, 1) != 1 || got != 'x') ++counts.wrong;
  ++counts.rounds;
}

Result<Injector> injector_for(pid_t pid) {
  const auto maps = read_maps(this_machine(), pid);
  if (!maps) return std::unexpected(maps.error());
  for (const std::string& path : executable_files(*maps)) {
    if (!file_name(path).starts_with("libc.so")) continue;
    const auto libc = open_module(pid, *maps, path);
    if (!libc) return std::unexpected(libc.error());
    return Injector::prepare(pid, *libc);
  }
  return fail(ErrorCode::kNotFound, "no libc");
}

#define SKIP_WITHOUT_PTRACE(injector)                                    \
  if (!(injector) && (injector).error().code == ErrorCode::kUnsupported) \
  GTEST_SKIP() << (injector).error().message

TEST(Injector, StepsAreCarriedOutAndAnswered) {
  Target target(compute);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector) << injector.error().message;
  EXPECT_FALSE(injector->has_page());
  const auto done = injector->set_up(
      {syscall_step(SYS_getpid), syscall_step(SYS_getppid), syscall_step(SYS_dup, {99'999})});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_GE(done->steps.size(), 3U);
  EXPECT_EQ(done->steps[0].target, static_cast<std::uint64_t>(target.pid()));
  EXPECT_EQ(done->steps[1].target, static_cast<std::uint64_t>(getpid()));
  EXPECT_EQ(static_cast<std::int64_t>(done->steps[2].target), -EBADF);
  target.expect_unharmed();
  // A second tool finds what the first one left.
  auto second = injector_for(target.pid());
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->has_page());
  EXPECT_EQ(second->page(), injector->page());
}

std::uint64_t twice(std::uint64_t value) { return 2 * value; }

TEST(Injector, ACallIsGivenTheResultOfTheStepBefore) {
  Target target(compute);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector);
  // The target is a fork of this process: its functions lie where ours do.
  const auto function = reinterpret_cast<std::uint64_t>(&twice);
  const auto done = injector->set_up({syscall_step(SYS_getpid),
                                      {.kind = StepKind::kCallWithFirst, .target = function},
                                      call_step(function, {0}),
                                      {.kind = StepKind::kCallWithFirst, .target = 1}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->steps[1].target, 2 * static_cast<std::uint64_t>(target.pid()));
  EXPECT_EQ(done->steps[3].target, 0U) << "left out after a zero";
  target.expect_unharmed();
}

void inject_often(Target::Work work, int times) {
  Target target(work);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector) << injector.error().message;
  ASSERT_TRUE(injector->set_up({}));
  const Step step = syscall_step(SYS_getpid);
  for (int i = 0; i < times; ++i) {
    const auto done = injector->run(std::span(&step, 1), std::chrono::seconds(60));
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(done->steps.front().target, static_cast<std::uint64_t>(target.pid()));
  }
  target.expect_unharmed();
}

TEST(Injector, ComputationsDoNotNotice) { inject_often(compute, 300); }
TEST(Injector, SleepsDoNotNotice) { inject_often(sleep_in_kernel, 200); }
TEST(Injector, PipesDoNotNotice) { inject_often(read_pipe, 200); }

TEST(Injector, AStepThatExpectsAnotherAnswerEndsTheListAtOnce) {
  Target target(compute);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector);
  ASSERT_TRUE(injector->set_up({}));
  const Step steps[] = {syscall_step(SYS_getpid),
                        {.kind = StepKind::kExpect, .target = 1},
                        syscall_step(SYS_exit_group, {7})};
  const auto done = injector->run(steps, std::chrono::milliseconds(200));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, testing::HasSubstr("did not carry out"));
  target.expect_unharmed();
}

TEST(Injector, ABusyMomentIsLeftAndTriedAgain) {
  Target target(compute);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector);
  ASSERT_TRUE(injector->set_up({}));
  int asked = 0;
  const auto done = injector->run(
      {.ready = [&](Tracee&, ThreadState&) -> Result<bool> { return ++asked >= 3; },
       .steps = []() -> Result<std::vector<Step>> { return std::vector{syscall_step(SYS_getpid)}; },
       .patience = std::chrono::seconds(60),
       .pause = std::chrono::milliseconds(1)});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(asked, 3);
  target.expect_unharmed();
}

TEST(Injector, ASleepingAndAGoneProcessAreRefused) {
  Target target(compute);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector);
  kill(target.pid(), SIGSTOP);
  while (read_status(this_machine(), target.pid())->state != 'T') usleep(1000);
  const auto asleep = injector->set_up({});
  ASSERT_FALSE(asleep);
  EXPECT_THAT(asleep.error().message, testing::HasSubstr("asleep by SIGSTOP"));
  kill(target.pid(), SIGCONT);
  target.expect_unharmed();
  kill(target.pid(), SIGKILL);
  const auto gone = injector->set_up({});
  ASSERT_FALSE(gone);
}

// kill -9 of a tool at any moment of an injection: the target lives on. A tool is a child here.
TEST(Injector, AToolThatIsKilledLeavesTheTargetAlive) {
  Target target(compute);
  auto injector = injector_for(target.pid());
  SKIP_WITHOUT_PTRACE(injector);
  ASSERT_TRUE(injector);
  ASSERT_TRUE(injector->set_up({}));
  for (int i = 0; i < 60; ++i) {
    const pid_t tool = fork();
    if (tool == 0) {
      const Step step = syscall_step(SYS_getpid);
      while (injector->run(std::span(&step, 1), std::chrono::seconds(60))) {
      }
      _exit(0);
    }
    usleep(static_cast<useconds_t>(500 + i * 97 % 3000));
    kill(tool, SIGKILL);
    waitpid(tool, nullptr, 0);
  }
  target.expect_unharmed();
}

}  // namespace
}  // namespace tidemark

#endif
