// An app that runs and answers, with load that can be turned on and off: what a run and a
// look at endpoints share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "reproduce/app/app_process.h"
#include "reproduce/app_watch.h"
#include "reproduce/load/load_generator.h"
#include "reproduce/run.h"

namespace tidemark {

class RunningApp {
 public:
  // Starts the app, or attaches to it, and waits until it answers. Errors: see run.h.
  static Result<RunningApp> start(const ReproduceSettings& settings, const std::string& log,
                                  bool traced, Monitor& monitor);

  [[nodiscard]] AppWatch& watch() { return watch_; }
  [[nodiscard]] const LoadGenerator& load() const { return load_; }
  [[nodiscard]] const ServerAddress& server() const { return server_; }
  // How it ended, once it has.
  [[nodiscard]] std::optional<std::string> ended();

  // When to end a stretch of load.
  struct Stretch {
    std::uint64_t requests = 0;  // answered, and
    double least_seconds = 0;
    double least_growth = 0;  // bytes; and
    double most_growth = 0;   // or this; 0: no matter
    double most_seconds = 0;  // or this
  };
  // Sends load, and samples. Rests at its end: nothing is under way afterwards. False when it was
  // cancelled, or the app has ended.
  bool send(const Stretch& stretch, Monitor& monitor);
  // Load without an end, while the caller looks on.
  void begin_load() { load_.resume(); }
  void end_load();
  // Without load.
  void rest(double seconds, const Monitor& monitor);

 private:
  RunningApp(std::optional<AppProcess> process, AppWatch watch, LoadGenerator load,
             ServerAddress server, pid_t pid, std::string preload)
      : process_(std::move(process)),
        watch_(std::move(watch)),
        load_(std::move(load)),
        server_(server),
        pid_(pid),
        preload_(std::move(preload)) {}

  std::optional<AppProcess> process_;
  AppWatch watch_;
  LoadGenerator load_;
  ServerAddress server_;
  pid_t pid_ = 0;

  // A file that is removed with the app.
  struct RemovedFile {
    std::string path;
    explicit RemovedFile(std::string p) : path(std::move(p)) {}
    RemovedFile(RemovedFile&& other) noexcept;
    RemovedFile& operator=(RemovedFile&&) = delete;
    ~RemovedFile();
  };
  RemovedFile preload_;
};

}  // namespace tidemark
