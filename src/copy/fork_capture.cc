#include "copy/fork_capture.h"

#include <fmt/format.h>

#include <csignal>
#include <thread>

#include "base/file_descriptor.h"
#include "base/numbers.h"
#include "host/process.h"

namespace tidemark {

std::string describe_copy_end(const Copy::State& end) {
  switch (end.progress) {
    case Copy::Progress::kExited:
      return fmt::format("it ended with code {}", end.number);
    case Copy::Progress::kCrashed:
      return fmt::format("it crashed with signal {}", end.number);
    case Copy::Progress::kReturned:
      return "it stopped early";
    case Copy::Progress::kRunning:
      break;
  }
  return "it did not end";
}

namespace {

// Does this process run our code? A copy that waits for us does; a child of the app that has got
// the same number since does not.
bool runs_our_code(pid_t pid, const Injector& target) {
  // "number arguments... stack-pointer program-counter", or "running".
  const std::string text = read_proc(this_machine(), pid, "syscall");
  const std::size_t last = text.find_last_of(' ');
  if (last == std::string::npos || last + 3 > text.size()) return false;
  const auto at = leading_number<std::uint64_t>(std::string_view(text).substr(last + 3), 16);
  return at && *at - target.code(0) < machine_code().bytes.size();
}

enum class Leftover : std::uint8_t { kGone, kStays };

Result<Leftover> reap_one(Injector& target, std::int64_t inside) {
  constexpr int kAttempts = 20;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const pid_t child = find_child(target.pid(), inside);
    const auto status =
        child != 0 ? read_status(this_machine(), child) : fail(ErrorCode::kNotFound, {});
    if (!status) return Leftover::kGone;
    if (status->state == 'Z') {
      if (auto reaped = reap_copy(target, inside); !reaped) return std::unexpected(reaped.error());
      return Leftover::kGone;
    }
    if (status->tracer == 0 && runs_our_code(child, target)) kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Leftover::kStays;  // not a copy of ours, or one that does not want to end
}

}  // namespace

Result<void> reap_forgotten(Injector& target) {
  const auto page = target.read_page();
  if (!page) return std::unexpected(page.error());
  for (std::size_t i = 0; i < kCopiesKept; ++i) {
    const std::int64_t inside = page->copies[i];
    if (inside <= 0) continue;
    const auto left = reap_one(target, inside);
    if (!left) return std::unexpected(left.error());
    const std::uint64_t entry = target.page() + offsetof(TargetPage, copies) + i * sizeof inside;
    if (!target.memory().write(entry, std::int64_t{0})) {
      return fail(ErrorCode::kIo, fmt::format("process {} has ended", target.pid()));
    }
  }
  return {};
}

void forget_copy(const Injector& target, std::int64_t inside) {
  const auto page = target.read_page();
  if (!page) return;
  for (std::size_t i = 0; i < kCopiesKept; ++i) {
    if (page->copies[i] != inside) continue;
    const std::uint64_t entry = target.page() + offsetof(TargetPage, copies) + i * sizeof inside;
    static_cast<void>(target.memory().write(entry, std::int64_t{0}));
  }
}

Result<std::int64_t> forked_pid(pid_t target, std::int64_t result) {
  if (result > 0) return result;
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("process {} cannot fork: {}", target, system_reason(static_cast<int>(-result))),
      "a limit of processes (ulimit -u, pids.max) or vm.overcommit_memory=2 refuses it");
}

}  // namespace tidemark
