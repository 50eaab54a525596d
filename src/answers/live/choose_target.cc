#include "answers/live/choose_target.h"

#include "capture/find_target.h"
#include "host/host.h"

namespace tidemark {

Result<pid_t> choose_target(const std::string& target, CaptureListener& listener) {
  const auto found = find_targets(this_machine(), target);
  if (!found) return std::unexpected(found.error());
  if (found->size() > 1) {
    std::vector<RuntimeProcess> candidates;
    for (const Candidate& one : *found) candidates.push_back(runtime_process(one));
    listener.chosen(candidates);
  }
  return found->front().pid;
}

}  // namespace tidemark
