#include "capture/guard.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/clock.h"
#include "copy/fork_capture.h"
#include "inject/injector.h"
#include "inject/machine_code.h"
#include "runtimes/node/inspector.h"
#include "runtimes/ruby/allocation_tracing.h"

namespace tidemark {
namespace {

constexpr char kAllDone = '.';

bool end_tracing(pid_t target) {
  const auto maps = read_maps(this_machine(), target);
  const auto runtime = maps ? detect_runtime(target, *maps) : fail(ErrorCode::kNotFound, {});
  if (!runtime || runtime->kind != RuntimeKind::kRuby) return false;
  auto job = RubyJob::prepare(target, *runtime);
  Monitor monitor;
  if (!job) return false;
  const auto ended = end_limited_tracing(*job, *runtime, monitor);
  return ended.has_value();
}

[[noreturn]] void watch(int alarm, pid_t target, const std::vector<ListeningPort>& others,
                        bool inspected, bool traces) {
  setsid();
  prctl(PR_SET_NAME, "tidemark-guard");
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  // Whoever waits for the end of our output must not wait for the guard.
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (null >= 0) dup2(null, descriptor);
  }
  char word = 0;
  ssize_t got = 0;
  do {
    got = read(alarm, &word, 1);
  } while (got < 0 && errno == EINTR);
  const bool killed = got != 1 || word != kAllDone;
  if (killed && !inspected && inspector_port(target, others)) close_inspector(target, others);
  bool fine = !killed || clear_up(target).has_value();
  if (killed && traces) fine = end_tracing(target) && fine;
  _exit(fine ? 0 : 1);
}

}  // namespace

CaptureGuard CaptureGuard::start(pid_t target, bool traces) {
  CaptureGuard guard;
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) return guard;
  const std::vector<ListeningPort> others = app_ports(target);
  const bool inspected = inspector_port(target, others).has_value();
  const pid_t child = fork();
  if (child == 0) {
    close(ends[1]);
    watch(ends[0], target, others, inspected, traces);
  }
  close(ends[0]);
  guard.alarm_ = FileDescriptor(ends[1]);
  guard.guard_ = child < 0 ? 0 : child;
  return guard;
}

CaptureGuard::~CaptureGuard() {
  if (!alarm_.open()) return;
  const bool told = write(alarm_.get(), &kAllDone, 1) == 1;
  alarm_.reset();
  if (guard_ > 0 && told) waitpid(guard_, nullptr, 0);
}

Result<void> clear_up(pid_t target) {
  using std::chrono::milliseconds;
  const auto maps = read_maps(this_machine(), target);
  if (!maps) return std::unexpected(maps.error());
  const auto runtime = detect_runtime(target, *maps);
  if (!runtime) return std::unexpected(runtime.error());
  auto injector = Injector::prepare(target, runtime->libc);
  if (!injector) return std::unexpected(injector.error());
  if (!injector->has_page()) return {};
  // A job that was asked for may still fork, until its deadline; one that has begun, until it is
  // done.
  constexpr milliseconds kEvery{20};
  constexpr int kAttempts = 300;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto page = injector->read_page();
    if (!page) return std::unexpected(page.error());
    const bool due = static_cast<std::int64_t>(wall_seconds()) <= page->deadline_seconds;
    const bool may_fork = page->job_done == 0 && ((page->armed == 1 && due) || page->armed == 2);
    if (!may_fork) break;
    std::this_thread::sleep_for(kEvery);
  }
  // A fork that the tool's end has overtaken comes within moments.
  std::this_thread::sleep_for(kEvery);
  return reap_forgotten(*injector);
}

}  // namespace tidemark
