// Set-up, the loop and the end. See also supervisor_observe.cc and supervisor_act.cc.
#include "supervise/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/units.h"
#include "preload/preload.h"
#include "sources/small_file.h"
#include "supervise/holders.h"

namespace tidemark {
namespace {

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    return fmt::format("by SIG{}", name != nullptr ? name : std::to_string(WTERMSIG(status)));
  }
  return fmt::format("with exit code {}", WEXITSTATUS(status));
}

constexpr std::string_view kPrefix = "run-";

}  // namespace

Supervisor::Supervisor(const PoolSettings& settings, const PoolOutput& output)
    : settings_(settings), output_(output), random_(std::random_device{}()) {
  begun_ = now();
}

double Supervisor::now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string Supervisor::file(const char* suffix) const {
  return fmt::format("{}{}{}", kPrefix, settings_.name, suffix);
}

Member* Supervisor::find(int number) {
  const auto found = std::find_if(members_.begin(), members_.end(), [number](const Member& member) {
    return member.view.number == number;
  });
  return found == members_.end() ? nullptr : &*found;
}

void Supervisor::say(const std::string& line, bool alarm) {
  if (output_.say) output_.say(line, alarm);
  decisions_.push_back(fmt::format("{:.0f} {}", wall_time(), line));
  if (decisions_.size() > 20) decisions_.pop_front();
}

// ---- Set-up
// --------------------------------------------------------------------------------------

// In the first of our places that takes a lock and a socket; a full disk is no reason to give up.
Result<void> Supervisor::set_up_channel() {
  Result<void> answer = fail(ErrorCode::kIo, "no folder for files of our own");
  for (bool first = true; const std::string& place : private_folder_places()) {
    auto made = set_up_channel_in(place);
    if (made || lock_taken_) return made;
    if (first) answer = std::move(made);
    first = false;
  }
  return answer;
}

Result<void> Supervisor::set_up_channel_in(const std::string& place) {
  auto folder = open_private_folder(place);
  if (!folder) return std::unexpected(folder.error());
  folder_ = std::move(*folder);
  lock_ = FileDescriptor(openat(folder_.descriptor.get(), file(".lock").c_str(),
                                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_.open()) {
    return fail(ErrorCode::kIo, fmt::format("cannot make {}/{}: {}", folder_.path, file(".lock"),
                                            system_reason(errno)));
  }
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    lock_taken_ = true;
    return fail(ErrorCode::kIo, fmt::format("a tidemark already runs {}", settings_.name),
                fmt::format("`tidemark status {}` shows it; stop it, or choose another --port or "
                            "--name",
                            settings_.name));
  }
  auto channel = Channel::open(folder_.path + "/" + file(".sock"));
  if (!channel) return std::unexpected(channel.error());
  channel_ = std::move(*channel);
  return {};
}

Result<void> Supervisor::set_up() {
  if (auto ready = set_up_channel(); !ready) return ready;
  if (!settings_.metrics_listen.empty()) {
    if (auto listening = channel_.listen_for_metrics(settings_.metrics_listen); !listening) {
      return listening;
    }
  }

  sigset_t taken;
  sigemptyset(&taken);
  for (const int signal :
       {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU}) {
    if (!settings_.external && (signal == SIGUSR1 || signal == SIGUSR2)) continue;
    if (settings_.attach != 0 && (signal == SIGTTIN || signal == SIGTTOU)) continue;
    sigaddset(&taken, signal);
  }
  sigprocmask(SIG_BLOCK, &taken, nullptr);
  signals_ = FileDescriptor(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));

  launch_.command = settings_.command;
  launch_.control_socket = channel_.path();
  if (settings_.preload) {
    for (const auto& [path, name] : {std::pair{&launch_.ruby_preload, "ruby/supervised.rb"},
                                     std::pair{&launch_.node_preload, "node/supervised.js"}}) {
      if (auto file = preload_file(name)) {
        *path = *file;
      } else {
        say("workers cannot be drained: " + file.error().message, true);
      }
    }
  }
  if (settings_.platform_restart) pool_.platform_restart = begun_ + *settings_.platform_restart;
  pool_.cpus = std::max(1U, std::thread::hardware_concurrency());
  pool_.scaling.wanted = settings_.min_workers;
  if (settings_.external) return set_up_external();

  const auto kept = read_small_file(folder_.path + "/" + file(".state"));
  if (kept) {
    if (auto taken_over = take_over(*kept); !taken_over) return taken_over;
  }
  if (!listener_.socket.open()) {
    auto listener = open_listener(settings_.host, settings_.port);
    if (!listener) return std::unexpected(listener.error());
    listener_ = std::move(*listener);
  }
  port_ = listener_.port;
  launch_.port = port_;
  if (settings_.listen_fds) {
    launch_.listening = listener_.socket.get();
  } else {
    auto library = preload_file("native/take_socket.so");
    if (!library) return std::unexpected(library.error());
    launch_.library_preload = *library;
  }
  say(fmt::format("listening on {} port {}; {} to {}", settings_.host, port_, settings_.min_workers,
                  plural(settings_.max_workers, "worker")));
  return {};
}

