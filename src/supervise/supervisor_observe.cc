// What is going on: processes, memory, load, who is ready. Reads only.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <set>

#include "base/units.h"
#include "series/clock_text.h"
#include "sources/control_group.h"
#include "supervise/holders.h"
#include "supervise/supervisor.h"

namespace tidemark {
namespace {

constexpr double kQuietShare = 0.2;  // of a processor: below it a starting server has come to rest

bool contains(const std::vector<int>& pids, int pid) {
  return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

std::string bytes(double amount) { return format_bytes(std::llround(amount)); }

}  // namespace

bool Supervisor::in_transition() const {
  return pool_.ending || !to_replace_.empty() ||
         std::any_of(members_.begin(), members_.end(), [](const Member& member) {
           return member.view.phase != WorkerPhase::kServing || !member.view.retiring.empty();
         });
}

PoolView Supervisor::state() const {
  PoolView state = pool_;
  state.now = now();
  for (const Member& member : members_) state.workers.push_back(member.view);
  state.replacing = std::any_of(open_recycles_.begin(), open_recycles_.end(),
                                [](const Recycle& recycle) { return recycle.new_worker == 0; });
  return state;
}

PoolStatus Supervisor::status() const {
  PoolStatus status;
  status.name = settings_.name;
  for (const std::string& word : settings_.command) {
    status.command += (status.command.empty() ? "" : " ") + word;
  }
  status.pid = getpid();
  status.port = port_;
  status.external = settings_.external;
  ServerKind kind = cluster_;
  for (const Member& member : members_) {
    if (kind == ServerKind::kOther) kind = member.kind;
  }
  status.server = server_name(kind);
  status.uptime = now() - begun_;
  status.min_workers = settings_.min_workers;
  status.max_workers = settings_.max_workers;
  status.max_memory = settings_.max_memory;
  status.queue_limit = queue_limit_;
  status.own_memory = own_memory_;
  status.started = started_;
  status.replaced = replaced_;
  status.crashed = crashed_;
  status.served = served_before_;
  for (const Member& member : members_) status.served += member.view.served;
  status.state = state();
  status.decisions.assign(decisions_.begin(), decisions_.end());
  return status;
}

void Supervisor::observe() {
  const double time = now();
  const bool moving = in_transition();
  if (listener_.socket.open()) {
    const QueueDepth queue = queue_depth(listener_);
    pool_.load.queue = queue.waiting;
    queue_limit_ = queue.limit;
    if (queue.limit != kBacklog) restore_backlog(listener_);
  }
  const double every = moving ? 0.2 : 1;
  if (time - looked_at_processes_ >= every) {
    looked_at_processes_ = time;
    observe_processes();
  }
  if (time - looked_at_load_ >= 1) {
    looked_at_load_ = time;
    observe_load();
  }
  if (time - looked_at_memory_ >= settings_.sample) {
    looked_at_memory_ = time;
    observe_memory();
  }
  observe_connections();
  settle_recycles();
  if (!to_replace_.empty() &&
      std::all_of(members_.begin(), members_.end(), [](const Member& member) {
        return member.view.phase == WorkerPhase::kServing && member.view.retiring.empty();
      })) {
    Member* member = find(to_replace_.front());
    to_replace_.erase(to_replace_.begin());
    if (member != nullptr) member->view.retiring = "SIGHUP";
  }
  if (settings_.external && pool_.ending && master_is_child_) {
    const double waited = time - pool_.ending_since;
    bool quiet = waited > 0.5;
    for (const Member& member : members_) {
      quiet = quiet && member.view.speaks && member.view.busy == 0 &&
              member.view.connections.value_or(0) == 0;
    }
    const bool nobody_speaks = std::none_of(members_.begin(), members_.end(),
                                            [](const Member& m) { return m.view.speaks; });
    if (!master_told_ && (quiet || nobody_speaks || waited > 8)) {
      master_told_ = true;
      pass_on(SIGTERM);
    }
    if (waited > settings_.end_timeout && !master_killed_) {
      master_killed_ = true;
      say("the server is still there at the end of the time there is: it is killed", true);
      kill(-master_pid_, SIGKILL);
    }
  }
}

// ---- Processes
// -----------------------------------------------------------------------------------

void Supervisor::observe_processes() {
  const std::vector<ProcessInfo> processes = list_processes();
  if (settings_.external) observe_cluster(with_descendants(processes, {master_pid_}));
  const double time = now();
  for (Member& member : members_) {
    const auto family = with_descendants(processes, {member.view.pid});
    std::vector<int> pids;
    double used = 0;
    double starved = 0;
    for (const ProcessInfo& process : family) {
      pids.push_back(process.pid);
      used += processor_seconds(process.pid);
      starved += starved_seconds(process.pid);
    }
    if (pids.empty()) continue;  // it has just ended
    member.pids = std::move(pids);
    if (member.processor >= 0 && time > member.processor_time) {
      // A process that ended takes its seconds with it.
      const double span = time - member.processor_time;
      const double share = std::max(0.0, used - member.processor) / span;
      // On a busy machine one that boots may get next to no processor: it is not at rest.
      const double wanted = share + std::max(0.0, starved - member.starved) / span;
      member.view.cpu = share;
      member.quiet_looks = wanted < kQuietShare ? member.quiet_looks + 1 : 0;
    }
    member.processor = used;
    member.starved = starved;
    member.processor_time = time;
    if (member.view.phase == WorkerPhase::kStarting) {
      if (!settings_.external) find_servers(member, family);
      look_whether_ready(member);
    } else if (member.view.phase == WorkerPhase::kServing) {
      if (!settings_.external && member.servers.empty()) find_servers(member, family);
      if (time - member.view.ready > 5) pool_.failed_starts = 0;
    }
  }
}

void Supervisor::find_servers(Member& member, const std::vector<ProcessInfo>& family) {
  std::vector<int> holders;
  for (const ProcessInfo& process : family) {
    if (descriptor_of(process.pid, listener_.inode)) holders.push_back(process.pid);
  }
  member.servers.clear();
  for (const ProcessInfo& process : family) {
    if (!contains(holders, process.pid) || contains(holders, process.parent)) continue;
    member.servers.push_back(process.pid);
    const ServerKind kind = kind_of_server(process);
    if (kind != ServerKind::kOther) member.kind = kind;
  }
}

void Supervisor::observe_cluster(const std::vector<ProcessInfo>& processes) {
  const Cluster cluster = find_cluster(processes, has_variable);
  if (cluster.master != 0 && !cluster_seen_) {
    cluster_seen_ = true;
    cluster_ = cluster.kind;
    say(fmt::format("{} keeps {} (master: pid {})", server_name(cluster.kind),
                    plural(cluster.workers.size(), "worker"), cluster.master));
  }
  for (const ProcessInfo& process : processes) {
    if (!contains(cluster.workers, process.pid)) continue;
    const bool known = std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
      return member.view.pid == process.pid && member.started == process.started;
    });
    if (known) continue;
    Member member;
    member.view.number = next_number_++;
    member.view.pid = process.pid;
    member.view.born = member.view.since = now();
    member.view.spread = std::uniform_real_distribution<>(0, 1)(random_);
    member.started = process.started;
    member.handle = open_process(process.pid);
    member.pids = {process.pid};
    ++started_;
    for (Recycle& recycle : open_recycles_) {
      if (recycle.new_worker == 0) {
        recycle.new_worker = member.view.number;
        break;
      }
    }
    // It may have spoken before it was found.
    for (auto voice = strangers_.begin(); voice != strangers_.end();) {
      const auto here = voice++;
      if (here->second.pid == process.pid) member.voices.insert(strangers_.extract(here));
    }
    members_.push_back(std::move(member));
    observe_voices(members_.back());
  }
  if (!cluster_seen_ && !master_warned_ && now() - begun_ > settings_.start_timeout) {
    master_warned_ = true;
    say("no server with workers of its own was found (Puma's cluster, unicorn, pitchfork, "
        "gunicorn, "
        "Node's cluster and PM2 are known); without --external tidemark keeps the workers itself",
        true);
  }
  if (port_ == 0 && cluster.master != 0) {
    // The port that they listen on, to count their clients.
    const auto listening = connections_of_port(0, SocketKind::kListening);
    const auto held = socket_inodes(cluster.master);
    for (const Connection& socket : listening) {
      if (held.contains(socket.inode)) port_ = socket.port;
    }
  }
  // A replacement that does not come is the server's affair, and ours to tell.
  for (Recycle& recycle : open_recycles_) {
    if (recycle.new_worker != 0) continue;
    if (now() - recycle.time < settings_.start_timeout) continue;
    say(fmt::format("{} has started no worker in place of worker {}", server_name(cluster_),
                    recycle.old_worker),
        true);
    recycle.new_worker = -1;
  }
}

