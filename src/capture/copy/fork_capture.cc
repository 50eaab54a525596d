#include "capture/copy/fork_capture.h"

#include <fmt/format.h>

#include "capture/target/proc_files.h"

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

Result<void> reap_forgotten(Injector& target) {
  const auto page = target.read_page();
  if (!page) return std::unexpected(page.error());
  if (page->copy_pid <= 0) return {};
  const pid_t child = find_child(target.pid(), page->copy_pid);
  if (child == 0) return {};
  const auto status = read_status(child);
  if (!status || status->state != 'Z') return {};
  return reap_copy(target, page->copy_pid);
}

Result<std::int64_t> forked_pid(pid_t target, std::int64_t result) {
  if (result > 0) return result;
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("process {} cannot fork: {}", target, system_reason(static_cast<int>(-result))),
      "a limit of processes (ulimit -u, pids.max) or vm.overcommit_memory=2 refuses it");
}

}  // namespace tidemark