Result<void> Supervisor::set_up_external() {
  port_ = settings_.port;
  if (settings_.attach != 0) {
    const auto process = read_process(settings_.attach);
    if (!process || process->dead) {
      return fail(ErrorCode::kNotFound, fmt::format("no process {} runs", settings_.attach));
    }
    master_ = open_process(settings_.attach);
    master_pid_ = settings_.attach;
    say(
        fmt::format("watching {} (pid {}) and its workers; they were started without the part that "
                    "drains",
                    process_title(*process), process->pid));
    return {};
  }
  auto started = launch(launch_);
  if (!started) return std::unexpected(started.error());
  master_ = std::move(started->handle);
  master_pid_ = started->pid;
  master_is_child_ = true;
  say(fmt::format("started {} (pid {}), which keeps its own workers", settings_.command[0],
                  master_pid_));
  return {};
}

// Workers of a tidemark that is gone. They go on under us where the kernel lets us have their
// socket; else they are stopped, in order, so that we can have the port.
Result<void> Supervisor::take_over(const std::string& text) {
  const auto kept = read_state(text);
  if (!kept) {
    say(kept.error().message + "; workers that it left, if any, have to be stopped by hand", true);
    return {};
  }
  next_number_ = kept->next_number;
  std::vector<const KeptWorker*> alive;
  for (const KeptWorker& worker : kept->workers) {
    const auto process = read_process(worker.pid);
    if (process && !process->dead && process->started == worker.started) alive.push_back(&worker);
  }
  if (alive.empty()) return {};
  std::string reason = "they do not hold the socket";
  for (const KeptWorker* worker : alive) {
    for (const int server : worker->servers) {
      auto listener = copy_listener(server, kept->listener);
      if (!listener) {
        reason = listener.error().message;
        continue;
      }
      listener_ = std::move(*listener);
    }
  }
  if (!listener_.socket.open()) {
    say(fmt::format("{} of the last run cannot be taken over ({}); stopping them first",
                    plural(alive.size(), "worker"), reason),
        true);
    for (const KeptWorker* worker : alive) {
      const auto targets =
          worker->servers.empty() ? std::vector<int>{worker->pid} : worker->servers;
      for (const int pid : targets) {
        const auto process = read_process(pid);
        if (process) kill(pid, graceful_signal(kind_of_server(*process)));
      }
    }
    const double until = now() + settings_.stop_timeout;
    for (const KeptWorker* worker : alive) {
      const auto runs = [worker] {
        const auto process = read_process(worker->pid);
        return process && !process->dead && process->started == worker->started;
      };
      while (runs() && now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (runs()) kill(-worker->pid, SIGKILL);
    }
    return {};
  }
  const double wall = wall_time();
  if (kept->last_replaced > 0) pool_.last_replaced = now() - (wall - kept->last_replaced);
  for (const KeptWorker* worker : alive) {
    Member member;
    member.view.number = worker->number;
    member.view.pid = worker->pid;
    member.view.phase = WorkerPhase::kServing;
    member.view.born = member.view.ready = now() - (wall - worker->born);
    member.view.since = now();
    member.view.baseline = worker->baseline;
    member.warm = worker->baseline > 0;
    member.view.spread = std::uniform_real_distribution<>(0, 1)(random_);
    member.served_before = worker->served;
    member.started = worker->started;
    member.born_wall = worker->born;
    member.servers = worker->servers;
    member.handle = open_process(worker->pid);
    member.pids = {worker->pid};
    members_.push_back(std::move(member));
  }
  pool_.ever_served = true;
  pool_.scaling.wanted =
      std::clamp<int>(static_cast<int>(alive.size()), settings_.min_workers, settings_.max_workers);
  say(fmt::format("took over {} of the last run, which serve on port {}",
                  plural(alive.size(), "worker"), listener_.port));
  return {};
}

void Supervisor::save_state() {
  if (settings_.external) return;
  KeptState kept;
  kept.listener = listener_.inode;
  kept.next_number = next_number_;
  if (pool_.last_replaced > 0) kept.last_replaced = wall_time() - (now() - pool_.last_replaced);
  for (const Member& member : members_) {
    kept.workers.push_back({.number = member.view.number,
                            .pid = member.view.pid,
                            .started = member.started,
                            .born = member.born_wall,
                            .served = member.view.served,
                            .baseline = member.view.baseline,
                            .servers = member.servers});
  }
  const auto written = keep_file(folder_, file(".state"), write_state(kept));
  if (!written && !said_no_state_) {
    say(written.error().message + "; if tidemark crashes, its workers cannot be taken over", true);
  }
  said_no_state_ = !written;
}

// ---- The loop
// ------------------------------------------------------------------------------------

Result<int> Supervisor::run() {
  if (auto ready = set_up(); !ready) return std::unexpected(ready.error());
  loop();
  unlinkat(folder_.descriptor.get(), file(".sock").c_str(), 0);
  unlinkat(folder_.descriptor.get(), file(".state").c_str(), 0);
  if (!fatal_.empty()) {
    return fail(ErrorCode::kIo, fatal_, "what the workers printed, above, may say why");
  }
  return exit_code_;
}

void Supervisor::loop() {
  while (!done_) {
    std::vector<pollfd> waits;
    waits.push_back({.fd = signals_.get(), .events = POLLIN, .revents = 0});
    channel_.add_to(waits);
    for (const Member& member : members_) {
      if (member.handle.open()) {
        waits.push_back({.fd = member.handle.get(), .events = POLLIN, .revents = 0});
      }
    }
    if (master_.open()) waits.push_back({.fd = master_.get(), .events = POLLIN, .revents = 0});
    poll(waits.data(), waits.size(), in_transition() ? 50 : 250);

    take_signals();
    take_lines();
    collect_children();
    observe();
    if (done_) break;
    if (settings_.external && pool_.ending) continue;
    const Decision decision = decide(settings_, state());
    pool_.scaling = decision.scaling;
    for (const Action& action : decision.actions) act(action);
    if (!fatal_.empty() && !pool_.ending) {
      pool_.ending = true;
      pool_.ending_since = now();
      exit_code_ = 1;
    }
    if (pool_.ending && members_.empty() && !settings_.external) done_ = true;
  }
}

void Supervisor::take_signals() {
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) continue;
    if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) {
      if (settings_.attach != 0) {
        say("ends; the server and its workers go on");
        done_ = true;
      } else if (!pool_.ending) {
        pool_.ending = true;
        pool_.ending_since = now();
        say(fmt::format("SIG{}: finishing what has come in, then all ends", sigabbrev_np(signal)));
        for (const Member& member : members_) {
          for (const auto& [connection, voice] : member.voices) {
            channel_.send(connection, "finish\n");
          }
        }
      } else if (now() - pool_.ending_since > 0.2 && signal != SIGTERM) {
        say("again: all ends now");
        pool_.ending_since = now() - settings_.end_timeout - 1;
      }
    } else if (settings_.external && settings_.attach == 0) {
      pass_on(signal);
    } else if (signal == SIGHUP) {
      to_replace_.clear();
      for (const Member& member : members_) to_replace_.push_back(member.view.number);
      say(fmt::format("SIGHUP: replacing {}, one at a time", plural(members_.size(), "worker")));
    }
  }
}