// ---- Ready?
// --------------------------------------------------------------------------------------

void Supervisor::look_whether_ready(Member& member) {
  if (settings_.external) {
    // The server says who is a worker; at rest, or speaking, it serves.
    if (member.view.speaks || member.quiet_looks >= 3) became_ready(member, "");
    return;
  }
  if (member.servers.empty()) {
    warn_of_silence(member);
    return;
  }
  // In this form every child holds it; that it listens nowhere else shows that it took it.
  if (settings_.listen_fds) {
    if (member.quiet_looks >= 3 || member.view.speaks) {
      std::set<std::uint64_t> own;
      for (const int pid : member.pids) own.merge(socket_inodes(pid));
      for (const Connection& socket : connections_of_port(0, SocketKind::kListening)) {
        if (socket.inode != listener_.inode && own.contains(socket.inode)) {
          warn_of_silence(member);
          return;
        }
      }
      became_ready(member, "");
    }
    return;
  }
  if (member.view.speaks) {
    became_ready(member, "");
    return;
  }
  if (member.quiet_looks >= 3) {
    became_ready(member, ", without the part that drains");
    return;
  }
  std::set<std::uint64_t> own;
  for (const int pid : member.pids) own.merge(socket_inodes(pid));
  for (const Connection& connection : connections_of_port(port_, SocketKind::kOpen)) {
    if (connection.inode != 0 && own.contains(connection.inode)) {
      became_ready(member, ", without the part that drains");
      return;
    }
  }
}

