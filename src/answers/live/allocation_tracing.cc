#include "answers/live/allocation_tracing.h"

#include "answers/live/choose_target.h"
#include "capture/turn.h"
#include "host/host.h"
#include "runtimes/ruby/allocation_tracing.h"

namespace tidemark {

Result<AllocationTracingAnswer> answer(const AllocationTracingRequest& request,
                                       CaptureListener& listener, Monitor& monitor) {
  const auto pid = choose_target(request.target, listener);
  if (!pid) return std::unexpected(pid.error());
  const auto turn = take_turn_with(*pid, monitor, kTurnTimeout);
  if (!turn) return std::unexpected(turn.error());
  const auto diagnosis = diagnose(this_machine(), *pid);
  if (!diagnosis) return std::unexpected(diagnosis.error());
  if (diagnosis->runtime->kind != RuntimeKind::kRuby) {
    return fail(ErrorCode::kUnsupported, "--trace-allocations is for Ruby",
                "for Node.js there is --kind alloc-timeline");
  }
  const auto was = switch_tracing(*pid, *diagnosis->runtime, request.on, monitor);
  if (!was) return std::unexpected(was.error());
  return AllocationTracingAnswer{.pid = *pid, .on = request.on, .was_on = *was, .notices = {}};
}

void describe(Fields& fields, const AllocationTracingAnswer& answer) {
  fields.document("allocation_tracing", 2, "Whether a Ruby process keeps where objects are made.",
                  answer.notices);
  fields("pid", answer.pid, "the process");
  fields("on", answer.on, "as it is now");
  fields("was_on", answer.was_on, "as it was before");
}

}  // namespace tidemark