// What a signal means is the server's business.
void Supervisor::pass_on(int signal) {
  int target = master_pid_;
  for (const Member& member : members_) {
    const auto process = read_process(member.view.pid);
    if (process && process->parent > 1) target = process->parent;
  }
  say(fmt::format("SIG{} goes to the server (pid {})", sigabbrev_np(signal), target));
  kill(target, signal);
}

void Supervisor::take_lines() {
  std::vector<int> closed;
  for (const ChannelLine& line : channel_.receive(closed)) take_line(line);
  for (const int connection : closed) {
    strangers_.erase(connection);
    for (Member& member : members_) {
      const auto voice = member.voices.find(connection);
      if (voice == member.voices.end()) continue;
      member.served_before += voice->second.served;
      member.voices.erase(voice);
      observe_voices(member);
    }
  }
}

void Supervisor::take_line(const ChannelLine& line) {
  const std::string& text = line.text;
  if (line.pid == 0) {  // over HTTP; what follows the first line is not needed
    if (!text.starts_with("GET ")) return;
    const std::string body = output_.render ? output_.render(status(), "metrics") : "";
    const bool known = text.starts_with("GET /metrics") || text.starts_with("GET / ");
    channel_.send(line.connection,
                  fmt::format("HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4\r\n"
                              "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                              known ? "200 OK" : "404 Not Found", known ? body.size() : 0,
                              known ? body : ""));
    channel_.finish(line.connection);
    return;
  }
  if (text.starts_with("status ")) {
    if (output_.render) channel_.send(line.connection, output_.render(status(), text.substr(7)));
    channel_.finish(line.connection);
    return;
  }
  Member* member = member_of(line.pid);
  if (text == "socket") {
    if (member == nullptr || !listener_.socket.open()) {
      channel_.finish(line.connection);
      return;
    }
    member->asked_for_socket = true;
    channel_.send_descriptor(line.connection, listener_.socket.get());
    return;
  }
  Voice& voice = (member != nullptr ? member->voices : strangers_)[line.connection];
  voice.pid = line.pid;
  if (text.starts_with("hello")) {
    if (pool_.ending) {
      channel_.send(line.connection, "finish\n");
    } else if (member != nullptr && member->view.phase == WorkerPhase::kDraining) {
      channel_.send(line.connection, "drain\n");
    }
  } else if (text == "draining") {
    voice.drains = true;
  } else if (text.starts_with("stats ")) {
    for (const auto& [name, number] :
         {std::pair{"served=", &voice.served}, std::pair{"busy=", &voice.busy},
          std::pair{"waiting=", &voice.waiting}, std::pair{"lag=", &voice.lag}}) {
      const std::size_t at = text.find(name);
      if (at == std::string::npos) continue;
      const char* begin = text.data() + at + std::string_view(name).size();
      std::from_chars(begin, text.data() + text.size(), *number);
    }
  }
  if (member != nullptr) observe_voices(*member);
}

