#include "reproduce/running_app.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/file_descriptor.h"
#include "host/host.h"
#include "host/process.h"
#include "reproduce/app/app_port.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSampleSeconds = 0.2;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// A Ruby file that turns allocation tracing on, for RUBYOPT, which splits its words at spaces: so
// not in a folder that the user has named.
Result<std::string> write_preload() {
  std::string path = "/tmp/tidemark-trace-XXXXXX.rb";
  const FileDescriptor file(mkostemps(path.data(), 3, O_CLOEXEC));
  constexpr std::string_view kCode =
      "require 'objspace'\nObjectSpace.trace_object_allocations_start\n";
  if (!file.open() ||
      write(file.get(), kCode.data(), kCode.size()) != static_cast<ssize_t>(kCode.size())) {
    return fail(ErrorCode::kIo, "cannot write " + path);
  }
  return path;
}

// Whoever is attached to may be a worker, whose master holds the socket.
std::vector<pid_t> around(pid_t pid) {
  std::vector<pid_t> all = process_tree({pid});
  pid_t parent = pid;
  for (int depth = 0; depth < 3; ++depth) {
    const auto status = read_status(this_machine(), parent);
    if (!status || status->parent <= 1) break;
    parent = status->parent;
    all.push_back(parent);
  }
  return all;
}

struct Started {
  std::optional<AppProcess> process;
  pid_t pid = 0;
  std::uint16_t port = 0;
  std::string preload;
};

Result<Started> start_process(const ReproduceSettings& settings, const std::string& log,
                              bool traced) {
  Started out;
  out.port = settings.port;
  if (settings.command.empty()) {
    out.pid = settings.pid;
    return out;
  }
  if (out.port == 0) out.port = free_port();
  AppCommand command{.words = settings.command, .environment = {}, .log = log};
  command.environment.emplace_back("PORT", std::to_string(out.port));
  if (traced) {
    auto preload = write_preload();
    if (!preload) return std::unexpected(preload.error());
    out.preload = *preload;
    const char* const before = std::getenv("RUBYOPT");
    command.environment.emplace_back(
        "RUBYOPT", fmt::format("-r{} {}", *preload, before == nullptr ? "" : before));
  }
  auto process = AppProcess::start(command);
  if (!process) {
    if (!out.preload.empty()) unlink(out.preload.c_str());
    return std::unexpected(process.error());
  }
  out.pid = process->pid();
  out.process.emplace(std::move(*process));
  return out;
}

}  // namespace

RunningApp::RemovedFile::RemovedFile(RemovedFile&& other) noexcept
    : path(std::exchange(other.path, {})) {}

RunningApp::RemovedFile::~RemovedFile() {
  if (!path.empty()) unlink(path.c_str());
}

Result<RunningApp> RunningApp::start(const ReproduceSettings& settings, const std::string& log,
                                     bool traced, Monitor& monitor) {
  monitor.begin_phase(settings.command.empty() ? "looking for the app" : "starting the app", 0);
  auto started = start_process(settings, log, traced);
  if (!started) return std::unexpected(started.error());
  RemovedFile preload(started->preload);
  const pid_t pid = started->pid;
  ReadinessCheck check;
  check.wanted = started->port;
  check.log = settings.command.empty() ? std::string() : log;
  check.request = settings.requests.front();
  check.patience = settings.start_timeout;
  check.processes = [&] { return started->process ? started->process->processes() : around(pid); };
  check.ended = [&]() -> std::optional<std::string> {
    if (started->process) return started->process->ended();
    return read_status(this_machine(), pid) ? std::nullopt
                                            : std::optional<std::string>("it is gone");
  };
  const auto server = wait_until_ready(check, monitor);
  if (!server) return std::unexpected(server.error());
  auto watch = AppWatch::follow(pid);
  if (!watch) return std::unexpected(watch.error());
  auto load = LoadGenerator::start({.server = *server,
                                    .connections = settings.connections,
                                    .rate = settings.rate,
                                    .timeout = settings.timeout},
                                   UrlMix(settings.requests, server->host()));
  if (!load) return std::unexpected(load.error());
  watch->look(0);
  return RunningApp(std::move(started->process), std::move(*watch), std::move(*load), *server, pid,
                    std::exchange(preload.path, {}));
}

std::optional<std::string> RunningApp::ended() {
  if (process_) return process_->ended();
  return read_status(this_machine(), pid_) ? std::nullopt
                                           : std::optional<std::string>("it is gone");
}

bool RunningApp::send(const Stretch& stretch, Monitor& monitor) {
  const auto begin = Clock::now();
  const std::uint64_t first = load_.answered();
  const MemorySeries& series = watch_.series();
  const double before = series.samples.empty() ? 0 : series.samples.back().bytes;
  const auto now_bytes = [&] { return series.samples.empty() ? 0 : series.samples.back().bytes; };
  bool fine = true;
  load_.resume();
  while (true) {
    std::this_thread::sleep_for(std::chrono::duration<double>(kSampleSeconds));
    watch_.look(load_.answered());
    const std::uint64_t answered = load_.answered() - first;
    monitor.advance(answered);
    if (monitor.cancelled() || ended()) {
      fine = false;
      break;
    }
    const double seconds = since(begin);
    const double growth = now_bytes() - before;
    if (stretch.most_seconds > 0 && seconds >= stretch.most_seconds) break;
    if (stretch.most_growth > 0 && growth >= stretch.most_growth) break;
    if (answered >= stretch.requests && seconds >= stretch.least_seconds &&
        growth >= stretch.least_growth) {
      break;
    }
  }
  end_load();
  return fine;
}

void RunningApp::end_load() {
  load_.pause();
  const auto paused = Clock::now();
  // A request ends with its timeout at the latest; the app may end before.
  while (!load_.quiet() && !(ended() && since(paused) > 1)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void RunningApp::rest(double seconds, const Monitor& monitor) {
  const auto begin = Clock::now();
  while (since(begin) < seconds && !monitor.cancelled()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  watch_.look_closely(load_.answered());
}

}  // namespace tidemark
