#include "supervise/requests.h"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "base/units.h"
#include "supervise/act.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

void end(const PoolContext& context, int signal) {
  PoolView& known = context.pool.known;
  const double now = context.now();
  if (context.settings.attach != 0) {
    context.journal.say("ends; the server and its workers go on");
    context.pool.outcome.done = true;
  } else if (!known.ending) {
    known.ending = true;
    known.ending_since = now;
    context.journal.say(
        fmt::format("SIG{}: finishing what has come in, then all ends", sigabbrev_np(signal)));
    for (const Member& member : context.pool.members) tell(context, member, "finish\n");
  } else if (now - known.ending_since > kTuning.second_signal_after && signal != SIGTERM) {
    context.journal.say("again: all ends now");
    known.ending_since = now - context.settings.end_timeout - 1;
  }
}

void replace_all(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  pool.to_replace.clear();
  for (const Member& member : pool.members) pool.to_replace.push_back(member.view.number);
  context.journal.say(
      fmt::format("SIGHUP: replacing {}, one at a time", plural(pool.members.size(), "worker")));
}

}  // namespace

void take_signal(const PoolContext& context, int signal) {
  if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) {
    end(context, signal);
  } else if (context.settings.external && context.settings.attach == 0) {
    pass_on(context, signal);
  } else if (signal == SIGHUP) {
    replace_all(context);
  }
}

void retire_next_asked(const PoolContext& context) {
  WorkerPool& pool = context.pool;
  if (pool.to_replace.empty() || one_is_moving(view_of(pool, context.now()))) return;
  Member* member = find_member(pool, pool.to_replace.front());
  pool.to_replace.erase(pool.to_replace.begin());
  if (member != nullptr) member->view.retiring = "SIGHUP";
}

}  // namespace tidemark