// The worker that a process belongs to, by its ancestors.
Member* Supervisor::member_of(int pid) {
  for (int steps = 0; pid > 1 && steps < 32; ++steps) {
    for (Member& member : members_) {
      if (member.view.pid == pid ||
          std::find(member.servers.begin(), member.servers.end(), pid) != member.servers.end()) {
        return &member;
      }
    }
    const auto process = read_process(pid);
    if (!process || pid == getpid()) return nullptr;
    pid = process->parent;
  }
  return nullptr;
}

// ---- What ends
// -----------------------------------------------------------------------------------

void Supervisor::collect_children() {
  // Children of ours, and orphans that the system gave us where we are its first process.
  siginfo_t info{};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
    const int pid = info.si_pid;
    const int status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
    info = {};
    if (pid == master_pid_ && master_is_child_) {
      say(fmt::format("the server ended {}", describe_exit(status)), !pool_.ending);
      exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
      if (pool_.ending && WIFSIGNALED(status)) exit_code_ = 0;
      done_ = true;
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].view.pid != pid) continue;
      member_ended(i, describe_exit(status));
      break;
    }
  }
  // Those that are not our children: taken over, or the server's own.
  for (std::size_t i = members_.size(); i-- > 0;) {
    pollfd wait{.fd = members_[i].handle.get(), .events = POLLIN, .revents = 0};
    if (members_[i].handle.open() && poll(&wait, 1, 0) == 1) member_ended(i, "");
  }
  pollfd wait{.fd = master_.get(), .events = POLLIN, .revents = 0};
  if (master_.open() && !master_is_child_ && poll(&wait, 1, 0) == 1) {
    say("the server has ended", true);
    exit_code_ = 1;
    done_ = true;
  }
}

