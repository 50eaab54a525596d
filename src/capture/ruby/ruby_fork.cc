#include "capture/ruby/ruby_fork.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <thread>

#include "capture/target/proc_files.h"

namespace tidemark {
namespace {

using Clock = std::chrono::steady_clock;

struct RubyFunctions {
  std::uint64_t register_one = 0;  // rb_postponed_job_register_one, until 3.2 and after
  std::uint64_t preregister = 0;   // since 3.3
  std::uint64_t trigger = 0;
  std::uint64_t eval = 0;
  std::uint64_t after_fork = 0;
  std::uint64_t fork = 0;
};

Result<RubyFunctions> find_functions(const Runtime& runtime) {
  RubyFunctions found{.register_one = runtime.module.find("rb_postponed_job_register_one"),
                      .preregister = runtime.module.find("rb_postponed_job_preregister"),
                      .trigger = runtime.module.find("rb_postponed_job_trigger"),
                      .eval = runtime.module.find("rb_eval_string_protect"),
                      .after_fork = runtime.module.find("rb_thread_atfork"),
                      .fork = runtime.libc.find("fork")};
  const bool job = found.register_one != 0 || (found.preregister != 0 && found.trigger != 0);
  if (job && found.eval != 0 && found.after_fork != 0 && found.fork != 0) return found;
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("{} does not export the functions that a capture calls", runtime.module.path),
      "tidemark knows Ruby 3.0 to 4.0, as distributions and ruby-build make it");
}

// struct sigaction of the kernel: handler, flags, restorer, mask.
constexpr std::size_t kActionWords = 4;
constexpr std::array kRubySignals = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGQUIT};
// A signal nobody sends and no program traps: to Ruby's handler it means only "wake up".
constexpr std::uint64_t kNobodysSignal = 16;  // SIGSTKFLT

std::vector<Step> ask_handlers(std::uint64_t scratch) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < kRubySignals.size(); ++i) {
    steps.push_back(
        syscall_step(SYS_rt_sigaction, {static_cast<std::uint64_t>(kRubySignals[i]), 0,
                                        scratch + i * kActionWords * sizeof(std::uint64_t), 8}));
  }
  return steps;
}

// Ruby's own C handler: the address in Ruby's code that most of its signals share. 0: not certain.
std::uint64_t ruby_handler(const TargetPage& page, std::span<const Mapping> maps,
                           const std::string& ruby) {
  std::map<std::uint64_t, int> votes;
  for (std::size_t i = 0; i < kRubySignals.size(); ++i) {
    const std::uint64_t handler = page.scratch[i * kActionWords];
    const Mapping* mapping = mapping_at(maps, handler);
    if (mapping != nullptr && mapping->executable && mapping->path == ruby) ++votes[handler];
  }
  const auto most =
      std::ranges::max_element(votes, {}, [](const auto& entry) { return entry.second; });
  return most == votes.end() || most->second < 2 ? 0 : most->first;
}

std::chrono::nanoseconds between(const std::int64_t (&from)[2], const std::int64_t (&to)[2]) {
  return std::chrono::seconds(to[0] - from[0]) + std::chrono::nanoseconds(to[1] - from[1]);
}

// The copy, forked at a safe point.
class RubyFork {
 public:
  RubyFork(pid_t pid, const Runtime& runtime, Injector injector, const RubyFunctions& functions)
      : pid_(pid), runtime_(runtime), injector_(std::move(injector)), functions_(functions) {}

  Injector& injector() { return injector_; }
  [[nodiscard]] const ForkTimes& times() const { return times_; }

