// May this process be attached to, and what stands in the way.
#pragma once

#include <sys/types.h>

#include <string>

#include "host/process.h"

namespace tidemark {

struct PtracePermission {
  bool allowed = false;
  std::string facts;   // what was looked at: "root; Yama 1; no seccomp filter"
  std::string reason;  // why not, one sentence; empty when it is allowed
  std::string remedy;  // what would make it possible; empty when it is allowed
};

// Tries: attaches to the process without stopping it and lets go. The process does not notice.
PtracePermission probe_ptrace(const ProcessStatus& target);

// The sentences for a refusal, from its errno and the circumstances. For the probe, and for tests.
struct PtraceCircumstances {
  int refusal = 0;  // errno
  uid_t our_user = 0;
  uid_t their_user = 0;
  pid_t tracer = 0;      // that is attached already
  int yama = -1;         // kernel.yama.ptrace_scope; -1: Yama is not there
  bool capable = false;  // CAP_SYS_PTRACE here
  int our_seccomp = 0;   // 2: a filter may refuse ptrace altogether
};
PtracePermission explain_ptrace(const PtraceCircumstances& circumstances);

// That whole sentence as an error, for a capture that is refused.
Error ptrace_error(pid_t pid, const PtracePermission& permission);

}  // namespace tidemark
