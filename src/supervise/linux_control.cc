#include "supervise/linux_control.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace tidemark {
namespace {

// Reaps a child that has ended; false: there is none such.
bool reap(idtype_t which, int pid, EndedProcess& ended) {
  siginfo_t info{};
  if (waitid(which, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
    return false;
  }
  ended.pid = info.si_pid;
  ended.status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
  return true;
}

bool has_ended(int pid, const FileDescriptor& handle) {
  if (!handle.open()) return kill(pid, 0) != 0 && errno == ESRCH;
  pollfd wait{.fd = handle.get(), .events = POLLIN, .revents = 0};
  return poll(&wait, 1, 0) == 1;
}

}  // namespace

Result<int> LinuxControl::start() {
  auto started = tidemark::launch(launch);
  if (!started) return std::unexpected(started.error());
  handles_[started->pid] = std::move(started->handle);
  return started->pid;
}

void LinuxControl::watch(int pid) { handles_[pid] = open_process(pid); }

std::vector<EndedProcess> LinuxControl::take_ended() {
  std::vector<EndedProcess> all;
  // Children of ours, and orphans that the system gave us where we are its first process.
  for (EndedProcess ended; reap(P_ALL, 0, ended);) {
    handles_.erase(ended.pid);
    all.push_back(ended);
  }
  // Those that are not our children: taken over, or the server's own.
  std::erase_if(handles_, [&all](const auto& one) {
    const auto& [pid, handle] = one;
    if (!has_ended(pid, handle)) return false;
    EndedProcess ended{.pid = pid, .status = {}};
    reap(P_PID, pid, ended);  // it may have been one, and ended just now
    all.push_back(ended);
    return true;
  });
  return all;
}

bool LinuxControl::signal(int pid, int signal) {
  const auto handle = handles_.find(pid);
  if (handle == handles_.end() || !handle->second.open()) return kill(pid, signal) == 0;
  return syscall(SYS_pidfd_send_signal, handle->second.get(), signal, nullptr, 0) == 0;
}

void LinuxControl::signal_group(int pid, int signal) { kill(-pid, signal); }

void LinuxControl::add_to(std::vector<pollfd>& waits) const {
  for (const auto& [pid, handle] : handles_) {
    if (handle.open()) waits.push_back({.fd = handle.get(), .events = POLLIN, .revents = 0});
  }
}

}  // namespace tidemark
