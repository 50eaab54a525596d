#include "runtimes/node/event_loop.h"

#include <fmt/format.h>
#include <sys/syscall.h>

namespace tidemark {
namespace {

bool waits_for_events(std::uint64_t number) {
  return number == SYS_epoll_wait || number == SYS_epoll_pwait;
}

}  // namespace

Result<void> run_to_event_loop(Tracee& target, ThreadState& state,
                               std::chrono::milliseconds patience) {
  if (waits_for_events(state.registers.orig_rax)) return {};
  if (auto there = target.run_to_syscall(waits_for_events, patience); !there) {
    Error error = there.error();
    if (error.code == ErrorCode::kNotFound) {
      error.code = ErrorCode::kUnsupported;
      error.message =
          fmt::format("process {} did not come back to its event loop within {} s: it computes",
                      target.id(), patience.count() / 1000);
      error.hint =
          "try again when it has less to do, or use --method inspector, which interrupts it";
    }
    return std::unexpected(error);
  }
  auto now = target.state();
  if (!now) return std::unexpected(now.error());
  state = std::move(*now);
  state.before_syscall = true;
  return {};
}

}  // namespace tidemark
