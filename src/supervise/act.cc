#include "supervise/act.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "supervise/pool_text.h"

namespace tidemark {
namespace {

std::string because(const std::string& reason) { return reason.empty() ? "" : ": " + reason; }

void start_worker(const PoolContext& context, const Action& action) {
  WorkerPool& pool = context.pool;
  const auto started = context.world.control.start();
  if (!started) {
    // The command itself cannot be run: no use in trying again, unless it has worked before.
    if (pool.known.ever_served) {
      failed_start(context, started.error().message);
    } else {
      pool.outcome.fatal = started.error().message;
      if (!started.error().hint.empty()) pool.outcome.fatal += "; " + started.error().hint;
    }
    return;
  }
  Member& member = add_member(context, *started);
  member.view.stands_for = action.worker;
  if (const auto process = context.world.processes.read(*started)) {
    member.started = process->started;
  }
  context.journal.say(worker_text(member.view) + " starts" + because(action.reason));
  pool.unsaved = true;
}

void retire_worker(const PoolContext& context, Member& member, const Action& action) {
  member.view.retiring = action.reason;
  member.view.for_memory = action.for_memory;
  context.journal.say(worker_text(member.view) + " is to be replaced" + because(action.reason));
}

void enter(const PoolContext& context, Member& member, WorkerPhase phase) {
  member.view.phase = phase;
  member.view.since = context.now();
}

void drain_worker(const PoolContext& context, Member& member, const Action& action) {
  enter(context, member, WorkerPhase::kDraining);
  member.view.connections.reset();
  const auto memory = context.world.processes.memory(member.view.pid);
  if (memory && member.pids.size() == 1) member.view.unique = memory->unique;
  tell(context, member, "drain\n");
  context.journal.say(worker_text(member.view) + " drains" + because(action.reason));
  if (member.view.speaks || context.pool.said.no_drain) return;
  context.pool.said.no_drain = true;
  context.journal.say(
      "it holds no part of tidemark that drains: it finishes the requests it has, but a client "
      "that keeps its connection open may lose one, about one in ten replacements with 32 such "
      "clients at work",
      true);
}

void finish_worker(const PoolContext& context, Member& member) {
  member.view.retiring = "all ends";
  tell(context, member, "finish\n");
}

void stop_worker(const PoolContext& context, Member& member, const Action& action) {
  enter(context, member, WorkerPhase::kStopping);
  const bool external = context.settings.external;
  const int signal = graceful_signal(external ? context.pool.server.kind : member.kind);
  context.journal.say(fmt::format("{} gets SIG{}{}", worker_text(member.view), sigabbrev_np(signal),
                                  because(action.reason)));
  // To the server itself: a shell or npm around it would not pass it on.
  bool sent = false;
  if (!external) {
    for (const int pid : member.servers) {
      if (pid != member.view.pid && context.world.control.signal(pid, signal)) sent = true;
    }
  }
  if (!sent) context.world.control.signal(member.view.pid, signal);
}

void kill_worker(const PoolContext& context, Member& member, const Action& action) {
  context.journal.say(worker_text(member.view) + " is killed" + because(action.reason), true);
  enter(context, member, WorkerPhase::kKilled);
  // The group that we gave it; a server gives its workers none.
  if (!context.settings.external) context.world.control.signal_group(member.view.pid, SIGKILL);
  context.world.control.signal(member.view.pid, SIGKILL);
}

void kill_server(const PoolContext& context) {
  context.pool.known.server.killed = true;
  context.journal.say("the server is still there at the end of the time there is: it is killed",
                      true);
  context.world.control.signal_group(context.pool.server.pid, SIGKILL);
}

void act_on_worker(const PoolContext& context, Member& member, const Action& action) {
  switch (action.kind) {
    case ActionKind::kRetire:
      retire_worker(context, member, action);
      break;
    case ActionKind::kDrain:
      drain_worker(context, member, action);
      break;
    case ActionKind::kFinish:
      finish_worker(context, member);
      break;
    case ActionKind::kStop:
      stop_worker(context, member, action);
      break;
    case ActionKind::kKill:
      kill_worker(context, member, action);
      break;
    case ActionKind::kStart:
    case ActionKind::kTellServer:
    case ActionKind::kKillServer:
    case ActionKind::kNote:
      break;
  }
}

}  // namespace

void act(const PoolContext& context, const Action& action) {
  if (action.kind == ActionKind::kNote) {
    context.journal.say(action.reason);
  } else if (action.kind == ActionKind::kStart) {
    start_worker(context, action);
  } else if (action.kind == ActionKind::kTellServer) {
    context.pool.known.server.told = true;
    pass_on(context, SIGTERM);
  } else if (action.kind == ActionKind::kKillServer) {
    kill_server(context);
  } else if (Member* member = find_member(context.pool, action.worker)) {
    act_on_worker(context, *member, action);
  }
}

void tell(const PoolContext& context, const Member& member, std::string_view line) {
  for (const auto& [connection, report] : member.reports) {
    context.world.channel.send(connection, line);
  }
}

void pass_on(const PoolContext& context, int signal) {
  int target = context.pool.server.pid;
  for (const Member& member : context.pool.members) {
    const auto process = context.world.processes.read(member.view.pid);
    if (process && process->parent > 1) target = process->parent;
  }
  context.journal.say(
      fmt::format("SIG{} goes to the server (pid {})", sigabbrev_np(signal), target));
  context.world.control.signal(target, signal);
}

void failed_start(const PoolContext& context, const std::string& why) {
  PoolView& known = context.pool.known;
  ++known.failed_starts;
  known.retry_at = context.now() + start_pause(known.failed_starts);
  if (known.ever_served || known.failed_starts < context.settings.give_up) {
    context.journal.say(
        fmt::format("{}; the next try is in {:.1f} s", why, known.retry_at - context.now()), true);
    return;
  }
  context.journal.say(why, true);
  context.pool.outcome.fatal =
      fmt::format("{} workers in a row have failed to start", known.failed_starts);
}

}  // namespace tidemark