void Supervisor::became_ready(Member& member, const char* proof) {
  member.view.phase = WorkerPhase::kServing;
  member.view.ready = member.view.since = now();
  pool_.ever_served = true;
  looked_at_memory_ = -1e9;
  say(fmt::format("worker {} (pid {}) serves, {:.1f} s after its start{}", member.view.number,
                  member.view.pid, now() - member.view.born, proof));
  save_state();
}

// It runs, is at rest, and does not hold the socket: the failure that nobody notices.
void Supervisor::warn_of_silence(Member& member) {
  if (member.warned || member.quiet_looks < 15) return;
  member.warned = true;
  std::string where = "it listens nowhere yet";
  std::set<std::uint64_t> own;
  for (const int pid : member.pids) own.merge(socket_inodes(pid));
  for (const Connection& socket : connections_of_port(0, SocketKind::kListening)) {
    if (socket.inode != listener_.inode && own.contains(socket.inode)) {
      where = fmt::format("it listens on port {} instead; have it bind $PORT", socket.port);
    }
  }
  say(fmt::format("worker {} (pid {}) has NOT taken the socket of port {}: {}", member.view.number,
                  member.view.pid, port_, where),
      true);
}

// ---- Memory
// --------------------------------------------------------------------------------------

void Supervisor::observe_memory() {
  double sum = 0;
  double slope = 0;
  for (Member& member : members_) {
    double memory = 0;
    double unique = 0;
    for (const int pid : member.pids) {
      if (const auto read = read_proportional_memory(pid)) {
        memory += read->proportional + read->swap;
        unique += read->unique;
      }
    }
    if (memory <= 0) continue;
    member.view.memory = memory;
    member.view.unique = unique;
    sum += memory;
    if (member.view.phase != WorkerPhase::kServing) continue;
    if (!member.warm && now() - member.view.ready >= std::min(10.0, settings_.min_life)) {
      member.warm = true;
      member.view.baseline = unique;
      pool_.footprint = pool_.footprint == 0 ? memory : 0.7 * pool_.footprint + 0.3 * memory;
    }
    if (!member.warm) continue;
    member.growth.add(now(), memory);
    member.view.growth = member.growth.slope();
    slope += member.view.growth;
  }
  pool_.growth = slope;
  if (const auto own = read_proportional_memory(getpid())) own_memory_ = own->proportional;
  if (settings_.external) {
    // Masters and whatever else the server keeps count for the quota.
    for (const ProcessInfo& process : with_descendants(list_processes(), {master_pid_})) {
      const bool counted = std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
        return contains(member.pids, process.pid);
      });
      const auto read = counted ? std::nullopt : read_proportional_memory(process.pid);
      if (read) sum += read->proportional + read->swap;
    }
  }
  const ControlGroup group = read_control_group(getpid());
  pool_.quota = settings_.quota > 0 ? std::optional(settings_.quota) : group.limit;
  pool_.used = sum + own_memory_;
  // The group's own account is the one that kills.
  if (settings_.quota == 0 && group.limit && group.current) {
    pool_.used = *group.current - group.inactive_file.value_or(0);
  }
}