void Supervisor::failed_start(const std::string& why) {
  ++pool_.failed_starts;
  pool_.retry_at = now() + start_pause(pool_.failed_starts);
  if (pool_.ever_served || pool_.failed_starts < settings_.give_up) {
    say(fmt::format("{}; the next try is in {:.1f} s", why, pool_.retry_at - now()), true);
    return;
  }
  say(why, true);
  fatal_ = fmt::format("{} workers in a row have failed to start", pool_.failed_starts);
}

void Supervisor::member_ended(std::size_t index, const std::string& how) {
  Member member = std::move(members_[index]);
  members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
  served_before_ += member.view.served;
  // What it has started and left behind would keep the port open.
  if (!settings_.external) kill(-member.view.pid, SIGTERM);
  const double lived = now() - member.view.born;
  const std::string name = fmt::format("worker {} (pid {})", member.view.number, member.view.pid);
  const std::string ending = how.empty() ? "" : " " + how;
  switch (member.view.phase) {
    case WorkerPhase::kStarting:
      if (pool_.ending) break;
      if (settings_.external) {
        say(fmt::format("{} ended before it served", name), true);
      } else {
        failed_start(
            fmt::format("{} ended{} before it served, after {:.1f} s", name, ending, lived));
      }
      break;
    case WorkerPhase::kServing:
      if (pool_.ending) break;
      ++crashed_;
      say(fmt::format("{} ended{}, which nobody asked for; it had {}", name, ending,
                      format_bytes(static_cast<std::int64_t>(member.view.memory))),
          true);
      if (now() - member.view.ready < 5) {
        ++pool_.failed_starts;
        pool_.retry_at = now() + start_pause(pool_.failed_starts);
      }
      break;
    case WorkerPhase::kKilled:
      if (member.view.ready == 0 && !pool_.ending) failed_start(name + " was killed");
      [[fallthrough]];
    case WorkerPhase::kDraining:
    case WorkerPhase::kStopping:
      if (pool_.ending) break;
      say(fmt::format("{} has ended{}", name,
                      member.view.phase == WorkerPhase::kDraining ? ending : ""));
      if (!member.view.retiring.empty()) {
        remember_recycle(member);
        pool_.last_replaced = now();
      }
      break;
  }
  save_state();
}

// ---- For everybody
// -------------------------------------------------------------------------------

Result<int> run_pool(const PoolSettings& settings, const PoolOutput& output) {
  return std::make_unique<Supervisor>(settings, output)->run();
}

std::vector<std::string> list_pools() {
  std::vector<std::string> names;
  for (const std::string& place : private_folder_places()) {
    std::error_code ignored;
    const std::string folder = fmt::format("{}/tidemark-{}", place, geteuid());
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      std::string name = entry.path().filename().string();
      if (!name.starts_with(kPrefix) || !name.ends_with(".sock")) continue;
      name = name.substr(kPrefix.size(), name.size() - kPrefix.size() - 5);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> find_pool(const std::string& name) {
  for (const std::string& place : private_folder_places()) {
    const std::string path =
        fmt::format("{}/tidemark-{}/{}{}.sock", place, geteuid(), kPrefix, name);
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return fail(ErrorCode::kNotFound, fmt::format("no tidemark runs {} for this user", name));
}

}  // namespace tidemark