  // Returns the copy's pid as the target numbers it.
  Result<std::int64_t> fork(std::chrono::milliseconds patience, Monitor& monitor) {
    const auto begin = Clock::now();
    const auto asked = injector_.set_up(ask_handlers(injector_.scratch()));
    if (!asked) return std::unexpected(asked.error());
    times_.stopped = asked->stopped;
    const auto maps = read_maps(pid_);
    const auto page = injector_.read_page();
    if (!maps || !page) return std::unexpected(maps ? page.error() : maps.error());
    const std::uint64_t handler = ruby_handler(*page, *maps, runtime_.module.path);
    if (auto reaped = reap_forgotten(injector_); !reaped) return std::unexpected(reaped.error());
    if (auto armed = arm(); !armed) return std::unexpected(armed.error());
    const auto registered = injector_.run(job_steps(handler), std::chrono::seconds(10));
    if (!registered) {
      disarm();
      return std::unexpected(registered.error());
    }
    times_.stopped = std::max(times_.stopped, registered->stopped);
    auto pid = wait_for_fork(patience, monitor);
    times_.waited = Clock::now() - begin;
    return pid;
  }

 private:
  template <class T>
  bool set(std::size_t offset, const T& value) {
    return injector_.memory().write(injector_.page() + offset, value);
  }
  bool set_deadline() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count() + 2;
    return set(offsetof(TargetPage, deadline_seconds), seconds);
  }

  Result<void> arm() {
    const bool written =
        set(offsetof(TargetPage, fork_function), functions_.fork) &&
        set(offsetof(TargetPage, errno_function), runtime_.libc.find("__errno_location")) &&
        set(offsetof(TargetPage, job_done), std::uint32_t{0}) &&
        set(offsetof(TargetPage, copy_pid), std::int64_t{0}) && set_deadline() &&
        set(offsetof(TargetPage, armed), std::uint32_t{1});
    if (written) return {};
    return fail(ErrorCode::kIo, fmt::format("process {} has ended", pid_));
  }

  void disarm() {
    // When it has been taken up in this very moment, the copy ends by itself after a few seconds.
    set(offsetof(TargetPage, armed), std::uint32_t{0});
  }

  [[nodiscard]] std::vector<Step> job_steps(std::uint64_t handler) const {
    const std::uint64_t job = injector_.code(machine_code().ruby_job);
    const std::uint64_t data = injector_.page();
    std::vector<Step> steps;
    if (functions_.register_one != 0) {
      steps.push_back(call_step(functions_.register_one, {0, job, data}));
    } else {
      steps.push_back(call_step(functions_.preregister, {0, job, data}));
      steps.push_back({.kind = StepKind::kCallWithResult, .target = functions_.trigger});
    }
    if (handler != 0) steps.push_back(call_step(handler, {kNobodysSignal}));
    return steps;
  }

  Result<std::int64_t> wait_for_fork(std::chrono::milliseconds patience, Monitor& monitor) {
    const auto begin = Clock::now();
    auto renew = begin + std::chrono::seconds(1);
    while (true) {
      const auto page = injector_.read_page();
      if (!page) return std::unexpected(page.error());
      if (page->job_done == 1) {
        times_.pause = between(page->before, page->after);
        return forked_pid(pid_, page->copy_pid);
      }
      const auto now = Clock::now();
      if (page->armed == 1 && (monitor.cancelled() || now - begin > patience)) {
        disarm();
        if (monitor.cancelled()) return fail(ErrorCode::kCancelled, "cancelled");
        return fail(
            ErrorCode::kIo,
            fmt::format("Ruby came to no safe point within {} s: some native code holds its "
                        "lock (GVL)",
                        patience.count() / 1000),
            "try again later, or another worker; the process was not touched further");
      }
      if (now > renew) {
        set_deadline();
        renew = now + std::chrono::seconds(1);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  pid_t pid_;
  const Runtime& runtime_;
  Injector injector_;
  RubyFunctions functions_;
  ForkTimes times_;
};

// `out` is the pipe; an exception's text goes to a second one.
std::string whole_code(const std::string& code, int out, int complaints) {
  return fmt::format(
      "Thread.new{{begin;GC.disable;out=IO.for_fd({},'wb');out.sync=false;{};out.flush;"
      "Process.exit!(0);rescue Exception=>e;begin;IO.for_fd({},'wb').syswrite("
      "\"#{{e.class}}: #{{e.message}}\"[0,400]);rescue Exception;end;Process.exit!(9);end}}.join",
      out, code, complaints);
}

Result<Pumped> dump_in_copy(Copy& copy, const RubyFunctions& functions, ByteSink& sink,
                            const RubyForkOptions& options, Monitor& monitor) {
  if (auto quiet = copy.quieten(); !quiet) return std::unexpected(quiet.error());
  const auto data = copy.open_pipe();
  const auto complaints = copy.open_pipe();
  if (!data || !complaints) return std::unexpected(data ? complaints.error() : data.error());
  if (auto done = copy.call(functions.after_fork); !done) return std::unexpected(done.error());
  const std::string code = options.code.empty() ? ruby_heap_code(false) : options.code;
  const auto text = copy.put_text(64, whole_code(code, data->writer, complaints->writer));
  const auto state = copy.put(0, std::as_bytes(std::span("\0\0\0\0\0\0\0", 8)));
  if (!text || !state) return std::unexpected(text ? state.error() : text.error());
  if (auto on = copy.begin_call(functions.eval, {*text, *state}, true); !on) {
    return std::unexpected(on.error());
  }
  auto pumped = pump(copy, data->reader.get(), sink, options.limits, monitor);
  if (!pumped) return pumped;
  if (pumped->end.progress == Copy::Progress::kExited && pumped->end.number == 0) return pumped;
  std::string why(512, '\0');
  const ssize_t got = read(complaints->reader.get(), why.data(), why.size());
  why.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return fail(ErrorCode::kIo,
              fmt::format("the dump failed in the copy ({}); the process itself is unharmed",
                          why.empty() ? describe_copy_end(pumped->end) : why),
              "try again; if it stays so, please report it with the Ruby version");
}

}  // namespace

std::string ruby_heap_code(bool collect_first) {
  const char* const collect = collect_first ? "GC.enable;GC.start;GC.disable;" : "";
  return fmt::format("require 'objspace';{}ObjectSpace.dump_all(output: out)", collect);
}

std::string ruby_gc_stats_code() {
  return "q=->(k,v){k.to_s.inspect+':'+(Hash===v ? '{'+v.map{|a,b|q[a,b]}.join(',')+'}' : "
         "Numeric===v ? v.to_s : v.nil? ? 'null' : v==true||v==false ? v.to_s : v.to_s.inspect)};"
         "require 'objspace';"
         "h={ruby_description: RUBY_DESCRIPTION, gc: GC.stat, "
         "latest_gc: GC.latest_gc_info, objects: ObjectSpace.count_objects, "
         "memsize_of_all: ObjectSpace.memsize_of_all};"
         "out.write('{'+h.map{|a,b|q[a,b]}.join(',')+\"}\\n\")";
}

Result<ForkCapture> capture_ruby(pid_t pid, const Runtime& runtime, ByteSink& sink,
                                 const RubyForkOptions& options, Monitor& monitor) {
  const auto functions = find_functions(runtime);
  if (!functions) return std::unexpected(functions.error());
  auto injector = Injector::prepare(pid, runtime.libc);
  if (!injector) return std::unexpected(injector.error());
  RubyFork fork(pid, runtime, std::move(*injector), *functions);
  const auto inside = fork.fork(options.safe_point_patience, monitor);
  if (!inside) return std::unexpected(inside.error());
  Result<Pumped> pumped;
  {
    auto copy = Copy::adopt(fork.injector(), *inside);
    pumped = copy ? dump_in_copy(*copy, *functions, sink, options, monitor)
                  : Result<Pumped>(std::unexpected(copy.error()));
  }
  const auto reaped = reap_copy(fork.injector(), *inside);
  if (reaped) forget_copy(fork.injector(), *inside);
  if (!pumped) return std::unexpected(pumped.error());
  return ForkCapture{.times = fork.times(),
                     .bytes = pumped->bytes,
                     .copy_peak_bytes = pumped->copy_peak_bytes,
                     .unreaped = reaped ? std::string() : reaped.error().message};
}

}  // namespace tidemark