void Supervisor::settle_recycles() {
  std::erase_if(open_recycles_, [this](Recycle& recycle) {
    if (recycle.new_worker == 0) return false;
    const Member* member = find(recycle.new_worker);
    if (member == nullptr) return true;  // it is gone before it was warm
    // Read since the old one is gone, with which it shared its program's pages.
    if (!member->warm || looked_at_memory_ <= recycle.time) return false;
    recycle.taken = member->view.unique;
    recycle.footprint = member->view.memory;
    say(fmt::format("worker {} in place of {}: {} now, {} then; the old one lived {}",
                    recycle.new_worker, recycle.old_worker, bytes(recycle.taken),
                    bytes(recycle.released), format_hours(recycle.life / 3600)));
    pool_.recycles.push_back(recycle);
    if (pool_.recycles.size() > 20) pool_.recycles.erase(pool_.recycles.begin());
    const auto useless = recycle.for_memory ? why_useless(settings_, pool_.recycles) : std::nullopt;
    if (useless) {
      pool_.useless_until = now() + settings_.useless;
      say(fmt::format("replacing workers does not help: {}. None is replaced for its memory for {}",
                      *useless, format_hours(settings_.useless / 3600)),
          true);
    }
    return true;
  });
}

// ---- Load
// ----------------------------------------------------------------------------------------

void Supervisor::observe_load() {
  if (port_ == 0) return;
  double pending = 0;
  for (const Connection& connection : connections_of_port(port_, SocketKind::kOpen)) {
    if (connection.inode != 0 && connection.pending) ++pending;
  }
  pool_.load.pending = pending;
  if (queue_is_stuck()) {
    say(fmt::format("{} connections wait on port {} and no worker takes them",
                    std::llround(pool_.load.queue), port_),
        true);
  }
}

// Connections wait, and for ten seconds nobody has done anything. Said once.
bool Supervisor::queue_is_stuck() {
  double served = 0;
  double cpu = 0;
  bool serving = false;
  for (const Member& member : members_) {
    served += member.view.served;
    cpu += member.view.cpu;
    serving = serving || member.view.phase == WorkerPhase::kServing;
  }
  const bool stuck =
      serving && pool_.load.queue > 0 && served == stuck_served_ && cpu < 0.05 && !pool_.ending;
  stuck_served_ = served;
  if (!stuck) {
    stuck_since_ = -1;
    return false;
  }
  if (stuck_since_ < 0) stuck_since_ = now();
  if (now() - stuck_since_ < 10) return false;
  stuck_since_ = 1e18;  // said
  return true;
}

void Supervisor::observe_voices(Member& member) {
  Worker& view = member.view;
  view.busy = view.waiting = view.lag = 0;
  view.served = member.served_before;
  for (const auto& [connection, voice] : member.voices) {
    view.served += voice.served;
    view.busy += voice.busy;
    view.waiting += voice.waiting;
    view.lag = std::max(view.lag, voice.lag);
  }
  view.speaks = !member.voices.empty();
  const bool drains = view.speaks && std::all_of(member.voices.begin(), member.voices.end(),
                                                 [](const auto& one) { return one.second.drains; });
  if (!drains) {
    view.drains_since = 0;
  } else if (view.drains_since == 0) {
    view.drains_since = now();
  }
}

// Clients of workers that drain.
void Supervisor::observe_connections() {
  const auto counts = [this](const Member& member) {
    return pool_.ending || member.view.phase == WorkerPhase::kDraining;
  };
  if (port_ == 0 || std::none_of(members_.begin(), members_.end(), counts)) return;
  const auto open = connections_of_port(port_, SocketKind::kOpen);
  for (Member& member : members_) {
    if (!counts(member)) continue;
    std::set<std::uint64_t> own;
    for (const int pid : member.pids) own.merge(socket_inodes(pid));
    member.view.connections = static_cast<int>(
        std::count_if(open.begin(), open.end(), [&own](const Connection& connection) {
          return connection.inode != 0 && own.contains(connection.inode);
        }));
  }
}

}  // namespace tidemark
