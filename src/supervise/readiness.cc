// When a worker that starts counts as serving, and what is said of one that will not.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "supervise/observe.h"
#include "supervise/pool_text.h"
#include "supervise/tuning.h"

namespace tidemark {
namespace {

constexpr const char* kWithoutPart = ", without the part that drains";

void became_ready(const PoolContext& context, Member& member, const char* proof) {
  WorkerPool& pool = context.pool;
  member.view.phase = WorkerPhase::kServing;
  member.view.ready = member.view.since = context.now();
  pool.known.ever_served = true;
  pool.readings.memory_time = kLongAgo;  // so that its memory is read at once
  pool.unsaved = true;
  context.journal.say(fmt::format("{} serves, {:.1f} s after its start{}", worker_text(member.view),
                                  context.now() - member.view.born, proof));
}

// The port on which it listens with a socket of its own; none: on no such.
std::optional<int> listens_elsewhere(const PoolContext& context, const Member& member) {
  const auto own = sockets_of(context, member);
  std::optional<int> port;
  for (const Connection& socket : context.world.sockets.connections(0, SocketKind::kListening)) {
    if (socket.inode != context.pool.socket.inode && own.contains(socket.inode)) {
      port = socket.port;
    }
  }
  return port;
}

// It runs, is at rest, and does not hold the socket: the failure that nobody notices.
void warn_of_silence(const PoolContext& context, Member& member) {
  if (member.warned || member.quiet_looks < kTuning.quiet_looks_warn) return;
  member.warned = true;
  const auto port = listens_elsewhere(context, member);
  context.journal.say(
      fmt::format("{} has NOT taken the socket of port {}: {}", worker_text(member.view),
                  context.pool.port,
                  port ? fmt::format("it listens on port {} instead; have it bind $PORT", *port)
                       : "it listens nowhere yet"),
      true);
}

bool has_client(const PoolContext& context, const Member& member) {
  const auto own = sockets_of(context, member);
  const auto open = context.world.sockets.connections(context.pool.port, SocketKind::kOpen);
  return std::any_of(open.begin(), open.end(), [&own](const Connection& connection) {
    return connection.inode != 0 && own.contains(connection.inode);
  });
}

}  // namespace

void look_whether_ready(const PoolContext& context, Member& member) {
  const bool at_rest = member.quiet_looks >= kTuning.quiet_looks_ready;
  if (context.settings.external) {
    // The server says who is a worker; at rest, or speaking, it serves.
    if (member.view.speaks || at_rest) became_ready(context, member, "");
    return;
  }
  if (member.servers.empty()) {
    warn_of_silence(context, member);
    return;
  }
  // In this form every child holds it; that it listens nowhere else shows that it took it.
  if (context.settings.listen_fds) {
    if (!at_rest && !member.view.speaks) return;
    if (listens_elsewhere(context, member)) {
      warn_of_silence(context, member);
    } else {
      became_ready(context, member, "");
    }
    return;
  }
  if (member.view.speaks) {
    became_ready(context, member, "");
  } else if (at_rest || has_client(context, member)) {
    became_ready(context, member, kWithoutPart);
  }
}

}  // namespace tidemark
