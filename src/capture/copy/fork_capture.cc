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

Result<bool> reap_forgotten(Injector& target) {
  const auto page = target.read_page();
  if (!page) return std::unexpected(page.error());
  bool none_left = true;
  for (std::size_t i = 0; i < kCopiesKept; ++i) {
    const std::int64_t inside = page->copies[i];
    if (inside <= 0) continue;
    const pid_t child = find_child(target.pid(), inside);
    const auto status = child != 0 ? read_status(child) : fail(ErrorCode::kNotFound, {});
    if (status && status->state != 'Z') {
      none_left = false;
      continue;
    }
    if (status) {
      if (auto reaped = reap_copy(target, inside); !reaped) return std::unexpected(reaped.error());
    }
    const std::uint64_t entry = target.page() + offsetof(TargetPage, copies) + i * sizeof inside;
    if (!target.memory().write(entry, std::int64_t{0})) {
      return fail(ErrorCode::kIo, fmt::format("process {} has ended", target.pid()));
    }
  }
  return none_left;
}

Result<std::int64_t> forked_pid(pid_t target, std::int64_t result) {
  if (result > 0) return result;
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("process {} cannot fork: {}", target, system_reason(static_cast<int>(-result))),
      "a limit of processes (ulimit -u, pids.max) or vm.overcommit_memory=2 refuses it");
}

}  // namespace tidemark
