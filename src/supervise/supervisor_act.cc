// What is done to workers. Each action is said with its reason.
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>

#include "base/units.h"
#include "supervise/holders.h"
#include "supervise/supervisor.h"

namespace tidemark {
namespace {

std::string name_of(const Member& member) {
  return fmt::format("worker {} (pid {})", member.view.number, member.view.pid);
}

std::string because(const std::string& reason) { return reason.empty() ? "" : ": " + reason; }

// By its handle, so that a number that was used again is nobody's.
void signal_process(const Member& member, int signal) {
  if (member.handle.open()) {
    syscall(SYS_pidfd_send_signal, member.handle.get(), signal, nullptr, 0);
  } else {
    kill(member.view.pid, signal);
  }
}

}  // namespace

void Supervisor::act(const Action& action) {
  if (action.kind == ActionKind::kNote) {
    say(action.reason);
    return;
  }
  if (action.kind == ActionKind::kStart) {
    start_worker(action);
    return;
  }
  Member* member = find(action.worker);
  if (member == nullptr) return;
  switch (action.kind) {
    case ActionKind::kRetire:
      member->view.retiring = action.reason;
      member->view.for_memory = action.for_memory;
      say(fmt::format("{} is to be replaced{}", name_of(*member), because(action.reason)));
      break;
    case ActionKind::kDrain:
      drain_worker(*member, action, "drain\n");
      break;
    case ActionKind::kFinish:
      member->view.retiring = "all ends";
      for (const auto& [connection, voice] : member->voices) channel_.send(connection, "finish\n");
      break;
    case ActionKind::kStop:
      stop_worker(*member, action);
      break;
    case ActionKind::kKill:
      kill_worker(*member, action);
      break;
    case ActionKind::kStart:
    case ActionKind::kNote:
      break;
  }
}

void Supervisor::start_worker(const Action& action) {
  auto started = launch(launch_);
  if (!started) {
    // The command itself cannot be run: no use in trying again, unless it has worked before.
    if (!pool_.ever_served) {
      fatal_ = started.error().message +
               (started.error().hint.empty() ? "" : "; " + started.error().hint);
    } else {
      failed_start(started.error().message);
    }
    return;
  }
  Member member;
  member.view.number = next_number_++;
  member.view.pid = started->pid;
  member.view.born = member.view.since = now();
  member.view.stands_for = action.worker;
  member.view.spread = std::uniform_real_distribution<>(0, 1)(random_);
  member.handle = std::move(started->handle);
  member.pids = {started->pid};
  member.born_wall =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (const auto process = read_process(started->pid)) member.started = process->started;
  say(fmt::format("{} starts{}", name_of(member), because(action.reason)));
  for (Recycle& recycle : open_recycles_) {
    if (recycle.new_worker == 0) {
      recycle.new_worker = member.view.number;
      break;
    }
  }
  ++started_;
  members_.push_back(std::move(member));
  save_state();
}

void Supervisor::drain_worker(Member& member, const Action& action, const char* order) {
  member.view.phase = WorkerPhase::kDraining;
  member.view.since = now();
  member.view.connections.reset();
  if (const auto memory = read_proportional_memory(member.view.pid)) {
    if (member.pids.size() == 1) member.view.unique = memory->unique;
  }
  for (const auto& [connection, voice] : member.voices) channel_.send(connection, order);
  say(fmt::format("{} drains{}", name_of(member), because(action.reason)));
  if (!member.view.speaks && !said_no_drain_) {
    said_no_drain_ = true;
    say("it holds no part of tidemark that drains: it finishes the requests it has, but a client "
        "that keeps its connection open may lose one, about one in ten replacements with 32 such "
        "clients at work",
        true);
  }
}

void Supervisor::stop_worker(Member& member, const Action& action) {
  member.view.phase = WorkerPhase::kStopping;
  member.view.since = now();
  int signal = graceful_signal(settings_.external ? cluster_ : member.kind);
  say(fmt::format("{} gets SIG{}{}", name_of(member), sigabbrev_np(signal),
                  because(action.reason)));
  // To the server itself: a shell or npm around it would not pass it on.
  bool sent = false;
  if (!settings_.external) {
    for (const int pid : member.servers) {
      if (pid != member.view.pid && kill(pid, signal) == 0) sent = true;
    }
  }
  if (!sent) signal_process(member, signal);
}

void Supervisor::kill_worker(Member& member, const Action& action) {
  say(fmt::format("{} is killed{}", name_of(member), because(action.reason)), true);
  member.view.phase = WorkerPhase::kKilled;
  member.view.since = now();
  if (!settings_.external) kill(-member.view.pid, SIGKILL);  // the group we gave it
  signal_process(member, SIGKILL);
}

void Supervisor::remember_recycle(const Member& member) {
  ++replaced_;
  Recycle recycle{.time = now(),
                  .old_worker = member.view.number,
                  .new_worker = 0,
                  .reason = member.view.retiring,
                  .for_memory = member.view.for_memory,
                  .life = now() - member.view.ready,
                  .released = member.view.unique,
                  .taken = 0,
                  .footprint = 0};
  for (const Member& other : members_) {
    if (other.view.stands_for == member.view.number) recycle.new_worker = other.view.number;
  }
  open_recycles_.push_back(std::move(recycle));
}

}  // namespace tidemark
