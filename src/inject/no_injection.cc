// Processors without code of ours: Injector::prepare() has refused before any of this is called.
#include "inject/machine_code.h"
#include "inject/signal_frame.h"
#include "inject/tracee.h"

#if !TIDEMARK_INJECTS

namespace tidemark {
namespace {

std::unexpected<Error> refuse() {
  return fail(ErrorCode::kUnsupported, "nothing is injected on this processor");
}

}  // namespace

Result<SignalFrame> build_frame(const ThreadState&, StepBlock, std::span<const Step>,
                                std::uint64_t) {
  return refuse();
}

Result<Tracee> Tracee::attach(pid_t, Role) { return refuse(); }
Result<void> Tracee::stop(std::chrono::milliseconds) { return refuse(); }
Result<void> Tracee::run_to_syscall(bool (*)(std::uint64_t), std::chrono::milliseconds) {
  return refuse();
}
Result<std::optional<TraceEvent>> Tracee::poll_event() const { return refuse(); }
Result<TraceEvent> Tracee::wait_event(std::chrono::milliseconds) const { return refuse(); }
Result<ThreadState> Tracee::state() const { return refuse(); }
Result<user_regs_struct> Tracee::registers() const { return refuse(); }
Result<void> Tracee::set_registers(const user_regs_struct&) const { return refuse(); }
Result<void> Tracee::set_signal_mask(std::uint64_t) const { return refuse(); }
bool Tracee::in_restartable_sequence(std::uint64_t) const { return true; }
Result<void> Tracee::resume(int) const { return refuse(); }
void Tracee::detach(int) const {}

}  // namespace tidemark

#endif
