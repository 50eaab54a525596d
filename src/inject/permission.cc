#include "inject/permission.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/file_descriptor.h"
#include "base/numbers.h"
#include "host/process.h"

namespace tidemark {
namespace {

constexpr unsigned kSysPtrace = 19;  // CAP_SYS_PTRACE

std::string user_name(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return fmt::format("uid {}", user);
}

int read_yama() {
  const std::string text =
      this_machine().read_file("/proc/sys/kernel/yama/ptrace_scope").value_or(std::string());
  const auto scope = leading_number<std::uint64_t>(text);
  return scope ? static_cast<int>(*scope) : -1;
}

std::string facts_of(const PtraceCircumstances& c) {
  std::string facts =
      c.our_user == 0 ? "we are root"
      : c.our_user == c.their_user
          ? fmt::format("same user ({})", user_name(c.our_user))
          : fmt::format("we are {}, it is {}", user_name(c.our_user), user_name(c.their_user));
  facts += c.capable ? ", CAP_SYS_PTRACE" : "";
  facts += c.yama < 0 ? ", no Yama" : fmt::format(", Yama scope {}", c.yama);
  if (c.our_seccomp == 2) facts += ", a seccomp filter on us";
  return facts;
}

void explain_denial(const PtraceCircumstances& c, PtracePermission& out) {
  if (c.tracer != 0) {
    out.reason = fmt::format("process {} (a debugger, strace or another capture) is attached to it",
                             c.tracer);
    out.remedy = "wait until it is done, or end it";
  } else if (c.yama == 3) {
    out.reason = "this host forbids ptrace altogether (kernel.yama.ptrace_scope is 3)";
    out.remedy = "only a restart of the host changes that; for Node.js use --method inspector";
  } else if (!c.capable && c.our_user != c.their_user) {
    out.reason = fmt::format("it belongs to {} and we are {}", user_name(c.their_user),
                             user_name(c.our_user));
    out.remedy = fmt::format("run it with sudo, or as {}", user_name(c.their_user));
  } else if (!c.capable && c.yama >= 1) {
    out.reason =
        fmt::format("kernel.yama.ptrace_scope is {} and we have no CAP_SYS_PTRACE", c.yama);
    out.remedy = c.yama == 1 ? "run it with sudo, or `sysctl kernel.yama.ptrace_scope=0`; in a "
                               "container add --cap-add SYS_PTRACE"
                             : "run it with sudo; in a container add --cap-add SYS_PTRACE";
  } else if (c.our_seccomp == 2) {
    out.reason = "a seccomp filter or a container's security profile refuses ptrace";
    out.remedy = "add --cap-add SYS_PTRACE to the container, or run it on the host";
  } else {
    out.reason = "the process protects itself (it changed its user, or is not dumpable)";
    out.remedy = "run it with sudo";
  }
}

}  // namespace

PtracePermission explain_ptrace(const PtraceCircumstances& circumstances) {
  PtracePermission out;
  out.facts = facts_of(circumstances);
  out.allowed = circumstances.refusal == 0;
  if (out.allowed) return out;
  if (circumstances.refusal == ESRCH) {
    out.reason = "it has ended";
    out.remedy = "choose another process";
  } else if (circumstances.refusal == EPERM || circumstances.refusal == EACCES) {
    explain_denial(circumstances, out);
  } else {
    out.reason = fmt::format("ptrace: {}", system_reason(circumstances.refusal));
    out.remedy = "this host or container has no ptrace; for Node.js use --method inspector";
  }
  return out;
}

PtracePermission probe_ptrace(const ProcessStatus& target) {
  int refusal = 0;
  pid_t tracer = 0;
  constexpr int kAttempts = 5;  // another tool of ours may be attached for a moment
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // The kernel lets go of what a thread has attached to when the thread ends; a detach would need
    // the process to be stopped first.
    std::jthread([&] {
      refusal = ptrace(PTRACE_SEIZE, target.pid, nullptr, nullptr) == 0 ? 0 : errno;
    }).join();
    if (refusal != EPERM) break;
    const auto now = read_status(this_machine(), target.pid);
    tracer = now ? now->tracer : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const ProcessStatus self = parse_status(read_proc(this_machine(), getpid(), "status"));
  return explain_ptrace({.refusal = refusal,
                         .our_user = geteuid(),
                         .their_user = target.user,
                         .tracer = tracer,
                         .yama = read_yama(),
                         .capable = (self.effective_capabilities >> kSysPtrace & 1U) != 0,
                         .our_seccomp = self.seccomp});
}

Error ptrace_error(pid_t pid, const PtracePermission& permission) {
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("cannot attach to process {}: {}", pid, permission.reason),
          .file = {},
          .offset = {},
          .hint = permission.remedy};
}

}  // namespace tidemark
