#include "answers/live/doctor.h"

#include "host/host.h"

namespace tidemark {
namespace {

std::string limit_of(const MemoryRoom& room) { return room.host ? "host" : room.group; }

}  // namespace

Result<DoctorAnswer> answer(const DoctorRequest& /*request*/, Monitor& /*monitor*/) {
  DoctorAnswer answer;
  for (const Candidate& one : list_runtimes(this_machine()))
    answer.processes.push_back(runtime_process(one));
  return answer;
}

CaptureMemory capture_memory(const Diagnosis& diagnosis) {
  const MemoryRoom& room = diagnosis.room;
  const MemoryRoom& of_copy = diagnosis.copy_groups ? diagnosis.copy_groups->room : room;
  using enum CaptureMemory::CountsIn;
  return {.free_bytes = room.free_bytes,
          .limit_bytes = room.limit_bytes,
          .limited_by = limit_of(room),
          .copy_counts_in = diagnosis.copy_groups ? kOwn : kApp,
          .copy_free_bytes = of_copy.free_bytes,
          .copy_limit_bytes = of_copy.limit_bytes,
          .copy_limited_by = limit_of(of_copy)};
}

Result<DoctorTargetAnswer> answer(const DoctorTargetRequest& request, Monitor& /*monitor*/) {
  const auto found = find_targets(this_machine(), request.target);
  if (!found) return std::unexpected(found.error());
  const auto diagnosis = diagnose(this_machine(), found->front().pid);
  if (!diagnosis) return std::unexpected(diagnosis.error());
  DoctorTargetAnswer answer;
  answer.process = runtime_process(*diagnosis);
  for (const Candidate& one : *found) answer.candidates.push_back(runtime_process(one));
  answer.memory = capture_memory(*diagnosis);
  answer.checks = diagnosis->checks;
  answer.methods = diagnosis->methods;
  const CaptureMethod best = best_method(*diagnosis, CaptureKind::kHeap);
  const MethodOutlook* const outlook = outlook_of(*diagnosis, best);
  if (outlook != nullptr && outlook->possible) answer.best_method = best;
  return answer;
}

}  // namespace tidemark
