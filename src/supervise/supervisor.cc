#include "supervise/supervisor.h"

#include <fmt/format.h>

#include "base/units.h"
#include "host/process_name.h"
#include "supervise/act.h"
#include "supervise/decide.h"
#include "supervise/endings.h"
#include "supervise/messages.h"
#include "supervise/requests.h"
#include "supervise/take_over.h"
#include "supervise/tuning.h"

namespace tidemark {

Supervisor::Supervisor(const PoolSettings& settings, const PoolOutput& output, World world)
    : settings_(settings),
      output_(output),
      world_(std::move(world)),
      journal_(output.say, world_.clock),
      context_{.settings = settings_, .world = world_, .pool = pool_, .journal = journal_},
      observer_(context_) {
  pool_.begun = world_.clock.now();
  pool_.random.seed(world_.seed);
}

Result<void> Supervisor::set_up() {
  for (const std::string& notice : world_.notices) journal_.say(notice, true);
  if (settings_.platform_restart) {
    pool_.known.platform_restart = pool_.begun + *settings_.platform_restart;
  }
  pool_.known.cpus = world_.cpus;
  pool_.known.scaling.wanted = settings_.min_workers;
  if (settings_.external) return set_up_external();

  take_over(context_);
  if (pool_.socket.inode == 0) {
    const auto socket = world_.sockets.listen(settings_.host, settings_.port);
    if (!socket) return std::unexpected(socket.error());
    pool_.socket = *socket;
  }
  pool_.port = pool_.socket.port;
  journal_.say(fmt::format("listening on {} port {}; {} to {}", settings_.host, pool_.port,
                           settings_.min_workers, plural(settings_.max_workers, "worker")));
  return {};
}

Result<void> Supervisor::set_up_external() {
  pool_.port = settings_.port;
  if (settings_.attach != 0) {
    const auto process = world_.processes.read(settings_.attach);
    if (!process || process->dead) {
      return fail(ErrorCode::kNotFound, fmt::format("no process {} runs", settings_.attach));
    }
    pool_.server.pid = settings_.attach;
    world_.control.watch(settings_.attach);
    journal_.say(
        fmt::format("watching {} (pid {}) and its workers; they were started without the part that "
                    "drains",
                    process_title(*process), process->pid));
    return {};
  }
  const auto started = world_.control.start();
  if (!started) return std::unexpected(started.error());
  pool_.server.pid = *started;
  pool_.known.server.ours = true;
  journal_.say(fmt::format("started {} (pid {}), which keeps its own workers", settings_.command[0],
                           *started));
  return {};
}

void Supervisor::turn() {
  const double longest = in_transition(pool_) ? kTuning.turn_in_transition : kTuning.turn_at_rest;
  for (const int signal : world_.events.wait(longest)) take_signal(context_, signal);
  take_messages(context_, output_.render);
  take_ended(context_);
  observer_.observe();
  retire_next_asked(context_);
  if (!pool_.outcome.done) decide_and_act();
  if (pool_.unsaved && !settings_.external) keep_state(context_);
  pool_.unsaved = false;
}

void Supervisor::decide_and_act() {
  const Decision decision = decide(settings_, view_of(pool_, context_.now()));
  pool_.known.scaling = decision.scaling;
  for (const Action& action : decision.actions) act(context_, action);
  PoolOutcome& outcome = pool_.outcome;
  if (!outcome.fatal.empty() && !pool_.known.ending) {
    pool_.known.ending = true;
    pool_.known.ending_since = context_.now();
    outcome.exit_code = 1;
  }
  if (pool_.known.ending && pool_.members.empty() && !settings_.external) outcome.done = true;
}

Result<int> Supervisor::run() {
  while (!pool_.outcome.done) turn();
  if (!pool_.outcome.fatal.empty()) {
    return fail(ErrorCode::kIo, pool_.outcome.fatal,
                "what the workers printed, above, may say why");
  }
  return pool_.outcome.exit_code;
}

}  // namespace tidemark
