// From what a user types (a pid, a name) to processes of Ruby or Node.js.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/process.h"
#include "runtimes/runtime_kind.h"

namespace tidemark {

struct Candidate {
  pid_t pid = 0;
  pid_t parent = 0;
  RuntimeKind kind = RuntimeKind::kRuby;
  uid_t user = 0;
  std::uint64_t resident_bytes = 0;
  double uptime_seconds = 0;
  std::string title;  // its command line or the title it gave itself, secrets hidden
};

// What is known of processes that the kernel lets nobody look at, by who can ask them: handed down
// by those who know how (capture/find_target.h).
struct HiddenProcesses {
  // What runs in one; nothing where it does not answer.
  std::optional<RuntimeKind> (*runtime_of)(const ProcessStatus& status) = nullptr;
  // How an app is started so that it answers, as words after "or"; empty when that is not known.
  std::string (*remedy)() = nullptr;
};

// Every Ruby and Node.js process that we may look at or that answers, the largest first; without
// this one.
std::vector<Candidate> list_runtimes(const Host& host, const HiddenProcesses& hidden);

// The processes that `text` names, the largest first, workers before the master that only waits
// for them. Errors: kNotFound with what runs instead; kUnsupported for a pid that is no runtime.
Result<std::vector<Candidate>> find_targets(const Host& host, std::string_view text,
                                            const HiddenProcesses& hidden);

}  // namespace tidemark
